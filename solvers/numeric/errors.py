"""What can go wrong in the numerical optimizer, as exceptions; outcomes of solves are values of `Outcome`.

SolversError (solvers.errors)
    ModelError
        NLError             an NL file is malformed, too large, or uses what no road takes; names line and segment
        TooLarge            the model is beyond a limit; names the limit and what to do
    Refused (ValueError)    a worker read the models and refused them
    Stopped                 a job was killed: at its deadline, or because it is no longer wanted
    WorkerLost              a worker process ended without an answer; the job can be sent again
    ConfigProblem           the service cannot be started as it was told (service.config)
    ServiceError            the service refused, failed or cannot be reached
"""

from solvers.errors import ModelError, SolversError


class NLError(ModelError):
    """An NL file cannot be read; the text names the line, the segment and the reason."""

    def __init__(self, reason: str, *, line: int | None = None, segment: str = "") -> None:
        """The text is put together from the place and the reason."""
        where = ", ".join(
            part for part in (line and f"line {line}", segment and f"segment {segment}") if part
        )
        super().__init__(f"the NL file{f' ({where})' if where else ''}: {reason}")
        self.line, self.segment = line, segment


class TooLarge(ModelError):
    """The model is beyond a limit; the text names the limit, the value and the way out."""


class WorkerLost(SolversError):
    """The worker process ended without an answer; the text says why. The job can be sent again."""


class Refused(SolversError, ValueError):
    """The worker read the models and refused them; the text says why."""


class Stopped(SolversError):
    """The job was killed: at its deadline, or because it is no longer wanted."""

    def __init__(self, *, is_deadline: bool) -> None:
        """The text names which of the two it was."""
        super().__init__(
            "the time limit was reached, and the process was stopped"
            if is_deadline
            else "the job was cancelled"
        )
        self.is_deadline = is_deadline


class ServiceError(SolversError):
    """The service refused, failed or cannot be reached; the text says which, and the status is there if it answered."""

    def __init__(self, text: str, status: int | None = None) -> None:
        """The text, and the HTTP status of an answer."""
        super().__init__(text)
        self.status = status
