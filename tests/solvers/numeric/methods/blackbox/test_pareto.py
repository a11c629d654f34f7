"""Fronts: known ones, failures, refusals."""

import numpy as np
import pytest

from solvers.errors import ModelError
from solvers.numeric import Outcome, ParetoBox, minimize


def two_bowls(x) -> list[float]:
    """Schaffer's problem: the front is x in [0, 2], where sqrt(f1) + sqrt(f2) = 2."""
    return [float(x[0] ** 2), float((x[0] - 2) ** 2)]


@pytest.mark.parametrize("method", ["auto", "nsga2", "sms-emoa"])
def test_the_front_of_two_bowls_is_covered(method: str) -> None:
    problem = ParetoBox(two_bowls, [-5.0], [5.0], reference=[5.0, 5.0], evaluations=390)
    found = minimize(problem, [4.0], method=method, seed=1)
    front = found.point
    assert np.sqrt(front.objectives).sum(axis=1) == pytest.approx(2.0, abs=0.1)
    assert [two_bowls(x) for x in front.x] == front.objectives.tolist()
    # The region above the front and below (5, 5) has 25 - 8/3 of it, less what no finite front dominates.
    assert 21.9 < front.hypervolume < 25 - 8 / 3 and found.objective == -front.hypervolume
    assert found.evaluations == 390


def test_points_that_fail_are_not_on_the_front() -> None:
    def holed(x) -> list[float]:
        return two_bowls(x) if x[0] < 1 else [np.nan, 0.0]

    found = minimize(ParetoBox(holed, [-5.0], [5.0], reference=[5.0, 5.0], evaluations=120))
    assert len(found.point.x) and np.all(found.point.x < 1)
    nothing = minimize(ParetoBox(lambda x: 1 / 0, [-5.0], [5.0], reference=[5.0, 5.0], evaluations=80))
    assert nothing.outcome is Outcome.UNDEFINED and nothing.point.hypervolume == 0


@pytest.mark.parametrize(
    ("problem", "method", "message"),
    [
        (ParetoBox(two_bowls, [-5.0], [5.0], reference=[5.0]), "auto", "two finite numbers or more"),
        (ParetoBox(two_bowls, [-5.0], [np.inf], reference=[5.0, 5.0]), "auto", "infinite bounds"),
        (ParetoBox(two_bowls, [-5.0], [5.0], reference=[5.0, 5.0], evaluations=1), "auto", "1 evaluations"),
        (ParetoBox(two_bowls, [-5.0], [5.0], reference=[5.0, 5.0]), "tpe", "no method 'tpe' for fronts"),
    ],
)
def test_what_is_outside_the_assumptions_is_refused(problem, method: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        minimize(problem, method=method)
