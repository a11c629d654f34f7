"""Which picture fits a solution, read off its formulation: a schedule, a network of flows, or bars."""

from collections.abc import Iterator
from dataclasses import dataclass

from agent.formulation.check import Rule
from agent.formulation.evaluate import Env, Evaluator
from agent.formulation.faults import ExpressionFault
from agent.formulation.model import Domain, Variable
from agent.formulation.syntax import Decision, Global, Node, walk
from agent.solution import Solution
from ui.presenters import NEARLY_ZERO, parts_of

MAX_BARS = 40
MAX_TASKS = 300
MAX_ARCS = 60
_SCHEDULING = ("no_overlap", "cumulative")


@dataclass(frozen=True, slots=True)
class Bars:
    """Amounts of one unit, the largest first."""

    unit: str
    amounts: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Task:
    """Something that runs from `start` to `end` on a `lane`."""

    name: str
    lane: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Schedule:
    """Tasks over time."""

    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """What flows from one place to another; `is_bipartite` where no place both sends and receives."""

    unit: str
    arcs: tuple[tuple[str, str, float], ...]

    @property
    def is_bipartite(self) -> bool:
        """Whether senders and receivers are different places."""
        return not {first for first, _, _ in self.arcs} & {second for _, second, _ in self.arcs}


Picture = Bars | Schedule | Network


def picture_of(solution: Solution) -> Picture | None:
    """The picture that fits the model; None where there is nothing to see."""
    if solution.formulation is None or not solution.values:
        return None
    return _schedule(solution) or _network(solution) or _bars(solution)


def _schedule(solution: Solution) -> Schedule | None:
    instance = solution.instance
    evaluator = Evaluator(instance, instance.keyed(solution.raw_values))
    try:
        tasks = [task for rule in instance.checked.rules for task in _tasks(rule, evaluator)]
    except ExpressionFault:
        return None
    return Schedule(tuple(tasks)) if 0 < len(tasks) <= MAX_TASKS else None


def _tasks(rule: Rule, evaluator: Evaluator) -> Iterator[Task]:
    body = rule.body
    if not isinstance(body, Global) or body.kind not in _SCHEDULING:
        return
    spans = [(item, evaluator.number(item[0]), evaluator.number(item[1])) for item in body.items]
    for lane in evaluator.loops(rule.loops)({}):
        outer = dict(lane)
        for inner in evaluator.loops(body.loops)(lane):
            own = {name: element for name, element in inner.items() if name not in outer}
            for item, start, duration in spans:
                name, begin = _words(own) or _variable_in(item[0]), float(start(inner))
                yield Task(name, _words(outer) or name, begin, begin + float(duration(inner)))


def _words(env: Env) -> str:
    return ", ".join(str(part) for element in env.values() for part in parts_of(element))


def _variable_in(node: Node) -> str:
    return next((part.name for part in walk(node) if isinstance(part, Decision)), "task")


def _network(solution: Solution) -> Network | None:
    """The flows of the first variable that runs from one place to another."""
    assert solution.formulation is not None  # the caller looked
    for variable in solution.formulation.variables:
        entries = solution.values[variable.name]
        if not isinstance(entries, dict) or variable.domain is Domain.BINARY:
            continue
        arcs = tuple(
            (*map(str, parts_of(key)), amount) for key, amount in entries.items() if abs(amount) > NEARLY_ZERO
        )
        if 0 < len(arcs) <= MAX_ARCS and all(len(arc) == 3 for arc in arcs):
            return Network(variable.unit, arcs)  # type: ignore[arg-type]
    return None


def _bars(solution: Solution) -> Bars | None:
    """The amounts that share a unit: amounts of different units do not stand on one scale."""
    assert solution.formulation is not None  # the caller looked
    by_unit: dict[str, list[tuple[str, float]]] = {}
    for variable in solution.formulation.variables:
        by_unit.setdefault(variable.unit, []).extend(_amounts(variable, solution))
    unit, amounts = max(by_unit.items(), key=lambda item: len(item[1]))
    largest = sorted(amounts, key=lambda item: -abs(item[1]))[:MAX_BARS]
    return Bars(unit, tuple(largest)) if largest else None


def _amounts(variable: Variable, solution: Solution) -> Iterator[tuple[str, float]]:
    value = solution.values[variable.name]
    entries = value if isinstance(value, dict) else {(): value}
    for key, amount in entries.items():
        if abs(amount) > NEARLY_ZERO:
            label = ", ".join(map(str, parts_of(key)))
            yield f"{variable.name}[{label}]" if label else variable.name, amount
