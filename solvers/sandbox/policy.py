"""How much one job may use."""

from dataclasses import dataclass
from pathlib import Path

MIB = 1024**2
GIB = 1024**3

DEFAULT_TIME_LIMIT_S = 20.0
"""Building a model of some 100,000 rows takes a few seconds; ten times that is a fault, not patience."""

DEFAULT_MEMORY_LIMIT_BYTES = 2 * GIB
"""Address space, not resident memory: HiGHS with 16 threads reserves 1.3 GiB without using it."""

DEFAULT_OUTPUT_LIMIT_BYTES = 8 * MIB
"""A pretty-printed model of 5,000 rows is about 1 MiB; more than eight of these is a flood."""

DEFAULT_RESULT_LIMIT_BYTES = 64 * MIB
"""An exported model costs about 20 bytes a term: three million terms."""

DEFAULT_PAYLOAD_LIMIT_BYTES = 64 * MIB
"""Data tables of a question; larger ones belong in a file that trusted code reads."""

SCRATCH_FILE_LIMIT_BYTES = 1 * GIB
"""The largest file that a trusted job may write into its scratch folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The limits of one job.

    Attributes:
        time_limit_s: Wall seconds until the job's process group is killed.
        total_limit_s: Wall seconds from the call to the kill, the start of the server included; without it, a
            server that is still starting is waited for.
        memory_limit_bytes: Address space of the job, libraries included.
        output_limit_bytes: What it may print, stdout and stderr together.
        result_limit_bytes: The largest result that is read.
        payload_limit_bytes: The largest payload that is sent.
        threads: Threads that the job is meant to use; sets its processor-time limit.
        scratch: The one folder that a trusted job may read and write; it is the job's working folder, so name
            files in it relatively. Untrusted kinds are refused with it.
    """

    time_limit_s: float = DEFAULT_TIME_LIMIT_S
    total_limit_s: float | None = None
    memory_limit_bytes: int = DEFAULT_MEMORY_LIMIT_BYTES
    output_limit_bytes: int = DEFAULT_OUTPUT_LIMIT_BYTES
    result_limit_bytes: int = DEFAULT_RESULT_LIMIT_BYTES
    payload_limit_bytes: int = DEFAULT_PAYLOAD_LIMIT_BYTES
    threads: int = 1
    scratch: Path | None = None

    def __post_init__(self) -> None:
        names = (
            "time_limit_s",
            "memory_limit_bytes",
            "output_limit_bytes",
            "result_limit_bytes",
            "payload_limit_bytes",
            "threads",
            *(() if self.total_limit_s is None else ("total_limit_s",)),
        )
        for name in names:
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"Policy.{name} is {getattr(self, name)}; it must be positive and finite.")

    @property
    def cpu_limit_s(self) -> int:
        """Processor seconds of all threads together; a second line of defence behind the wall clock."""
        return int(self.time_limit_s * self.threads) + 2
