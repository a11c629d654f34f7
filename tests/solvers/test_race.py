"""Two engines side by side, a second opinion, and engines that are stopped."""

import threading
import time

import pyomo.environ as pyo
import pytest
from small_models import pick

import solvers
from solvers import ModelError, Status
from solvers.race import first_proof
from solvers.report import SolveReport


def test_a_race_gives_a_proof() -> None:
    report = solvers.solve(pick(), engine="race")
    assert report.status is Status.OPTIMAL and report.objective == 14
    assert "a race of HiGHS against SCIP" in report.route


def test_a_second_engine_is_asked_on_request() -> None:
    report = solvers.solve(pick(), second_opinion=True)
    assert report.certificate is not None and report.certificate.second_opinion == pytest.approx(14)
    assert "HiGHS" in report.engine
    alone = solvers.solve(pick()).certificate
    assert alone is not None and alone.second_opinion is None


def test_the_first_proof_stops_the_others() -> None:
    stopped = threading.Event()

    def slow(cancelled: threading.Event) -> SolveReport:
        assert cancelled.wait(20)
        stopped.set()
        return SolveReport(status=Status.NO_SOLUTION, engine="slow", seconds=0)

    def quick(cancelled: threading.Event) -> SolveReport:
        return SolveReport(status=Status.INFEASIBLE, engine="quick", seconds=0)

    assert first_proof([slow, quick]).engine == "quick"
    assert stopped.is_set()


def test_without_a_proof_the_better_solution_counts() -> None:
    def give(engine: str, primal: tuple[float, ...], bound: float | None):  # type: ignore[no-untyped-def]
        return lambda _: SolveReport(
            status=Status.FEASIBLE, engine=engine, seconds=0, objective=10, bound=bound, primal=primal
        )

    assert first_proof([give("a", (), None), give("b", (1.0,), 5), give("c", (1.0,), 9)]).engine == "c"


def test_a_racer_that_refuses_leaves_the_race_to_the_other() -> None:
    def refuse(_: threading.Event) -> SolveReport:
        raise ModelError("no")

    fine = SolveReport(status=Status.OPTIMAL, engine="fine", seconds=0)
    assert first_proof([refuse, lambda _: fine]) is fine
    with pytest.raises(ModelError):
        first_proof([refuse, refuse])


def hard() -> pyo.ConcreteModel:
    """A knapsack of several dimensions that takes minutes."""
    model = pyo.ConcreteModel()
    size = 120
    model.x = pyo.Var(range(size), domain=pyo.Binary)
    weights = [[(7919 * (i + 1) * (k + 3)) % 997 + 1 for i in range(size)] for k in range(8)]
    model.goal = pyo.Objective(expr=sum(weights[0][i] * model.x[i] for i in range(size)), sense=pyo.maximize)
    model.rows = pyo.Constraint(
        range(1, 8), rule=lambda m, k: sum(weights[k][i] * m.x[i] for i in range(size)) <= 9000 + k
    )
    return model


@pytest.mark.parametrize("engine", ["auto", "race"])
def test_a_cancelled_engine_is_stopped(engine: str) -> None:
    cancelled = threading.Event()
    threading.Timer(0.5, cancelled.set).start()
    started = time.monotonic()
    report = solvers.solve(hard(), engine=engine, time_limit=60, gap=0, cancelled=cancelled)
    assert time.monotonic() - started < 20
    assert report.status is Status.FAILED and "no longer wanted" in report.message


def test_engines_that_contradict_each_other_prove_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from solvers import dispatch

    honest = dispatch._Task.run

    def run(self, engine, cancelled=None):  # type: ignore[no-untyped-def]
        report = honest(self, engine, cancelled)
        return replace(report, objective=9.5) if engine.name == "highs" else report

    monkeypatch.setattr(dispatch._Task, "run", run)
    report = solvers.solve(pick(), second_opinion=True)
    assert report.status is Status.FEASIBLE and "contradict" in report.message
    assert report.objective == 14 and report.bound is None
    assert report.certificate is not None and report.certificate.second_opinion == 9.5
