"""The examples of the algebra's reference: small formulations, written as text and really solved."""

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import solvers
from agent.formulation import Constraint, Formulation, IndexSet, Objective, Parameter, Sense, Variable
from agent.formulation.compile import compile_model, values_of
from agent.formulation.instance import bind
from agent.formulation.syntax import FUNCTIONS as NAMES
from agent.formulation.violation import largest_violation

_VARIABLE = re.compile(r"(\w+)(?:\[(.*?)\])? (real|integer|binary)(?: from (\S+))?(?: to (\S+))?")


class Outcome(NamedTuple):
    """What the solver said, and our own check confirmed."""

    status: str
    objective: float | None
    values: dict[str, float]


@dataclass(frozen=True)
class Example:
    """A formulation as text: declarations, then ``maximize`` or ``minimize``, then constraints.

    A declaration of a variable reads ``name[sets] domain from lower to upper``; a constraint may begin with
    ``for each ...:``.
    """

    title: str
    variables: tuple[str, ...]
    goal: str
    constraints: tuple[str, ...] = ()
    note: str = ""
    sets: dict[str, list[Any]] = field(default_factory=dict)
    parameters: dict[str, tuple[list[str], Any]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The example as the page shows it."""
        lines = [f"set {name} = {', '.join(map(str, elements))}" for name, elements in self.sets.items()]
        for name, (indices, values) in self.parameters.items():
            lines.append(f"parameter {name}{_bracketed(indices)} = {values}")
        lines += [f"variable {line}" for line in self.variables]
        return "\n".join([*lines, self.goal, *self.constraints])

    def formulation(self) -> Formulation:
        """The same as a formulation."""
        sense, expression = self.goal.split(" ", 1)
        return Formulation(
            sets=tuple(IndexSet(name=name, elements=tuple(e)) for name, e in self.sets.items()),
            parameters=tuple(
                Parameter(name=name, indices=tuple(indices), values=values)
                for name, (indices, values) in self.parameters.items()
            ),
            variables=tuple(map(_variable, self.variables)),
            objective=Objective(sense=Sense(sense), expression=expression),
            constraints=tuple(_constraint(f"c{i}", line) for i, line in enumerate(self.constraints, 1)),
        )

    def solved(self) -> Outcome:
        """What the solver finds; a solution that our own check refuses is an error."""
        instance = bind(self.formulation())
        model = compile_model(instance)
        report = solvers.solve(model, time_limit=20)
        if not report.primal:
            return Outcome(report.status.value, None, {})
        report.load()
        values = values_of(model, instance)
        if largest_violation(instance, instance.keyed(values)) > 1e-6:
            raise SystemExit(f"the solution of an example does not hold: {self.text}")
        plain = {name: entries[0] + 0.0 for name, entries in values.items() if len(entries) == 1}
        return Outcome(report.status.value, report.objective, plain)


def _bracketed(indices: list[str]) -> str:
    return f"[{', '.join(indices)}]" if indices else ""


def _variable(line: str) -> Variable:
    match = _VARIABLE.fullmatch(line)
    assert match is not None, line
    name, indices, domain, lower, upper = match.groups()
    return Variable(
        name=name,
        indices=tuple(indices.split(", ")) if indices else (),
        domain=domain,
        lower=float(lower) if lower else None,
        upper=float(upper) if upper else None,
    )


def _constraint(name: str, line: str) -> Constraint:
    if line.startswith("for each "):
        forall, expression = line.removeprefix("for each ").split(": ", 1)
        return Constraint(name=name, forall=forall, expression=expression)
    return Constraint(name=name, expression=line)


_X = ("x real from 0 to 10",)
_XY = ("x integer from 0 to 10", "y integer from 0 to 10")

CONSTRUCTS = (
    Example(
        "Linear expressions and relations",
        _XY,
        "maximize 3*x + 2*y - 1",
        ("x + y <= 8", "2*x >= y", "1 <= y <= 5"),
        "Relations may be chained. `<`, `>` and `!=` are for whole values; between real values they would "
        "leave out the border, where optima lie, and are refused.",
    ),
    Example(
        "Sums over sets",
        ("acres[crops] real from 0",),
        "maximize sum(profit[c] * acres[c] for c in crops)",
        ("sum(acres[c] for c in crops) <= 100", "sum(acres[c] for c in crops if c != 'rye') <= 60"),
        "`sum`, `prod`, `min`, `max`, `all` and `any` run over sets, with conditions on data after `if`.",
        {"crops": ["wheat", "rye", "oats"]},
        {"profit": (["crops"], {"wheat": 30, "rye": 20, "oats": 25})},
    ),
    Example(
        "A constraint for each element",
        ("ship[plants, shops] real from 0",),
        "minimize sum(cost[p, s] * ship[p, s] for p in plants for s in shops)",
        (
            "for each s in shops: sum(ship[p, s] for p in plants) >= demand[s]",
            "for each p in plants, s in shops if cost[p, s] > 5: ship[p, s] == 0",
        ),
        "`forall` names the indices; each combination that meets its conditions gives one constraint.",
        {"plants": ["a", "b"], "shops": ["n", "s"]},
        {"cost": (["plants", "shops"], [[2, 6], [4, 3]]), "demand": (["shops"], [10, 20])},
    ),
    Example(
        "Ranges and arithmetic on data",
        ("stock[days] real from 0", "make[days] real from 0 to 40"),
        "minimize sum(make[d] + 0.1 * stock[d] for d in days)",
        (
            "stock[1] == make[1] - 20",
            "for each d in range(2, 4): stock[d] == stock[d - 1] + make[d] - (30 if d % 2 == 0 else 20)",
            "for each d in days if d + 1 in days: make[d] >= floor(9.5) + ceil(0.5) + round(0.2)",
        ),
        "`range(start, stop)` counts as in Python. Data alone may use `%`, `//`, `floor`, `ceil`, `round`, "
        "`a if condition else b` and `in`.",
        {"days": [1, 2, 3]},
    ),
    Example(
        "Powers, products and quotients",
        ("x real from 0.1 to 10", "y real from 0.1 to 10"),
        "minimize x**2 + y**2 + 4 / (x * y)",
        note="What is not linear goes to a global nonlinear solver.",
    ),
    Example(
        "Products over sets",
        ("x[parts] real from 0.5 to 0.9",),
        "maximize prod(x[p] for p in parts)",
        ("sum(x[p] for p in parts) <= 1.6",),
        sets={"parts": ["left", "right"]},
    ),
    Example(
        "Smallest and largest",
        _XY,
        "maximize min(2*x, y) - max(x - 3, 0)",
        ("x + y <= 9",),
        "`min` and `max` become linear rows where one side counts, with a binary choice otherwise.",
    ),
    Example(
        "Implications and alternatives",
        ("open binary", "amount integer from 0 to 50", "other binary"),
        "maximize 4 * amount - 30 * open - 10 * other",
        (
            "implies(not open, amount <= 0)",
            "amount <= 10 or amount >= 40",
            "iff(other, amount >= 40)",
        ),
        "Conditions are joined by `and`, `or`, `not`, `implies(a, b)`, `iff(a, b)`; a binary is one.",
    ),
    Example(
        "All and any",
        ("use[tools] binary",),
        "minimize sum(use[t] for t in tools)",
        ("any(use[t] for t in tools if t != 'saw')", "all(use[t] for t in tools if t == 'saw')"),
        sets={"tools": ["saw", "drill", "plane"]},
    ),
    Example(
        "all_different: no two values are equal",
        ("x[seats] integer from 1 to 3",),
        "maximize sum(weight[s] * x[s] for s in seats)",
        ("all_different(x[s] for s in seats)",),
        sets={"seats": ["a", "b", "c"]},
        parameters={"weight": (["seats"], [5, 1, 3])},
    ),
    Example(
        "no_overlap: tasks (start, duration) on one machine",
        ("start[jobs] integer from 0 to 20", "end real from 0 to 20"),
        "minimize end",
        (
            "no_overlap((start[j], time[j]) for j in jobs)",
            "for each j in jobs: start[j] + time[j] <= end",
            "start['cut'] + time['cut'] <= start['paint']",
        ),
        sets={"jobs": ["cut", "paint", "pack"]},
        parameters={"time": (["jobs"], [3, 2, 4])},
    ),
    Example(
        "cumulative: tasks (start, duration, demand) that share a capacity",
        ("start[jobs] integer from 0 to 20", "end real from 0 to 20"),
        "minimize end",
        (
            "cumulative([(start[j], time[j], crew[j]) for j in jobs], capacity=3)",
            "for each j in jobs: start[j] + time[j] <= end",
        ),
        sets={"jobs": ["cut", "paint", "pack"]},
        parameters={"time": (["jobs"], [3, 2, 4]), "crew": (["jobs"], [2, 2, 1])},
    ),
    Example(
        "circuit: chosen arcs (from, to, binary) form one tour",
        ("go[towns, towns] binary",),
        "minimize sum(km[a, b] * go[a, b] for a in towns for b in towns)",
        ("circuit((a, b, go[a, b]) for a in towns for b in towns)",),
        sets={"towns": [1, 2, 3, 4]},
        parameters={"km": (["towns", "towns"], [[0, 4, 9, 5], [4, 0, 3, 8], [9, 3, 0, 2], [5, 8, 2, 0]])},
    ),
)

FUNCTIONS = tuple(
    Example(f"`{name}(x)`", ("x real from 0.1 to 0.9",), f"maximize {name}(x)") for name in NAMES
)

FAULTS = (
    Example("", _X, "maximize profts * x", parameters={"profits": ([], 3)}),
    Example("", _XY, "maximize x + y", ("x + y <= 1,000",)),
    Example("", ("acres[crops] real",), "maximize acres", sets={"crops": ["rye"]}),
    Example("", _X, "maximize x", ("x < 5",)),
)
