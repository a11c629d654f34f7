"""Transport through the one entry: known plans, proved gaps, agreement with the library, invariances, refusals."""

import builtins
import sys

import numpy as np
import ot
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.errors import EngineMissing, ModelError
from solvers.numeric import MethodResult, Outcome, Transport, minimize

DRAW = np.random.default_rng(0)
COST = DRAW.uniform(size=(12, 9))
SOURCE, TARGET = DRAW.dirichlet(np.ones(12)), DRAW.dirichlet(np.ones(9))
LEAST = float(ot.emd2(SOURCE, TARGET, COST))


def solved(method: str = "auto", cost=COST, source=SOURCE, target=TARGET, **options) -> MethodResult:
    return minimize(Transport(cost, source, target, **options), method=method)


@pytest.mark.parametrize("method", ["exact", "sinkhorn-newton"])
def test_masses_that_stay_where_they_are_cost_nothing(method: str) -> None:
    found = solved(method, 1.0 - np.eye(4), [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0])
    assert found.outcome is Outcome.SOLVED
    assert found.point == pytest.approx(np.diag([1.0, 2.0, 3.0, 4.0]), abs=1e-6)


@pytest.mark.parametrize(
    ("method", "reg"), [("auto", None), ("sinkhorn-newton", 1e-2), ("sinkhorn-newton", 1e-5)]
)
def test_plans_have_their_marginals_and_the_gap_bounds_what_is_left(method: str, reg: float | None) -> None:
    found = solved(method, reg=reg)
    assert found.outcome is Outcome.SOLVED and found.violation <= 1e-15
    assert found.point.sum(1) == pytest.approx(SOURCE) and found.point.sum(0) == pytest.approx(TARGET)
    assert -1e-12 <= found.objective - LEAST <= found.gap + 1e-12 <= 2e-12 + 10 * (reg or 0.0)


def test_optimal_plans_are_sparse_since_they_are_corners() -> None:
    assert np.sum(solved().point > 0) <= 12 + 9 - 1


@pytest.mark.parametrize("method", ["exact", "sinkhorn-newton"])
def test_prices_are_within_the_costs_and_prove_the_gap(method: str) -> None:
    found = solved(method)
    f, g = found.y[:12], found.y[12:]
    assert np.all(f[:, None] + g <= COST + 1e-12)
    assert found.objective - (SOURCE @ f + TARGET @ g) == pytest.approx(found.gap, abs=1e-12)


@pytest.mark.parametrize("reg", [0.1, 0.01])
def test_sinkhorn_newton_agrees_with_the_librarys_sinkhorn(reg: float) -> None:
    plan = ot.sinkhorn(SOURCE, TARGET, COST, reg, method="sinkhorn_log", numItermax=10_000, stopThr=1e-11)
    assert solved("sinkhorn-newton", reg=reg).point == pytest.approx(plan, abs=1e-8)


def test_the_same_problem_gives_the_same_digits() -> None:
    assert np.array_equal(solved("sinkhorn-newton").x, solved("sinkhorn-newton").x)


@pytest.mark.parametrize("method", ["exact", "sinkhorn-newton"])
@settings(max_examples=5)
@given(
    rows=st.lists(st.floats(-10, 10), min_size=12, max_size=12),
    columns=st.lists(st.floats(-10, 10), min_size=9, max_size=9),
)
def test_what_every_plan_pays_alike_changes_no_plan(method: str, rows: list, columns: list) -> None:
    shifted = solved(
        method, COST + np.array(rows)[:, None] + np.array(columns), reg=None if method == "exact" else 0.01
    )
    plain = solved(method, reg=None if method == "exact" else 0.01)
    assert shifted.point == pytest.approx(plain.point, abs=1e-7)
    assert shifted.objective == pytest.approx(plain.objective + SOURCE @ rows + TARGET @ columns, abs=1e-7)


@pytest.mark.parametrize("scale", [1e-200, -1e200, 0.0])
@pytest.mark.parametrize("method", ["exact", "sinkhorn-newton"])
def test_costs_of_any_size_and_sign_are_taken(method: str, scale: float) -> None:
    found = solved(method, scale * COST - 3 * abs(scale or 1.0))
    assert found.outcome is Outcome.SOLVED and 0 <= found.gap <= 0.01 * abs(scale) + 1e-12


