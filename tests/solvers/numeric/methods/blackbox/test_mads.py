"""Direct search with rows: the barrier, its models, known constrained optima."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.numeric import BlackBox, Outcome, minimize
from solvers.numeric.methods.blackbox.mads import directions
from solvers.numeric.methods.blackbox.surrogate import attack, fitted
from solvers.numeric.methods.blackbox.trials import Trial


def wedge(x) -> float:
    return (x[0] - 10) ** 3 + (x[1] - 20) ** 3


def wedge_rows(x) -> list[float]:
    return [-((x[0] - 5) ** 2) - (x[1] - 5) ** 2 + 100, (x[0] - 6) ** 2 + (x[1] - 5) ** 2 - 82.81]


@pytest.mark.parametrize("start", [[50.0, 50.0], [14.5, 2.0], [90.0, 10.0]])
def test_a_narrow_wedge_is_entered_from_outside_and_searched_to_its_corner(start: list[float]) -> None:
    """Problem G06 of Michalewicz and Schoenauer (1996), optimum -6961.81388."""
    found = minimize(BlackBox(wedge, [13, 0], [100, 100], 400, wedge_rows), start)
    assert found.violation <= 1e-9
    assert found.objective == pytest.approx(-6961.81388, rel=0.01)


def test_rows_that_no_point_satisfies_are_told_by_their_violation() -> None:
    found = minimize(BlackBox(lambda x: x[0], [0, 0], [1, 1], 2_000, lambda x: [2 - x[0] - x[1] / 2]))
    assert found.outcome is Outcome.INFEASIBLE
    assert found.violation == pytest.approx(0.5, abs=1e-4)


def test_rows_that_fail_make_the_point_fail() -> None:
    found = minimize(
        BlackBox(lambda x: float(np.sum(x)), [-1, -1], [1, 1], 60, lambda x: [np.nan if x[0] < 0 else -x[1]])
    )
    assert found.x[0] >= 0 and found.x[1] >= 0
    assert found.objective == pytest.approx(0.0, abs=0.1)


def test_a_kink_is_searched_until_no_step_improves() -> None:
    found = minimize(
        BlackBox(lambda x: abs(x[0] - 0.3) + 2 * abs(x[1] + 0.2), [-1, -1], [1, 1], 2_000), method="mads"
    )
    assert found.outcome is Outcome.STALLED and found.evaluations < 2_000
    assert found.x == pytest.approx([0.3, -0.2], abs=1e-4)


@settings(max_examples=25)
@given(
    st.integers(1, 8),
    st.floats(1e-6, 1.0),
    st.integers(0, 1000),
)
def test_directions_lie_on_the_mesh_within_the_frame_and_span_space(n: int, frame: float, seed: int) -> None:
    mesh = min(frame, frame**2) / 64
    found = directions(n, frame, mesh, np.random.default_rng(seed))
    assert found.shape == (2 * n, n) and np.linalg.matrix_rank(found[:n]) == n
    assert found / mesh == pytest.approx(np.round(found / mesh), abs=1e-6)
    assert np.max(np.abs(found)) <= frame + mesh
    assert np.array_equal(found[:n], -found[n:])


def test_a_quadratic_is_modelled_and_its_least_point_under_a_row_is_aimed_at() -> None:
    points = np.random.default_rng(0).uniform(size=(10, 2))
    trials = [
        Trial(u, float((u[0] - 0.4) ** 2 + u[0] * u[1] + u[1] ** 2), np.array([0.3 - u[1]])) for u in points
    ]
    centre = np.array([0.5, 0.5])
    model = fitted(trials, centre)
    assert model is not None
    assert model.values(points) == pytest.approx(np.array([[t.value, *t.rows] for t in trials]), abs=1e-8)
    step = 1e-6 * np.eye(2)
    differences = (model.values(centre + step) - model.values(centre - step)) / 2e-6
    slopes = model.slopes(centre).T
    assert slopes == pytest.approx(differences, abs=1e-6)
    assert attack(model, 0.4) == pytest.approx([0.25, 0.3], abs=1e-4)


def test_there_is_no_model_of_too_few_points() -> None:
    assert fitted([Trial(np.zeros(2), np.inf, np.zeros(0))] * 9, np.zeros(2)) is None
