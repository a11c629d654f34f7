"""A formulation with its verified optimum: what a task is told from."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import agent
import solvers
from agent.formulation import Formulation, Parameter
from agent.solution import Solution
from benchmarks.synth.attempts import Features
from benchmarks.synth.telling import data_numbers

MAX_TABLE_CELLS = 150
TIME_LIMIT_S = 30.0


class Refused(Exception):
    """Why an attempt is rejected: a short phrase that can be counted, and more in words."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True, slots=True)
class Seed:
    """A formulation that is solved to proven optimality, and checked."""

    formulation: Formulation
    objective: float
    features: Features


async def solved(formulation: Formulation) -> Seed:
    """The seed of a formulation.

    Raises:
        Refused: it has no verified optimum.
    """
    try:
        solution = await asyncio.to_thread(agent.solve_formulation, formulation, time_limit=TIME_LIMIT_S)
        if solution.status == "failed":
            raise Refused("the formulation could not be solved", solution.explanation)
        if solution.status != "optimal" or solution.objective is None:
            raise Refused(f"the formulation is {solution.status.value}", solution.explanation)
        return Seed(formulation, solution.objective, _features(solution))
    except agent.UserError as error:
        raise Refused("the formulation is faulty", str(error)) from None


def _features(solution: Solution) -> Features:
    found = solvers.classify(solution.model)
    assert solution.formulation is not None  # it was given
    return Features(
        model_class=found.model_class.value,
        variables=found.variables,
        constraints=found.constraints,
        numbers=len(data_numbers(solution.formulation)),
    )


def tables(formulation: Formulation) -> str:
    """The data by index in Markdown: one table for each parameter of two sets, one for all of the same single set."""
    elements = {item.name: item.elements or () for item in formulation.sets}
    by_index: dict[tuple[str, ...], list[Parameter]] = {}
    for parameter in formulation.parameters:
        if parameter.indices and isinstance(parameter.values, tuple):
            by_index.setdefault(parameter.indices, []).append(parameter)
    parts = []
    for indices, parameters in by_index.items():
        if len(indices) == 1:
            parts.append(_columns(indices[0], elements[indices[0]], parameters))
        elif len(indices) == 2:
            first, second = (elements[name] for name in indices)
            parts += [_matrix(parameter, first, second) for parameter in parameters]
    return "\n\n".join(part for part in parts if part.count("|") <= MAX_TABLE_CELLS)


def _columns(index: str, elements: tuple[object, ...], parameters: list[Parameter]) -> str:
    head = [index, *(parameter.meaning or parameter.name for parameter in parameters)]
    columns = [parameter.values for parameter in parameters]
    rows = [[element, *cells] for element, *cells in zip(elements, *columns, strict=True)]
    return _markdown(head, rows)


def _matrix(parameter: Parameter, first: tuple[object, ...], second: tuple[object, ...]) -> str:
    head = [parameter.meaning or parameter.name, *second]
    return _markdown(
        head, [[element, *cells] for element, cells in zip(first, parameter.values, strict=True)]
    )


def _markdown(head: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "/") for cell in line) + " |" for line in lines)
