"""One row of a constraint that holds for many, apart from the others."""

from itertools import chain

from agent.errors import FormulationError
from agent.formulation.model import Constraint, Element, Formulation, Variable
from agent.formulation.parse import parse_loops


def loops_of(variable: Variable, formulation: Formulation) -> tuple[str, str]:
    """The loops over all entries of a variable, and the subscripts in them."""
    sizes = {item.name: item.dimension for item in formulation.sets}
    count = iter(range(1, 1 + sum(sizes[name] for name in variable.indices)))
    groups = [[f"k{next(count)}" for _ in range(sizes[name])] for name in variable.indices]
    targets = [group[0] if len(group) == 1 else f"({', '.join(group)})" for group in groups]
    loops = ", ".join(f"{target} in {name}" for target, name in zip(targets, variable.indices, strict=True))
    return loops, ", ".join(chain.from_iterable(groups))


def one(family: Constraint, key: tuple[Element, ...], name: str) -> Constraint:
    """The row of a family at a key, under a name of its own.

    Raises:
        FormulationError: the key does not fit the loops.
    """
    same = " and ".join(f"{target} == {part!r}" for target, part in _placed(family, key))
    meaning = f"{family.meaning} ({', '.join(map(str, key))})" if family.meaning else ""
    return family.model_copy(
        update={"name": name, "meaning": meaning, "forall": f"{family.forall} if {same}"}
    )


def others(family: Constraint, key: tuple[Element, ...]) -> Constraint:
    """A family without its row at a key; raises as `one`."""
    different = " or ".join(f"{target} != {part!r}" for target, part in _placed(family, key))
    return family.model_copy(update={"forall": f"{family.forall} if {different}"})


def _placed(family: Constraint, key: tuple[Element, ...]) -> list[tuple[str, Element]]:
    targets = [target for loop in parse_loops(family.forall) for target in loop.targets]
    if len(targets) != len(key) or not all(isinstance(part, int | str) for part in key):
        raise FormulationError(
            f"constraint `{family.name}` runs over {', '.join(targets) or 'nothing'}; give one element for each"
        )
    return list(zip(targets, key, strict=True))
