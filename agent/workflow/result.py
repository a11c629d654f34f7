"""What an optimization ends with."""

from dataclasses import asdict, dataclass
from typing import Any

from agent.llm import Ledger
from agent.workflow.gate import mean, paired_p_value
from agent.workflow.records import Values, Verdict
from agent.workflow.scoring import filled
from agent.workflow.show import accounts


@dataclass(frozen=True, slots=True)
class Comparison:
    """Mean scores of the workflow as it came and as it ended, on the same items with the same seeds.

    Attributes:
        before: as it came.
        after: as it ended.
        items: how many.
        p_value: of the one-sided paired permutation test; 1 where nothing was changed.
    """

    before: float
    after: float
    items: int
    p_value: float

    def __str__(self) -> str:
        return f"{self.before:.4g} -> {self.after:.4g} on {self.items} items (p = {self.p_value:.3g})"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an optimization.

    Attributes:
        values: JSON values of the parameters, which they now have.
        initial: those that they had.
        validation: on the items that candidates were chosen by, so rather too good.
        test: on items that nothing was chosen by; None where there were none, or no budget was left.
        verdicts: what became of each step.
        ledger: all calls: runs of the workflow, and requests to language models.
        seconds: wall time, with that before interruptions.
        notes: why it ended, and what else is to be known.
    """

    values: Values
    initial: Values
    validation: Comparison | None
    test: Comparison | None
    verdicts: tuple[Verdict, ...]
    ledger: Ledger
    seconds: float
    notes: tuple[str, ...]

    @property
    def is_improved(self) -> bool:
        """Whether a candidate has passed the gate."""
        return self.values != self.initial

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return {
            "improved": self.is_improved,
            "values": self.values,
            "initial": self.initial,
            "validation": asdict(self.validation) if self.validation else None,
            "test": asdict(self.test) if self.test else None,
            "verdicts": [verdict.model_dump(mode="json") for verdict in self.verdicts],
            "calls": self.ledger.calls,
            "tokens": self.ledger.tokens,
            "cost": self.ledger.cost,
            "accounts": accounts(self.ledger),
            "seconds": self.seconds,
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        lines = ["a better candidate was adopted" if self.is_improved else "nothing better was found"]
        lines += [f"validation: {self.validation}"] if self.validation else []
        lines += [f"test: {self.test}"] if self.test else []
        return "\n".join([*lines, f"{self.ledger.calls} calls, {self.seconds:.1f} s", *self.notes])


def compared(
    before: list[float | None], after: list[float | None], failure_score: float | None
) -> Comparison:
    """The comparison of two lists of scores on the same items; None is a failure, see ``filled``."""
    old, new = filled([before, after], failure_score)
    return Comparison(mean(old), mean(new), len(old), paired_p_value(old, new))
