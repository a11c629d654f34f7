"""Gives up everything that a job does not need, in the one order in which it works."""

from collections.abc import Sequence

from solvers.sandbox import landlock, limits, seccomp
from solvers.sandbox.layers import Layers
from solvers.sandbox.libc import PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, drop_capabilities, prctl
from solvers.sandbox.policy import SCRATCH_FILE_LIMIT_BYTES, Policy


def confine(
    policy: Policy, layers: Layers, *, readable: Sequence[str] = (), scratch_fd: int | None = None
) -> None:
    """Applies the layers to this process, which must have one thread; there is no way back.

    Limits come first, since later layers forbid setting them. Landlock and seccomp need ``no_new_privs``.
    seccomp comes last, since it forbids what the others call.

    Raises:
        OSError: A layer failed. The caller must end the process: it is confined in part at best.
    """
    if layers.rlimits:
        limits.apply(
            cpu_limit_s=policy.cpu_limit_s,
            memory_limit_bytes=policy.memory_limit_bytes,
            file_limit_bytes=0 if scratch_fd is None else SCRATCH_FILE_LIMIT_BYTES,
        )
    if layers.seccomp or layers.landlock_abi:
        prctl("PR_SET_DUMPABLE", PR_SET_DUMPABLE, 0)
        prctl("PR_SET_NO_NEW_PRIVS", PR_SET_NO_NEW_PRIVS, 1)
    if layers.landlock_abi:
        landlock.restrict(readable, abi=layers.landlock_abi, scratch_fd=scratch_fd)
    if layers.seccomp:
        drop_capabilities(layers.machine)
        seccomp.apply(layers.machine)
