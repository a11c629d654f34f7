"""The kinds of jobs that exist: fixed in code, so that nothing from outside can name a function to run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JobKind:
    """A function ``(payload: bytes) -> bytes`` that the sandbox runs.

    Attributes:
        target: ``package.module:function``.
        trusted: Whether the function runs only our own code; untrusted kinds need a strong tier.
    """

    target: str
    trusted: bool

    @property
    def package(self) -> str:
        """The top-level package of the function, which jobs must be able to read."""
        return self.target.partition(":")[0].partition(".")[0]


Registry = dict[str, JobKind]

REGISTRY: Registry = {
    "conflict": JobKind("solvers.backends.conflict:run", trusted=True),
    "echo": JobKind("solvers.sandbox.echo:run", trusted=False),
    "function": JobKind("solvers.sandbox.function:run", trusted=False),
    "highs": JobKind("solvers.backends.highs:run", trusted=True),
    "program": JobKind("solvers.sandbox.program:run", trusted=False),
    "scip": JobKind("solvers.backends.scip:run", trusted=True),
}

MORE_ENGINES: Registry = {
    "cpsat": JobKind("solvers.backends.cpsat:run", trusted=True),
    "ipopt": JobKind("solvers.backends.ipopt:run", trusted=True),
    "knapsack": JobKind("solvers.backends.knapsack:run", trusted=True),
    "network": JobKind("solvers.backends.network:run", trusted=True),
    "pdlp": JobKind("solvers.backends.pdlp:run", trusted=True),
}
"""For a server of their own: their libraries take long to import, and not all agree with those above."""
