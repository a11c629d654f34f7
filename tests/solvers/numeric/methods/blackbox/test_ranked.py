"""Rankings: descent from order alone, partial rankings, the estimate, refusals."""

import numpy as np
import pytest

from solvers.errors import ModelError
from solvers.numeric import Ranked, minimize
from solvers.numeric.methods.blackbox.ranked import estimate


def bowl(x) -> float:
    return float((x[0] - 1) ** 2 + 5 * (x[1] + 2) ** 2)


def by(function, most: int | None = None):
    """A ranking by a hidden function, of the best so many."""
    return lambda points: np.argsort([function(point) for point in points])[:most]


@pytest.mark.parametrize("method", ["auto", "rank-sgd", "cma-es"])
def test_the_order_alone_leads_to_the_bottom(method: str) -> None:
    found = minimize(Ranked(by(bowl), calls=150, spread=0.5), [0.0, 0.0], method=method, seed=1)
    assert found.x == pytest.approx([1.0, -2.0], abs=0.05)
    assert np.isnan(found.objective) and found.evaluations <= 150


@pytest.mark.parametrize("method", ["rank-sgd", "cma-es"])
def test_any_increasing_change_of_the_function_changes_nothing(method: str) -> None:
    plain, bent = (
        minimize(Ranked(by(f), calls=20), [0.0, 0.0], method=method)
        for f in (bowl, lambda x: np.arctan(bowl(x)))
    )
    assert plain.x.tolist() == bent.x.tolist()


def test_the_best_three_of_ten_suffice() -> None:
    problem = Ranked(by(bowl, 3), calls=200, spread=0.5)
    assert bowl(minimize(problem, [0.0, 0.0], method="rank-sgd").x) < 0.05
    with pytest.raises(ModelError, match="names 3 of 10 candidates"):
        minimize(problem, [0.0, 0.0], method="cma-es")


@pytest.mark.parametrize("named", [1, 3, 6])
def test_the_estimate_is_the_mean_over_all_ordered_pairs(named: int) -> None:
    draw = np.random.default_rng(named)
    directions, order = draw.normal(size=(6, 4)), draw.permutation(6)
    best, rest = list(order[:named]), list(order[named:])
    pairs = [(better, worse) for place, better in enumerate(best) for worse in best[place + 1 :] + rest]
    mean = np.mean([directions[worse] - directions[better] for better, worse in pairs], axis=0)
    assert estimate(directions, best) == pytest.approx(mean)


@pytest.mark.parametrize(
    ("problem", "start", "method", "message"),
    [
        (Ranked(by(bowl)), None, "auto", "needs a start"),
        (Ranked(by(bowl)), [np.nan], "auto", "finite numbers"),
        (Ranked(by(bowl), candidates=2), [0.0, 0.0], "auto", "2 candidates"),
        (Ranked(by(bowl)), [0.0, 0.0], "adam", "no method 'adam' for rankings"),
        (Ranked(by(bowl)), [0.0], "cma-es", "two variables or more"),
        (Ranked(lambda points: [99]), [0.0, 0.0], "auto", r"is \[99\]"),
        (Ranked(lambda points: []), [0.0, 0.0], "auto", r"is \[\]"),
        (Ranked(lambda points: [1, 1]), [0.0, 0.0], "auto", r"is \[1, 1\]"),
    ],
)
def test_what_is_outside_the_assumptions_is_refused(problem, start, method: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        minimize(problem, start, method=method)
