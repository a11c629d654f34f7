"""Black boxes over a box: known optima, failures survived, starts kept, refusals; every method."""

import sys

import numpy as np
import pytest

from solvers.errors import EngineMissing, ModelError
from solvers.numeric import BlackBox, Fidelities, Outcome, minimize

METHODS = ("mads", "expected-improvement", "tpe", "cma-es")
FIDELITY_METHODS = ("hyperband", "successive-halving")
LOWER, UPPER = [-1.0, -2.0], [3.0, 2.0]


def bowl(x) -> float:
    return float((x[0] - 0.5) ** 2 + 2 * (x[1] + 0.5) ** 2)


@pytest.mark.parametrize("method", METHODS)
def test_a_bowl_is_searched_to_near_its_bottom_within_the_budget(method: str) -> None:
    calls = []
    problem = BlackBox(lambda x: calls.append(x) or bowl(x), LOWER, UPPER, evaluations=40)
    found = minimize(problem, [2.0, 1.0], method=method, seed=1)
    assert found.objective <= 0.5 and bowl(found.x) == found.objective
    assert len(calls) == found.evaluations <= 40
    assert calls[0] == pytest.approx([2.0, 1.0])
    assert np.all((np.array(calls) >= LOWER) & (np.array(calls) <= UPPER))
    assert np.all(np.diff(found.history[:, 1]) <= 0)


@pytest.mark.parametrize("method", METHODS)
def test_points_that_raise_or_are_undefined_count_and_do_not_end_the_run(method: str) -> None:
    def holed(x) -> float:
        if x[0] > 1.5:
            raise RuntimeError("the simulation broke")
        return float("nan") if x[1] > 1 else bowl(x)

    found = minimize(BlackBox(holed, LOWER, UPPER, evaluations=30), [2.0, 1.5], method=method)
    assert np.isfinite(found.objective) and bowl(found.x) == found.objective
    assert "points failed" in found.route and ", 0 of" not in found.route


@pytest.mark.parametrize("method", METHODS)
def test_one_seed_gives_one_result(method: str) -> None:
    first, second = (
        minimize(BlackBox(bowl, LOWER, UPPER, evaluations=12), method=method, seed=3) for _ in range(2)
    )
    assert first.x.tolist() == second.x.tolist()


@pytest.mark.parametrize("method", METHODS)
def test_where_every_point_fails_the_outcome_says_so(method: str) -> None:
    found = minimize(BlackBox(lambda x: 1 / 0, LOWER, UPPER, evaluations=8), method=method)
    assert found.outcome is Outcome.UNDEFINED and np.isnan(found.objective) and found.evaluations == 8


@pytest.mark.parametrize(
    ("problem", "chosen"),
    [
        (BlackBox(bowl, LOWER, UPPER, evaluations=3), "expected-improvement"),
        (BlackBox(bowl, LOWER, UPPER, evaluations=3, rows=lambda x: [x[0]]), "mads"),
        (BlackBox(bowl, [-1.0] * 30, [1.0] * 30, evaluations=3), "mads"),
    ],
)
def test_auto_takes_what_fits(problem: BlackBox, chosen: str) -> None:
    assert minimize(problem).route.startswith(chosen)


@pytest.mark.parametrize("method", FIDELITY_METHODS)
def test_low_fidelities_are_cheap_and_only_the_largest_counts(method: str) -> None:
    asked = []

    def coarse(x, r: int) -> float:
        asked.append(r)
        return bowl(x) - 5 / r

    problem = Fidelities(coarse, LOWER, UPPER, largest=27, evaluations=12)
    found = minimize(problem, method=method, seed=2)
    assert found.objective == pytest.approx(bowl(found.x) - 5 / 27)
    assert set(asked) == {1, 3, 9, 27} and asked.count(1) > asked.count(27)
    again = minimize(problem, method=method, seed=2)
    assert again.x.tolist() == found.x.tolist() and again.evaluations == found.evaluations
    asked = asked[: len(asked) // 2]
    assert sum(asked) / 27 <= 12 + 40 / 27


def test_fidelities_that_fail_are_survived() -> None:
    failing = Fidelities(lambda x, r: 1 / 0, LOWER, UPPER, largest=9, evaluations=2)
    assert minimize(failing).outcome is Outcome.UNDEFINED


@pytest.mark.parametrize(
    ("problem", "start", "method", "message"),
    [
        (BlackBox(bowl, LOWER, UPPER), None, "adam", "no method 'adam' for black boxes"),
        (BlackBox(bowl, LOWER, [np.inf, 1]), None, "auto", "infinite bounds"),
        (BlackBox(bowl, LOWER, [3.0, -2.0]), None, "auto", "lower bound 1 is not below"),
        (BlackBox(bowl, LOWER, [3.0]), None, "auto", "two vectors of one length"),
        (BlackBox(bowl, LOWER, UPPER), [9.0, 9.0], "tpe", "no point of the box"),
        (BlackBox(bowl, LOWER, UPPER, evaluations=0), None, "auto", "0 evaluations"),
        (BlackBox(bowl, LOWER, UPPER, rows=lambda x: x), None, "tpe", "takes no rows; mads does"),
        (BlackBox(bowl, [0.0] * 30, [1.0] * 30), None, "expected-improvement", "30 variables"),
        (BlackBox(bowl, [0.0] * 60, [1.0] * 60), None, "mads", "60 variables"),
        (BlackBox(bowl, [0.0], [1.0]), None, "cma-es", "two variables or more"),
        (Fidelities(bowl, LOWER, UPPER, largest=1), None, "auto", "fidelities from 1 to 1"),
        (Fidelities(bowl, LOWER, UPPER, largest=9), None, "tpe", "no method 'tpe' for fidelities"),
    ],
)
def test_what_is_outside_the_assumptions_is_refused(problem, start, method: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        minimize(problem, start, method=method)


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cmaes", None)
    with pytest.raises(EngineMissing, match=r'cmaes: pip install "optwright\[blackbox\]"'):
        minimize(BlackBox(bowl, LOWER, UPPER), method="cma-es")
