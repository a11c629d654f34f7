"""What a service is told, and who may use it."""

import hashlib
import hmac
import stat
from dataclasses import dataclass, field
from pathlib import Path

from solvers.errors import SolversError
from solvers.numeric.nl.limits import MIB, NLLimits

SHORTEST_TOKEN = 16


class ConfigProblem(SolversError):
    """The service cannot be started as it was told; the text says what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceConfig:
    """How a service runs.

    Attributes:
        state_file: SQLite file with jobs and results.
        cache_folder: where compiled programs are kept; None keeps them in the workers alone.
        tokens: digests of the accepted tokens by their owners' names; without any, everybody who reaches the port
            may use the service.
        workers: worker processes, or actors on Ray; one process that is alone shares large searches among all cores.
        ray: address of a Ray cluster whose actors do the work, auto, or local; None keeps the work on this machine.
        worker_gpus: the share of a GPU that each actor takes.
        queue_limit: jobs that may wait; more are refused with 429.
        body_limit_bytes: the largest request.
        memory_limit_bytes: data memory of a worker.
        most_time_limit_s: the longest time limit of a job.
        nl_limits: the largest model.
        most_coalesced: jobs of one structure that are solved as one batch.
    """

    state_file: Path
    cache_folder: Path | None = None
    tokens: dict[str, bytes] = field(default_factory=dict)
    workers: int = 1
    ray: str | None = None
    worker_gpus: float = 0.0
    queue_limit: int = 1_000
    body_limit_bytes: int = 64 * MIB
    memory_limit_bytes: int = 8 * 1024 * MIB
    most_time_limit_s: float = 3_600.0
    nl_limits: NLLimits = field(default_factory=lambda: NLLimits(size_bytes=64 * MIB))
    most_coalesced: int = 256

    def owner_of(self, token: str | None) -> str | None:
        """Whose token it is, None where it is nobody's; all are compared, each in constant time."""
        if not self.tokens:
            return "everybody"
        given = digest_of(token or "")
        owner = None
        for name, digest in self.tokens.items():
            if hmac.compare_digest(given, digest):
                owner = name
        return owner


def digest_of(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def read_tokens(file: Path) -> dict[str, bytes]:
    """Digests by owner from a file of lines ``name token``; what follows a # is a comment.

    Raises:
        ConfigProblem: the file cannot be read, is open to others, or has a short or doubled entry.
    """
    try:
        mode, text = file.stat().st_mode, file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigProblem(f"the token file cannot be read: {error}") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigProblem(f"the token file {file} is open to other users; run: chmod 600 {file}")
    found: dict[str, bytes] = {}
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.partition("#")[0].split()
        if not parts:
            continue
        if len(parts) != 2 or len(parts[1]) < SHORTEST_TOKEN:
            raise ConfigProblem(
                f"line {number} of {file} must be a name and a token of {SHORTEST_TOKEN} characters or more"
            )
        if parts[0] in found:
            raise ConfigProblem(f"line {number} of {file}: {parts[0]} has a token already")
        found[parts[0]] = digest_of(parts[1])
    if not found:
        raise ConfigProblem(f"the token file {file} has no tokens")
    return found


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    return host in ("127.0.0.1", "::1", "localhost")
