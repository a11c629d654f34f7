"""What changed between two solutions: objective and values, as a table."""

from collections.abc import Iterator
from dataclasses import dataclass

from agent.formulation.instance import Key
from agent.nodes.explain import number
from agent.solution import Solution

TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Difference:
    """Two solutions side by side.

    Attributes:
        before: objective of the first; None without a solution.
        after: objective of the second.
        unit: of the objective.
        status: of the second.
        rows: the values that differ: name with index, before, after; None where there is none.
    """

    before: float | None
    after: float | None
    unit: str
    status: str
    rows: tuple[tuple[str, float | None, float | None], ...]

    @property
    def change(self) -> float | None:
        """By how much the objective grew."""
        return None if self.before is None or self.after is None else self.after - self.before

    def __str__(self) -> str:
        """One line for the objective and one for each value that differs."""
        if self.change is None:
            lines = [f"the answer is now {self.status}"]
        elif abs(self.change) <= TOLERANCE * max(1.0, abs(self.before or 0.0)):
            lines = [f"the objective stays at {number(self.after or 0.0)}{self._unit}"]
        else:
            verb = "rises" if self.change > 0 else "falls"
            lines = [
                f"the objective {verb} by {number(abs(self.change))}, from {number(self.before or 0.0)} "
                f"to {number(self.after or 0.0)}{self._unit}"
            ]
        lines += [f"{name}: {_shown(old)} -> {_shown(new)}" for name, old, new in self.rows]
        return "\n".join(lines)

    @property
    def _unit(self) -> str:
        return f" {self.unit}" if self.unit else ""


def _shown(value: float | None) -> str:
    return "none" if value is None else number(value)


def compare(before: Solution, after: Solution) -> Difference:
    """The difference between two solutions, of one formulation or of two that share names."""
    old, new = dict(_flat(before)), dict(_flat(after))
    names = list(dict.fromkeys([*old, *new]))
    rows = tuple(
        (name, old.get(name), new.get(name)) for name in names if _differs(old.get(name), new.get(name))
    )
    return Difference(before.objective, after.objective, after.unit, after.status.value, rows)


def _flat(solution: Solution) -> Iterator[tuple[str, float]]:
    for name, value in solution.values.items():
        if isinstance(value, dict):
            yield from ((f"{name}[{_word(key)}]", entry) for key, entry in value.items())
        else:
            yield name, value


def _word(key: Key) -> str:
    return ", ".join(map(str, key)) if isinstance(key, tuple) else str(key)


def _differs(old: float | None, new: float | None) -> bool:
    if old is None or new is None:
        return old is not new
    return abs(new - old) > TOLERANCE * max(1.0, abs(old))
