"""Resource limits of one job."""

import resource
import sys

OPEN_FILES = 64


def apply(*, cpu_limit_s: int, memory_limit_bytes: int, file_limit_bytes: int) -> None:
    """Limits this process; a running-out of processor time ends it by SIGXCPU, a second later by SIGKILL.

    Args:
        cpu_limit_s: Processor seconds of all threads together.
        memory_limit_bytes: Address space; macOS does not know this limit.
        file_limit_bytes: Size of a file that it writes; pipes are not files.

    Raises:
        OSError: The system refused a limit.
    """
    _limit(resource.RLIMIT_CPU, cpu_limit_s, cpu_limit_s + 1)
    _limit(resource.RLIMIT_FSIZE, file_limit_bytes)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    _limit(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":
        _limit(resource.RLIMIT_AS, memory_limit_bytes)
        _limit(resource.RLIMIT_MEMLOCK, 0)
        _limit(resource.RLIMIT_MSGQUEUE, 0)


def _limit(kind: int, soft: int, hard: int | None = None) -> None:
    wanted = soft if hard is None else hard
    _, present = resource.getrlimit(kind)
    # An unprivileged process may lower a hard limit but not raise it.
    ceiling = wanted if present == resource.RLIM_INFINITY else min(wanted, present)
    resource.setrlimit(kind, (min(soft, ceiling), ceiling))
