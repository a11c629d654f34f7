"""From solutions to what a page shows: plain values, without Streamlit."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.changes import Change, DropConstraint, EaseLimit
from agent.errors import AgentError
from agent.formulation.instance import Key
from agent.formulation.model import Constraint, Formulation
from agent.nodes.explain import number
from agent.solution import Solution, Status
from agent.turns import Turn
from solvers import Sensitivity

NEARLY_ZERO = 1e-9
_MARKS = {
    Status.OPTIMAL: "✓ optimal",
    Status.FEASIBLE: "≈ feasible, not proven best",
    Status.INFEASIBLE: "✗ impossible",
    Status.UNBOUNDED: "∞ without limit",
    Status.UNSURE: "? not sure",
    Status.FAILED: "✗ no answer",
}


@dataclass(frozen=True, slots=True)
class ValueTable:
    """One variable's values: `columns` name the parts of its index and the value; a row has as many entries."""

    name: str
    meaning: str
    unit: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float, ...], ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """A change that makes an impossible problem possible, and its words."""

    words: str
    change: Change


def headline(solution: Solution) -> str:
    """Status and objective in a line; the mark before the word serves where colours do not."""
    mark = _MARKS[solution.status]
    if solution.objective is None or solution.status is Status.FAILED:
        return mark
    unit = f" {solution.unit}" if solution.unit else ""
    return f"{mark}: {number(solution.objective)}{unit}"


def value_tables(solution: Solution) -> list[ValueTable]:
    """The values, a table for each indexed variable after one for all plain ones."""
    if solution.formulation is None or not solution.values:
        return []
    plain = tuple(
        (v.name, v.meaning, _shown(solution.values[v.name]), v.unit)
        for v in solution.formulation.variables
        if not v.indices
    )
    tables = []
    if plain:
        tables.append(ValueTable("decisions", "", "", ("variable", "meaning", "value", "unit"), plain))
    for variable in solution.formulation.variables:
        entries = solution.values[variable.name]
        if isinstance(entries, dict):
            rows = tuple((*parts_of(key), _shown(value)) for key, value in entries.items())
            heads = _heads(variable.indices, len(rows[0]) - 1 if rows else len(variable.indices))
            columns = (*heads, variable.name if variable.name not in heads else f"{variable.name} (value)")
            tables.append(ValueTable(variable.name, variable.meaning, variable.unit, columns, rows))
    return tables


def parts_of(key: Key) -> tuple[int | str, ...]:
    """The parts of an index, one for each subscript."""
    return key if isinstance(key, tuple) else (key,)


def _heads(indices: Sequence[str], count: int) -> tuple[str, ...]:
    """A distinct heading for each subscript: the names of the sets, numbered where they do not suffice."""
    names = list(indices) if len(indices) == count else [indices[0]] * count
    return tuple(
        name if names.count(name) == 1 else f"{name} ({place})" for place, name in enumerate(names, 1)
    )


def _shown(value: object) -> float:
    """A value without the noise of the engine's arithmetic."""
    amount = float(value) if isinstance(value, int | float) else math.nan
    return 0.0 if abs(amount) < NEARLY_ZERO else float(f"{amount:.9g}")


def checks(solution: Solution) -> list[tuple[str, str]]:
    """What was checked, how sure the answer is, and what it assumes, each with a label."""
    rows = []
    if solution.certificate is not None:
        rows += [("checked", sentence) for sentence in solution.certificate.sentences()]
    rows.append(("confidence", f"{solution.confidence:.0%}: {solution.reason}"))
    rows += [("votes", f"{answer}: {count}") for answer, count in solution.votes.items()]
    rows += [("assumed", assumption) for assumption in solution.assumptions]
    return rows


def trace(solution: Solution) -> list[dict[str, str | int | float]]:
    """The nodes that ran, with seconds, calls and tokens."""
    return [
        {"step": r.node, "seconds": round(r.seconds, 3), "calls": r.calls, "tokens": r.tokens}
        for r in solution.trace
    ]


def repairs(solution: Solution) -> list[Repair]:
    """What would make an impossible problem possible: a limit that gives way, or a condition left out."""
    if solution.formulation is None or solution.status is not Status.INFEASIBLE:
        return []
    known = {item.name: item for item in solution.formulation.constraints}
    amounts: dict[str, float] = {}
    for relief in solution.relief:
        amounts[relief.constraint] = max(relief.amount, amounts.get(relief.constraint, 0.0))
    found = list(_eased(known, amounts))
    for name in solution.conflict:
        if name in known and name not in {item.change.constraint for item in found}:  # type: ignore[union-attr]
            found.append(Repair(f"Leave out: {_called(known[name])}", DropConstraint(constraint=name)))
    return found


def _eased(known: dict[str, Constraint], amounts: dict[str, float]) -> Iterator[Repair]:
    for name, amount in amounts.items():
        if name in known and _is_inequality(known[name]):
            everywhere = " in every row" if known[name].forall else ""
            words = f"Let it give way by {number(amount)}{everywhere}: {_called(known[name])}"
            yield Repair(words, EaseLimit(constraint=name, by=amount))


def _is_inequality(constraint: Constraint) -> bool:
    from agent.changes import eased

    return eased(constraint, 1.0) is not None


def _called(constraint: Constraint) -> str:
    return constraint.meaning or constraint.expression


def sensitivity_rows(
    sensitivity: Sensitivity, formulation: Formulation
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Limits with their worth per unit, and variables with their reduced cost, as rows of two tables."""
    meanings = {item.name: item.meaning for item in formulation.constraints}
    limits: list[dict[str, object]] = [
        {
            "limit": row.name,
            "meaning": meanings.get(row.name.split("[")[0], ""),
            "worth per unit": _shown(row.dual),
            "slack": _shown(row.slack),
            "holds from": _finite(row.low),
            "holds to": _finite(row.high),
        }
        for row in sensitivity.constraints
    ]
    variables: list[dict[str, object]] = [
        {"variable": row.name, "value": _shown(row.value), "reduced cost": _shown(row.reduced_cost)}
        for row in sensitivity.variables
    ]
    return limits, variables


def _finite(value: float) -> float | None:
    return _shown(value) if math.isfinite(value) else None


def last_problem(turns: Sequence[Turn]) -> str:
    """The last problem in words of a session; empty where there is none."""
    return next((turn.text for turn in reversed(turns) if turn.kind == "question"), "")


def corrected(problem: str, reason: str) -> str:
    """A problem with what was wrong about its formulation."""
    return f"{problem}\n\nMind this: {reason}"


def told(error: BaseException) -> str:
    """An error for the page: our own as they stand, others without their insides."""
    if isinstance(error, AgentError):
        return "\n".join([str(error), *getattr(error, "__notes__", ())])
    return f"Something unexpected went wrong ({type(error).__name__}). The server's log has the details."


def names_of(formulation: Formulation) -> dict[str, str]:
    """What each constraint is called before people: its meaning, or its name."""
    return {item.name: item.meaning or item.name for item in formulation.constraints}


def numeric_limits(formulation: Formulation) -> dict[str, float]:
    """The inequalities whose limit is a number other than zero, with it: those that it makes sense to vary."""
    found = {}
    for item in formulation.constraints:
        left, sign, right = item.expression.partition("<=" if "<=" in item.expression else ">=")
        try:
            limit = float(right) if sign and ">=" not in left else 0.0
        except ValueError:
            continue
        if limit:
            found[item.name] = limit
    return found
