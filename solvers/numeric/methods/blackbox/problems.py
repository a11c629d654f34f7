"""Problems of which only values, ranks, scores or costs are seen: plain Python callables over boxes.

What a callable raises makes its point count as failed, as does a value that is not finite; the run goes on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class BlackBox:
    """min f(x) over a box, where wanted with c(x) <= 0; one evaluation is of f and c at one point.

    Attributes:
        function: f(x), (n,) to a number; may be noisy, may fail.
        lower: (n,) finite.
        upper: (n,) finite, above `lower`.
        evaluations: the budget.
        rows: c(x), (n,) to (m,); may be violated on the way.
    """

    function: Callable[[Any], Any]
    lower: Any
    upper: Any
    evaluations: int = 100
    rows: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class Fidelities:
    """min f(x, largest) over a box, where f(x, r) for smaller r is cheaper and tells something of it.

    Attributes:
        function: f(x, r), (n,) and a whole r to a number: epochs, samples, cells.
        lower: (n,) finite.
        upper: (n,) finite, above `lower`.
        largest: the fidelity that counts.
        least: the lowest fidelity.
        evaluations: the budget, in evaluations at `largest`; one at r costs r / largest.
    """

    function: Callable[[Any, int], Any]
    lower: Any
    upper: Any
    largest: int
    least: int = 1
    evaluations: float = 20.0


@dataclass(frozen=True, slots=True)
class ParetoBox:
    """The points of a box where no objective falls unless another rises.

    Attributes:
        function: (n,) to (k,), k >= 2 numbers, each the smaller the better.
        lower: (n,) finite.
        upper: (n,) finite, above `lower`.
        reference: (k,) worse than any point of interest; the hypervolume is what the front dominates below it.
        evaluations: the budget.
    """

    function: Callable[[Any], Any]
    lower: Any
    upper: Any
    reference: Sequence[float]
    evaluations: int = 500


@dataclass(frozen=True, slots=True)
class Ranked:
    """min f(x) without constraints, where nothing is ever seen but the order of m candidates.

    Attributes:
        rank: (m, n) candidates to the indices of at least the best one, the best first.
        candidates: m, at most, that one call is shown.
        calls: of `rank`, the budget.
        spread: standard deviation of the candidates around the point, in the units of x.
    """

    rank: Callable[[Any], Any]
    candidates: int = 10
    calls: int = 100
    spread: float = 0.1


@dataclass(frozen=True, slots=True)
class Training:
    """The most of a score that training reaches, its hyper-parameters changed on the way.

    Attributes:
        train: a stretch of training, (state, hyper (n,), seed) to (state, score); must not change its arguments.
        lower: (n,) of the hyper-parameters, positive: they are searched by their logarithms.
        upper: (n,) above `lower`.
        members: trained side by side.
        rounds: stretches of each member; the budget is members times rounds.
    """

    train: Callable[[Any, Any, int], tuple[Any, float]]
    lower: Any
    upper: Any
    members: int = 8
    rounds: int = 20


@dataclass(frozen=True, slots=True)
class SolveSequence:
    """The least total cost of related solves, one after the other, each with a parameter from a grid.

    Attributes:
        solve: (index, parameter, what the solve before gave or None) to (cost, what the next solve may begin from).
        parameters: the grid.
        count: of solves.
        dearest: the largest cost of one solve, such as its limit on iterations.
    """

    solve: Callable[[int, Any, Any], tuple[float, Any]]
    parameters: Sequence[Any]
    count: int
    dearest: float
