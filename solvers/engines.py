"""The engines: what each is for, what it proves, and how models travel to it."""

from dataclasses import dataclass
from importlib.util import find_spec

from solvers.classification import Classification, ModelClass
from solvers.errors import EngineMissing, ModelError
from solvers.structure import Structure

LARGE = {Structure.NETWORK: 10_000, Structure.KNAPSACK: 100}
"""Nonzeros from which an engine of one structure makes up for the process that it takes."""
_ALL = frozenset(ModelClass)
_CONTINUOUS = frozenset(kind for kind in ModelClass if not kind.is_integer)


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine.

    Attributes:
        name: what `solve(engine=...)` takes.
        title: its name for people.
        module: what must be importable.
        install: how to get it.
        classes: the model classes that it takes.
        is_global: whether its "optimal" is meant globally.
        needs_convex: whether it takes quadratic objectives only where they are convex.
        structure: the one structure that it takes; None for engines of whole classes.
    """

    name: str
    title: str
    module: str
    install: str
    classes: frozenset[ModelClass]
    is_global: bool = True
    needs_convex: bool = False
    structure: Structure | None = None

    @property
    def is_installed(self) -> bool:
        """Whether its package is there; nothing is imported."""
        return find_spec(self.module) is not None

    def claims(self, found: Classification) -> bool:
        """Whether it takes such a model."""
        if found.model_class not in self.classes or self.structure not in (None, found.structure):
            return False
        if self.name == "cpsat":
            return found.is_pure_integer
        return not (self.needs_convex and found.is_convex is not True)


ENGINES = {
    engine.name: engine
    for engine in (
        Engine(
            "highs",
            "HiGHS",
            "highspy",
            "pip install highspy",
            frozenset({ModelClass.LP, ModelClass.MILP, ModelClass.QP}),
            needs_convex=True,
        ),
        Engine(
            "cpsat",
            "OR-Tools CP-SAT",
            "ortools",
            'pip install "optwright[engines]"',
            frozenset({ModelClass.MILP}),
        ),
        Engine(
            "pdlp", "OR-Tools PDLP", "ortools", 'pip install "optwright[engines]"', frozenset({ModelClass.LP})
        ),
        Engine("scip", "SCIP", "pyscipopt", "pip install pyscipopt", _ALL),
        Engine(
            "ipopt",
            "IPOPT",
            "casadi",
            'pip install "optwright[engines]"',
            _CONTINUOUS - {ModelClass.LP},
            is_global=False,
        ),
        Engine(
            "numeric",
            "Optwright's numerical optimizer",
            "jax",
            'pip install "optwright[serve]"',
            _CONTINUOUS - {ModelClass.LP},
            is_global=False,
        ),
        Engine(
            "network",
            "OR-Tools min-cost flow",
            "ortools",
            'pip install "optwright[engines]"',
            frozenset({ModelClass.LP, ModelClass.MILP}),
            structure=Structure.NETWORK,
        ),
        Engine(
            "knapsack",
            "OR-Tools knapsack",
            "ortools",
            'pip install "optwright[engines]"',
            frozenset({ModelClass.MILP}),
            structure=Structure.KNAPSACK,
        ),
    )
}


def engine_named(name: str, found: Classification) -> Engine:
    """The engine of a name, for a model of a class.

    Raises:
        ModelError: there is no such engine, or it does not take such models.
        EngineMissing: it is not installed.
    """
    engine = ENGINES.get(name)
    if engine is None:
        raise ModelError(f"there is no engine {name!r}; take auto, race, {', '.join(ENGINES)}")
    if not engine.claims(found):
        fit = ", ".join(other.name for other in ENGINES.values() if other.claims(found))
        raise ModelError(f"{engine.title} takes no such model ({_told(found)}); these do: {fit}")
    if not engine.is_installed:
        raise EngineMissing(f"{engine.title} is not installed: {engine.install}")
    return engine


def fitting(found: Classification) -> list[Engine]:
    """The installed engines that take a model, the fittest first.

    Global constraints and purely whole variables go to constraint programming where it is installed, large networks
    and knapsacks to the engines made for them (`python -m benchmarks.structures` shows from where on that pays); linear
    rows and convex quadratic objectives to HiGHS; everything else to SCIP, which proves global optima, and then
    to IPOPT, which finds local ones.

    Raises:
        EngineMissing: no installed engine takes the model.
    """
    ranked = ["highs", "scip", "ipopt", "numeric", "cpsat", "pdlp", "network", "knapsack"]
    if found.structure is not None and found.nonzeros >= LARGE[found.structure]:
        ranked = ["network", "knapsack", *ranked]
    if found.has_global_constraints and found.is_pure_integer:
        ranked = ["cpsat", *ranked]
    claiming = [ENGINES[name] for name in dict.fromkeys(ranked) if ENGINES[name].claims(found)]
    installed = [engine for engine in claiming if engine.is_installed]
    if not installed:
        ways = "; ".join(f"{engine.title}: {engine.install}" for engine in claiming)
        raise EngineMissing(f"no installed engine takes this model ({_told(found)}). {ways}")
    return installed


def _told(found: Classification) -> str:
    nature = {True: "convex ", False: "nonconvex ", None: ""}[found.is_convex]
    whole = ", purely integer" if found.is_pure_integer else ""
    return f"{nature if not found.model_class.is_linear else ''}{found.model_class}{whole}"
