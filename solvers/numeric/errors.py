"""What can go wrong in the numerical service, as exceptions; outcomes of solves are values of `Outcome`.

ModelError (solvers.errors)
    NLError                 an NL file is malformed, too large, or uses what no road takes; names line and segment
    TooLarge                the model is beyond a limit of this service; names the limit and what to do
"""

from solvers.errors import ModelError


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
