"""Model class by engine: every engine that claims a class finds the known optima, with a certificate that holds."""

import pyomo.environ as pyo
import pytest
from known_models import CASES, Case

import solvers
from solvers import ENGINES, ModelClass, Status
from solvers.engines import Engine

TOLERANCE = 1e-5
"""Relative; HiGHS's quadratic solver and the first-order methods stop about here."""


def test_there_are_enough_models_of_every_class() -> None:
    assert len(CASES) >= 60
    assert {case.kind for case in CASES} == set(ModelClass)
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_engine_that_claims_a_model_finds_its_optimum(case: Case) -> None:
    model = case.build()
    found = solvers.classify(model)
    assert found.model_class is case.kind
    claiming = [engine for engine in ENGINES.values() if engine.claims(found)]
    assert {"scip"} <= {engine.name for engine in claiming}
    for engine in claiming:
        report = solvers.solve(model, engine=engine.name, time_limit=30, warm_start=True)
        check(report, engine, case, model)


def check(report: solvers.SolveReport, engine: Engine, case: Case, model: pyo.ConcreteModel) -> None:
    assert report.objective is not None and report.certificate is not None, (engine.name, report)
    assert report.certificate.is_feasible, (engine.name, report.certificate)
    margin = TOLERANCE * max(1.0, abs(case.optimum))
    worse = (case.optimum - report.objective) * (1 if case.sense == "max" else -1)
    assert worse >= -margin, (engine.name, report.objective)
    if engine.is_global:
        assert report.status is Status.OPTIMAL, (engine.name, report)
        assert worse <= margin, (engine.name, report.objective)
        assert report.gap is None or report.gap <= TOLERANCE
    else:
        assert report.status is Status.FEASIBLE  # a local method proves no global optimum
        assert report.certificate.is_stationary, (engine.name, report.certificate)
        assert worse <= margin or not case.is_convex, (engine.name, report.objective)
    report.load()
    goal = next(model.component_data_objects(pyo.Objective, active=True))
    assert pyo.value(goal) == pytest.approx(report.objective, rel=1e-6, abs=1e-6)