def test_masses_and_costs_scale() -> None:
    found = solved("sinkhorn-newton", 50 * COST, 7 * SOURCE, 7 * TARGET, reg=0.5)
    assert found.point == pytest.approx(7 * solved("sinkhorn-newton", reg=0.01).point, abs=1e-7)


@pytest.mark.parametrize("method", ["exact", "sinkhorn-newton"])
def test_places_without_mass_get_none(method: str) -> None:
    source, target = np.append(SOURCE, 0.0), np.insert(TARGET, 3, 0.0)
    cost = np.insert(np.vstack((COST, np.zeros(9))), 3, -5.0, axis=1)
    found = solved(method, cost, source, target)
    assert np.all(found.point[12] == 0) and np.all(found.point[:, 3] == 0)
    assert found.objective == pytest.approx(LEAST, abs=1e-4) and found.gap < 0.01
    assert np.all(found.y[:13, None] + found.y[13:] <= cost + 1e-12)


@pytest.mark.parametrize("nonzeros", [1, 3, 12])
def test_sparse_plans_keep_to_their_nonzeros_and_say_what_they_miss(nonzeros: int) -> None:
    found = solved("sparse", nonzeros=nonzeros)
    assert (found.point > 0).sum(0).max() <= nonzeros
    assert found.point.sum(0) == pytest.approx(TARGET)
    missed = np.abs(found.point.sum(1) - SOURCE)
    assert found.violation == pytest.approx(missed.max(), abs=1e-12)
    assert found.outcome.is_solved == (missed.sum() <= 1e-3)
    assert np.isnan(found.gap) == (missed.sum() > 1e-9)


def test_one_source_sends_all_to_every_target() -> None:
    for method, nonzeros in (("exact", None), ("sparse", 1), ("sinkhorn-newton", None)):
        found = solved(method, [[1.0, 2.0]], [3.0], [1.0, 2.0], nonzeros=nonzeros)
        assert found.point == pytest.approx(np.array([[1.0, 2.0]])) and found.outcome is Outcome.SOLVED


def test_the_time_limit_ends_newtons_steps_with_a_plan_nonetheless() -> None:
    found = minimize(Transport(COST, SOURCE, TARGET, reg=1e-4), method="sinkhorn-newton", time_limit=1e-9)
    assert found.outcome is Outcome.LIMIT and found.violation <= 1e-15
    assert 0 < found.objective - LEAST <= found.gap


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": -SOURCE}, "source 0 has negative mass"),
        ({"target": 2 * TARGET}, "the target's 2.0; make them equal"),
        ({"source": 0 * SOURCE, "target": 0 * TARGET}, "has no mass"),
        ({"cost": np.full((12, 9), np.nan)}, "the cost has entries that are not finite"),
        ({"cost": COST.T}, r"the cost has shape \(9, 12\); 12 sources and 9 targets need \(12, 9\)"),
        ({"cost": np.where(COST > 0.5, 1e308, -1e308)}, "beyond double precision"),
        ({"cost": SOURCE}, "give an array of 2 dimensions"),
        ({"cost": [["a"]]}, "the cost is no array of numbers"),
        ({"tolerance": 0.0}, "the tolerance is 0.0"),
        ({"reg": 0.0, "method": "sinkhorn-newton"}, "reg is 0.0"),
        ({"reg": 1e-10, "method": "sinkhorn-newton"}, "less than 1e-09 of the range of the costs"),
        ({"reg": 0.1}, "exact transport takes no reg"),
        ({"nonzeros": 2}, "nonzeros and the method sparse belong together"),
        ({"method": "sparse"}, "nonzeros and the method sparse belong together"),
        ({"method": "sparse", "nonzeros": 0}, "0 nonzeros a column"),
        ({"method": "adam"}, "no method 'adam' of transport"),
    ],
)
def test_malformed_problems_are_refused_by_name(change: dict, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        solved(**change)


def test_a_start_is_refused() -> None:
    with pytest.raises(ModelError, match="transport takes no start"):
        minimize(Transport(COST, SOURCE, TARGET), COST)


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def without(name, *others, **options):
        if name == "ot":
            raise ModuleNotFoundError("No module named 'ot'", name="ot")
        return original(name, *others, **options)

    monkeypatch.delitem(sys.modules, "ot")
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(EngineMissing, match=r'pip install "optwright\[serve\]"'):
        solved("exact")
