"""The protective layers of a machine, and the tier that they add up to."""

from dataclasses import dataclass, field
from enum import StrEnum


class Tier(StrEnum):
    """How well untrusted code is held; ``text`` says what each tier does not promise."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"

    @property
    def text(self) -> str:
        """A full sentence on what holds and what does not."""
        return _TIER_TEXTS[self]

    @property
    def is_strong(self) -> bool:
        """Whether untrusted code may run without the caller's explicit consent."""
        return self in (Tier.A, Tier.B)


_TIER_TEXTS = {
    Tier.A: "bubblewrap, Landlock, seccomp and limits: files, network and processes are out of reach.",
    Tier.B: "Landlock, seccomp and limits: as tier A, but a program can learn whether a path exists.",
    Tier.C: "seccomp and limits without Landlock: programs could read and write the user's files.",
    Tier.D: "A separate process with a deadline only: programs could do whatever the user can.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """Which layers to apply, each found to work by trying it.

    Attributes:
        machine: The processor architecture, as ``platform.machine()`` names it.
        rlimits: Resource limits.
        seccomp: The system call filter.
        landlock_abi: Version of the kernel's Landlock interface; 0 without Landlock.
        userns: Unprivileged user namespaces; for information, bubblewrap needs them.
        bubblewrap: Path of a bubblewrap that works here, or ``None``.
        reasons: For each layer by name, a text on how it was found or why it is missing.
    """

    machine: str = ""
    rlimits: bool = False
    seccomp: bool = False
    landlock_abi: int = 0
    userns: bool = False
    bubblewrap: str | None = None
    reasons: dict[str, str] = field(default_factory=dict)

    @property
    def tier(self) -> Tier:
        """The tier that these layers add up to."""
        if not (self.seccomp and self.rlimits):
            return Tier.D
        if not self.landlock_abi:
            return Tier.C
        return Tier.A if self.bubblewrap else Tier.B
