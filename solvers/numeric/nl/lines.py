"""The lines of an NL file, one after the other, with the place for error messages."""

import math

from solvers.numeric.errors import NLError


class Lines:
    """A cursor over the lines of a text, without comments.

    Attributes:
        number: the line that was read last, from 1.
        segment: the segment that is being read, for error messages.
    """

    def __init__(self, text: str) -> None:
        """The text is split at line ends alone: form feeds and their kin stay in the line and are refused."""
        self._lines = text.split("\n")
        if self._lines and not self._lines[-1].strip():
            self._lines.pop()
        self.number = 0
        self.segment = "header"

    @property
    def left(self) -> int:
        """Lines that were not read yet."""
        return len(self._lines) - self.number

    def next(self) -> str:
        """The next line, without its comment and the blanks around it."""
        if self.number >= len(self._lines):
            raise self.error("the file ends here; it is truncated")
        line = self._lines[self.number]
        self.number += 1
        return line.partition("#")[0].strip()

    def error(self, reason: str) -> NLError:
        """An error at this place."""
        return NLError(reason, line=self.number, segment=self.segment)

    def whole(self, text: str, below: int | None = None, what: str = "a number") -> int:
        """A whole number from 0 on, `below` a limit."""
        if not text.isascii() or not text.isdigit() or len(text) > 18:
            raise self.error(f"{text[:40]!r} is no whole number from 0 on, which {what} must be")
        value = int(text)
        if below is not None and value >= below:
            raise self.error(f"{what} is {value}, but must be below {below}")
        return value

    def real(self, text: str, *, may_be_infinite: bool = False) -> float:
        """A number; infinite ones only where they have a meaning, NaN nowhere."""
        try:
            value = float(text)
        except ValueError:
            raise self.error(f"{text[:40]!r} is no number") from None
        if math.isnan(value) or (math.isinf(value) and not may_be_infinite):
            raise self.error(f"{text[:40]!r} is not finite")
        return value

    def pair(self, below: int, what: str) -> tuple[int, float]:
        """A line of an index and a value."""
        parts = self.next().split()
        if len(parts) != 2:
            raise self.error(f"expected the place of {what} and a value, found {' '.join(parts)[:40]!r}")
        return self.whole(parts[0], below, f"the place of {what}"), self.real(parts[1])
