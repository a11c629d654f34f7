"""How a job ended."""

import signal
from dataclasses import dataclass
from enum import StrEnum

from solvers.sandbox.layers import Tier


class Status(StrEnum):
    """The ways in which a job can end; ``text`` says each in a sentence with a next step."""

    OK = "ok"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    MEMORY = "memory"
    OUTPUT = "output"
    OVERSIZE = "oversize"
    FAILED = "failed"
    CRASHED = "crashed"
    PROTOCOL = "protocol"
    REFUSED = "refused"
    LOST = "lost"
    STARTING = "starting"

    @property
    def text(self) -> str:
        """A full sentence, fit for a repair prompt or a user."""
        return _TEXTS[self]


_TEXTS = {
    Status.OK: "The program ran to its end and handed over a result.",
    Status.TIMEOUT: "The program was stopped at its time limit; look for an endless loop, or build less.",
    Status.CANCELLED: "The program was stopped because its result is no longer wanted.",
    Status.MEMORY: "The program needed more memory than allowed; build fewer or smaller objects.",
    Status.OUTPUT: "The program printed more than allowed and was stopped; print less.",
    Status.OVERSIZE: "The result was larger than allowed; build a smaller model.",
    Status.FAILED: "The job raised an error.",
    Status.CRASHED: "The program crashed the process it ran in; avoid deep recursion and low-level code.",
    Status.PROTOCOL: "The program ended without a well-formed result; do not end the process from within.",
    Status.REFUSED: "The sandbox refused to start the job, because it could not be run safely or not at all.",
    Status.LOST: "The sandbox's server ended while the job ran; the job can be sent again.",
    Status.STARTING: "The worker process was still starting; it goes on, so ask again or allow more time.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one job. Of untrusted kinds, ``result``, ``stdout`` and ``detail`` are untrusted text.

    Attributes:
        status: How the job ended.
        result: The job's bytes when the status is ok, else empty.
        stdout: The end of what the job printed, stdout and stderr together.
        detail: What the job or the sandbox said about a status other than ok; capped.
        seconds: Wall time from sending the job to its end.
        exit_signal: The signal that ended the process, if one did.
        max_rss_bytes: The most memory that was resident, the preloaded libraries included.
        tier: The sandbox's tier in which the job ran.
    """

    status: Status
    result: bytes = b""
    stdout: str = ""
    detail: str = ""
    seconds: float = 0.0
    exit_signal: int | None = None
    max_rss_bytes: int = 0
    tier: Tier

    @property
    def is_ok(self) -> bool:
        """Whether a result came back."""
        return self.status is Status.OK

    @property
    def text(self) -> str:
        """The status in a sentence, with the signal and detail where there are any."""
        parts = [self.status.text]
        if self.status is Status.CRASHED and self.exit_signal is not None:
            parts.append(f"It ended by {_signal_name(self.exit_signal)}.")
        if self.detail:
            parts.append(self.detail)
        return " ".join(parts)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
