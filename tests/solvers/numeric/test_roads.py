"""The numerical optimizer as an engine, as an AMPL-style executable, and in its worker process."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pyomo.environ as pyo
import pytest
from numeric_models import hs71, model_of, nl_model, nl_text
from pyomo.opt.plugins.sol import ResultsReader_sol

import solvers
from solvers import ModelError, Status
from solvers.numeric import ampl, certify_point, roads, sensitivities
from solvers.numeric.cache import ProgramCache
from solvers.numeric.errors import Refused, Stopped, WorkerLost
from solvers.numeric.process import WorkerProcess
from solvers.numeric.result import Result
from solvers.numeric.router import route
from solvers.numeric.source import as_model
from solvers.numeric.wire import Options, Task


@pytest.mark.parametrize(
    ("variables", "solves", "knows", "has_ipopt", "road"),
    [
        (4, 1, True, True, "ipopt"),
        (4, 1_000, True, True, "lanes"),
        (303, 1_000, True, True, "ipopt"),
        (4, 1, False, True, "lanes"),
        (4, 1, True, False, "lanes"),
    ],
)
def test_the_router_follows_the_measurements(
    variables: int, solves: int, knows: bool, has_ipopt: bool, road: str
) -> None:
    assert route(variables, solves, has_ipopt=has_ipopt, is_known_to_ipopt=knows).road == road


def test_a_structure_that_is_solved_again_and_again_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    def solved(goal: float) -> Result:
        model = pyo.ConcreteModel()
        model.x = pyo.Var(bounds=(-3, 3), initialize=2.0)
        model.cost = pyo.Objective(expr=(model.x - goal) ** 4 + pyo.exp(model.x))
        (found,) = roads.solve_models(
            [as_model(model)], [np.array([[2.0]])],
            method="auto", deadline=time.monotonic() + 60, cache=cache,
        )  # fmt: skip
        return found

    cache = ProgramCache()
    assert [solved(goal).route.split()[0] for goal in (1.0, 0.5)] == ["IPOPT,", "IPOPT,"]
    monkeypatch.setattr(roads, "COMPILING_S", 0.01)
    found = solved(0.25)
    assert "compiled lanes" in found.route and found.outcome.is_solved
    monkeypatch.setattr(roads, "COMPILING_S", 1e9)
    assert "compiled lanes" in solved(0.125).route, "what is compiled stays in use"


def test_another_method_of_the_lanes_leaves_no_program_for_single_solves() -> None:
    cache, model = ProgramCache(), as_model(hs71())
    for method, road in (("augmented", "compiled lanes"), ("auto", "IPOPT")):
        (found,) = roads.solve_models(
            [model], [model.parsed.start[None]],
            method=method, deadline=time.monotonic() + 120, cache=cache,
        )  # fmt: skip
        assert road in found.route


def test_a_worker_outlives_the_thread_that_started_it() -> None:
    worker = WorkerProcess()
    try:
        first = threading.Thread(
            target=lambda: worker.run(Task(models=[nl_text(hs71())], options=[Options()]))
        )
        first.start()
        first.join()
        pid = worker.pid
        time.sleep(0.2)
        assert worker.run(Task(models=[nl_text(hs71())], options=[Options()]))[0].is_solved
        assert worker.pid == pid
    finally:
        worker.close()


def test_a_worker_ends_with_its_parent_though_a_fork_lives_on() -> None:
    script = (
        "import os, signal, time\n"
        "from solvers.numeric.process import shared_worker\n"
        "from solvers.numeric.wire import Options, Task\n"
        "try: shared_worker().run(Task(models=['x'], options=[Options()]))\n"
        "except ValueError: pass\n"
        "pid = shared_worker().pid\n"
        "if os.fork() == 0: os.close(1); time.sleep(30); os._exit(0)\n"
        "print(pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": ":".join(sys.path)},
        stdout=subprocess.PIPE,
        check=False,
    )
    pid, end = int(told.stdout), time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]:
        assert time.monotonic() < end, "the worker lives on"
        time.sleep(0.05)


def test_as_an_engine_it_reports_a_local_optimum_with_its_certificate() -> None:
    report = solvers.solve(hs71(), engine="numeric", time_limit=30)
    assert report.status is Status.FEASIBLE and report.objective == pytest.approx(17.0140173)
    assert report.certificate is not None and report.certificate.is_stationary
    assert "one solve" in report.message


def test_as_an_engine_it_refuses_whole_variables() -> None:
    model = hs71()
    model.x[0].domain = pyo.Integers
    with pytest.raises(ModelError, match="takes no such model"):
        solvers.solve(model, engine="numeric")


def test_the_executable_writes_a_solution_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "model.nl"
    file.write_text(nl_text(hs71()))
    assert ampl.run([str(file.with_suffix("")), "-AMPL", "time_limit=30"]) == 0
    results = ResultsReader_sol()(str(file.with_suffix(".sol")), suffixes=["dual"])
    assert results.solver.termination_condition == "optimal"
    assert results.solution.variable["v0"]["Value"] == pytest.approx(1.0, abs=1e-6)
    assert "local optimum" in capsys.readouterr().out


def test_the_executable_names_what_it_cannot_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ampl.run([]) == 2 and "usage" in capsys.readouterr().err
    assert (
        ampl.run(["model", "starts=1e3"]) == 1 and "option starts takes a number" in capsys.readouterr().err
    )
    assert ampl.run([str(tmp_path / "none.nl")]) == 1 and "none.nl" in capsys.readouterr().err
    whole = hs71()
    whole.x[0].domain = pyo.Integers
    file = tmp_path / "whole.nl"
    file.write_text(nl_text(whole))
    assert ampl.run([str(file), "-AMPL"]) == 0
    assert "objno 0 500" in file.with_suffix(".sol").read_text()
    assert "whole" in capsys.readouterr().out


def test_a_worker_refuses_what_cannot_be_solved_and_goes_on() -> None:
    worker = WorkerProcess()
    try:
        with pytest.raises(Refused, match="line 1, segment header"):
            worker.run(Task(models=["nonsense\n"], options=[Options()]))
        before = worker.pid
        (found,) = worker.run(Task(models=[nl_text(hs71())], options=[Options(method="ipopt")]))
        assert found.is_solved and found.certificate is not None and found.certificate.is_stationary
        assert worker.pid == before
    finally:
        worker.close()


def test_a_cancelled_job_is_killed_within_a_second_and_the_next_one_runs() -> None:
    worker, cancelled = WorkerProcess(), threading.Event()
    try:
        long = Task(models=[nl_text(hs71())], options=[Options(starts=100_000, method="lanes")])
        with pytest.raises(Refused):
            worker.run(Task(models=["nonsense\n"], options=[Options()]))
        threading.Timer(0.5, cancelled.set).start()
        begun = time.monotonic()
        with pytest.raises(Stopped, match="cancelled"):
            worker.run(long, cancelled=cancelled)
        assert worker.pid is None and time.monotonic() - begun < 2.0
        with pytest.raises(Refused):
            worker.run(Task(models=["nonsense\n"], options=[Options()]))
    finally:
        worker.close()


def test_a_lost_worker_is_named_and_replaced() -> None:
    import os
    import signal

    worker = WorkerProcess()
    try:
        with pytest.raises(Refused):
            worker.run(Task(models=["nonsense\n"], options=[Options()]))
        assert worker.pid is not None
        threading.Timer(0.5, os.kill, (worker.pid, signal.SIGKILL)).start()
        with pytest.raises(WorkerLost, match="was killed"):
            worker.run(Task(models=[nl_text(hs71())], options=[Options(starts=100_000, method="lanes")]))
        with pytest.raises(Refused):
            worker.run(Task(models=["nonsense\n"], options=[Options()]))
    finally:
        worker.close()


def test_sensitivities_equal_differences_of_solutions() -> None:
    def solved(limit: float):
        model = model_of(
            2,
            lambda x: (x[0] - 2) ** 2 + (x[1] - 1) ** 2 + x[0] * x[1],
            lambda x: [x[0] + x[1] ** 2 <= limit, x[0] - x[1] >= -5],
            start=[0.5, 0.5],
        )
        report = solvers.solve(model, engine="numeric")
        return nl_model(model), np.array(report.primal[:2]), np.array(report.row_prices)

    model, x, y = solved(1.0)
    _, ahead, _ = solved(1.001)
    moves = sensitivities(model, x, y)
    assert moves[:, 0] == pytest.approx((ahead - x) / 1e-3, abs=1e-2)
    assert moves[:, 1] == pytest.approx(0)
    with pytest.raises(ModelError, match="not a strict local optimum"):
        sensitivities(model, x + 0.1, y)


def test_a_certificate_tells_minima_from_saddles_and_infeasible_points() -> None:
    model = nl_model(model_of(2, lambda x: x[0] ** 2 - x[1] ** 2, start=[0, 0], bounds=(-1, 1)))
    kinds = [
        certify_point(model, np.array(x), None).kind for x in ([0.0, 0.0], [0.0, 1.0], [0.5, 0], [2.0, 0])
    ]
    assert kinds == ["stationary", "local minimum", "feasible", "infeasible"]
