"""Faults in a formulation, told so that a person or a language model can mend them."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from agent.errors import FormulationError
from agent.formulation.syntax import Span

_WINDOW = 100
_HEAD = 600
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: in which element, in which expression, where, and what."""

    element: str
    message: str
    text: str = ""
    span: Span | None = None

    def __str__(self) -> str:
        """The element and the message, then the expression with carets below the fault."""
        head = f"{self.element}: {self.message}"
        if len(head) > _HEAD:
            head = f"{head[:_HEAD]} ..."
        if self.span is None or not self.text:
            return head
        # Long expressions are cut to a window around the fault: the text goes into prompts.
        start = max(0, self.span.start - _WINDOW // 2) if len(self.text) > _WINDOW else 0
        line = self.text[start : start + _WINDOW]
        lead, trail = ("..." if start else ""), ("..." if start + _WINDOW < len(self.text) else "")
        column = self.span.start - start + len(lead)
        width = max(1, min(self.span.stop - self.span.start, _WINDOW - (self.span.start - start)))
        return f"{head}\n    {lead}{line}{trail}\n    {' ' * column}{'^' * width}"


class FaultyFormulation(FormulationError):
    """A formulation with at least one fault; `faults` has them all, the text shows the first few."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        shown = [str(fault) for fault in self.faults[:_SHOWN]]
        if len(self.faults) > _SHOWN:
            shown.append(f"... and {len(self.faults) - _SHOWN} more")
        super().__init__("\n".join(shown))


class ExpressionFault(Exception):
    """A fault at a place in an expression; whoever knows the element turns it into a `Fault`."""

    def __init__(self, message: str, span: Span | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.span = span

    def located(self, element: str, text: str) -> Fault:
        """The same fault with the element and the expression it stands in."""
        return Fault(element, self.message, text, self.span)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean ...?` where something near is known, else nothing."""
    by_head = {label.split("[")[0].lower(): label for label in known}
    near = get_close_matches(name.lower(), by_head, n=1, cutoff=0.7)
    return f"; did you mean `{by_head[near[0]]}`?" if near else ""
