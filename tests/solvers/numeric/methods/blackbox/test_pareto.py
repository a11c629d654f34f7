"""Fronts: known ones, failures, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from solvers.errors import ModelError
from solvers.numeric import Outcome, ParetoBox, minimize
from solvers.numeric.methods.blackbox.pareto import hypervolume

METHODS = ("epsilon-constraint", "nsga2", "sms-emoa")


def two_bowls(x) -> list[float]:
    """Schaffer's problem: the front is x in [0, 2], where sqrt(f1) + sqrt(f2) = 2."""
    return [float(x[0] ** 2), float((x[0] - 2) ** 2)]


@pytest.mark.parametrize("method", METHODS)
def test_the_front_of_two_bowls_is_covered(method: str) -> None:
    problem = ParetoBox(two_bowls, [-5.0], [5.0], reference=[5.0, 5.0], evaluations=390)
    found = minimize(problem, [4.0], method=method, seed=1)
    front = found.point
    assert np.sqrt(front.objectives).sum(axis=1) == pytest.approx(2.0, abs=0.1)
    assert [two_bowls(x) for x in front.x] == front.objectives.tolist()
    # The region above the front and below (5, 5) has 25 - 8/3 of it, less what no finite front dominates.
    assert 21.9 < front.hypervolume < 25 - 8 / 3 and found.objective == -front.hypervolume
    assert found.evaluations == 390


@pytest.mark.parametrize("method", METHODS)
def test_points_that_fail_are_not_on_the_front(method: str) -> None:
    def holed(x) -> list[float]:
        return two_bowls(x) if x[0] < 1 else [np.nan, 0.0]

    found = minimize(ParetoBox(holed, [-5.0], [5.0], [5.0, 5.0], evaluations=120), method=method)
    assert len(found.point.x) and np.all(found.point.x < 1)
    nothing = minimize(ParetoBox(lambda x: 1 / 0, [-5.0], [5.0], [5.0, 5.0], evaluations=80), method=method)
    assert nothing.outcome is Outcome.UNDEFINED and nothing.point.hypervolume == 0


def test_three_objectives_are_taken() -> None:
    corners = np.eye(3)
    problem = ParetoBox(
        lambda x: [float(np.sum((x - corner) ** 2)) for corner in corners],
        [0.0] * 3, [1.0] * 3, reference=[2.0] * 3, evaluations=200,
    )  # fmt: skip
    found = minimize(problem)
    assert found.point.hypervolume > 1.0 and "nsga2" in found.route


@given(arrays(float, (7, 3), elements=st.integers(0, 4)))
def test_the_hypervolume_is_the_part_of_cells_that_a_point_dominates(values) -> None:
    cells = np.stack(np.meshgrid(*[np.arange(4)] * 3), axis=-1).reshape(-1, 3)
    dominated = [any(np.all(one <= cell) for one in values) for cell in cells]
    assert hypervolume(values, np.full(3, 4.0)) == sum(dominated)


@pytest.mark.parametrize(
    ("problem", "method", "message"),
    [
        (ParetoBox(two_bowls, [-5.0], [5.0], reference=[5.0]), "auto", "two finite numbers or more"),
        (ParetoBox(two_bowls, [-5.0], [np.inf], reference=[5.0, 5.0]), "auto", "infinite bounds"),
        (
            ParetoBox(two_bowls, [-5.0], [5.0], reference=[5.0, 5.0], evaluations=1),
            "auto",
            "takes 40 or more",
        ),
        (ParetoBox(two_bowls, [-5.0], [5.0], reference=[5.0] * 3), "epsilon-constraint", "not 3; take nsga2"),
        (ParetoBox(two_bowls, [-5.0], [5.0], reference=[5.0, 5.0]), "tpe", "no method 'tpe' for fronts"),
    ],
)
def test_what_is_outside_the_assumptions_is_refused(problem, method: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        minimize(problem, method=method)
