"""Stand-alone scripts: they run by themselves and find the same optimum."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from problems import BY_NAME, PROBLEMS, Problem, formulation, rule

from agent.data import load
from agent.formulation import Formulation
from agent.formulation.compile import compile_model
from agent.formulation.instance import bind
from agent.formulation.render import to_script
from solvers import Status, solve

QUICK = ("transport_from_tables", "shortest_path")


def run(script: str, folder: Path) -> list[str]:
    """What the script prints, run where nothing of ours can be imported."""
    path = folder / "model.py"
    path.write_text(script, encoding="utf-8")
    command = [sys.executable, "-I", "-W", "error", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=60)
    assert not done.stderr
    return done.stdout.splitlines()


def printed_objective(lines: list[str]) -> float:
    """The objective in what a script prints."""
    assert lines[0] == "status: optimal"
    return float(lines[1].removeprefix("objective: "))


def script_of(problem: Formulation, data: object = None) -> str:
    return to_script(bind(problem, load(data)))


@pytest.mark.parametrize(
    "problem",
    [
        pytest.param(problem, marks=() if problem.name in QUICK else pytest.mark.slow, id=problem.name)
        for problem in PROBLEMS
    ],
)
def test_a_script_finds_the_same(problem: Problem, tmp_path: Path) -> None:
    lines = run(script_of(problem.formulation, problem.data), tmp_path)
    if problem.status is Status.OPTIMAL:
        assert printed_objective(lines) == pytest.approx(problem.optimum, abs=1e-6)
    else:
        assert lines == [f"status: {problem.status}"]


HARD_NAMES = ["model", "name", "pyo", "solver", "row", "print", "dict", "self", "objective", "math", "entry"]


@pytest.mark.slow
def test_names_that_python_pyomo_or_the_script_use(tmp_path: Path) -> None:
    problem = formulation(
        [{"name": name, "indices": ["values"], "upper": f"{name}_p"} for name in HARD_NAMES],
        " + ".join(f"sum({name}_p[list_] * {name}[list_] for list_ in values)" for name in HARD_NAMES),
        [rule("any_row", "name[range_] + self[range_] <= sum(1 for math in list) + 2", "range_ in values")],
        sense="maximize",
        sets={"values": [1, 2], "list": ["a"]},
        parameters=[
            *({"name": f"{name}_p", "indices": ["values"], "values": 2} for name in HARD_NAMES),
            {"name": "results", "values": 5},
            {"name": "len_", "values": 5},
        ],
    )
    expected = solve(compile_model(bind(problem))).objective
    assert printed_objective(run(script_of(problem), tmp_path)) == pytest.approx(expected)


@pytest.mark.slow
def test_every_kind_of_expression_survives(tmp_path: Path) -> None:
    problem = formulation(
        [
            {"name": "x", "indices": ["arcs", "t"], "upper": "cap", "domain": "integer"},
            {"name": "y", "lower": "-2 * k", "upper": 7},
            {"name": "b", "domain": "binary"},
        ],
        "sum(cost[a] * x[a, d] for a in arcs for d in t if d > 1 or not a in arcs) - (y - 2) / k + abs(y - 1)"
        " + 3 ** 2 * b - (1 if k > 2 else 0) * sum(y * j for j in range(1, 3) if implies(j > 1, k == 3))",
        [
            rule(
                "flow",
                "x[i, j, d] + sum(0 * y for q in range(d)) >= d - 1",
                "(i, j) in arcs, d in t if i != j",
            ),
            rule("chain", "-3 <= y <= 5"),
            rule("strict", "x[a, d] < 4", "a in arcs, d in t"),
            rule("nothing", "sum(y for q in range(1, d)) <= 8", "d in t"),
            rule("data", "k >= 1"),
            rule("choice", "b or x['a', 'b', 1] >= 2"),
            rule("least", "min(y, max(x[a, 1] for a in arcs)) >= -2"),
        ],
        sets={"arcs": [("a", "b"), ("b", "c d'\"")], "t": [1, 2]},
        parameters=[
            {"name": "cost", "indices": ["arcs"], "values": [2, 3.5]},
            {"name": "cap", "indices": ["arcs", "t"], "values": [[4, 5], [6, 7]]},
            {"name": "k", "values": 3},
        ],
    )
    report = solve(compile_model(bind(problem)))
    assert report.status is Status.OPTIMAL
    assert printed_objective(run(script_of(problem), tmp_path)) == pytest.approx(report.objective, abs=1e-6)


def test_a_bound_may_be_a_sum_of_data() -> None:
    parameters = [{"name": "p", "indices": ["s"], "values": [2, 3]}]
    upper = "sum(p[i] for i in s)"
    problem = formulation([{"name": "x", "upper": upper}], "x", sets={"s": [1, 2]}, parameters=parameters)
    line = "model.x = pyo.Var(domain=pyo.Reals, bounds=(0.0, sum(p[i] for i in s)))"
    assert line in script_of(problem).split("\n")


HOSTILE = "\nimport os\r\nos.system('id')\x0c\x85\u2028'''\"\"\"\\ # coding: utf-7 \ud800 {x} %s"


def test_no_text_breaks_out_of_a_comment_or_a_literal(tmp_path: Path) -> None:
    problem = formulation(
        [{"name": "x", "indices": ["s"], "meaning": HOSTILE, "unit": HOSTILE, "lower": 1, "upper": 9}],
        "sum(p[i] * x[i] for i in s)",
        [
            rule("r", "x[i] >= 1", "i in s", HOSTILE),
            rule("logic", "x['b'] >= 2 or x['b'] <= 1", meaning=HOSTILE),
        ],
        title=HOSTILE,
        sets={"s": {"elements": [HOSTILE, "b"], "meaning": HOSTILE}},
        parameters=[{"name": "p", "indices": ["s"], "values": [2, 3], "meaning": HOSTILE}],
        assumptions=[HOSTILE],
    )
    script = script_of(problem)
    tree = ast.parse(script)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imported == {"pyomo.environ"}
    called = {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert "system" not in called
    assert script.split("\n")[1] == "#"  # Python reads an encoding from the first two lines


def test_a_script_reads_like_the_formulation() -> None:
    script = script_of(BY_NAME["transport"].formulation)
    assert script == script_of(BY_NAME["transport"].formulation)
    for line in (
        "plants = ['north', 'south']",
        "supply = {'north': 20, 'south': 30}",
        "model.shipped = pyo.Var(plants, markets, domain=pyo.Reals, bounds=(0.0, None))",
        "# stock of a plant",
        "for p in plants:",
        "    model.supplies[p] = sum(model.shipped[p, m] for m in markets) <= supply[p]",
    ):
        assert line in script.split("\n")
