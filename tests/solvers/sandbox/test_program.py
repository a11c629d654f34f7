import json
import textwrap

import pyomo.environ as pyo
import pytest

from solvers.sandbox.program import run

BUILD = """
import pyomo.environ as pyo
model = pyo.ConcreteModel()
model.x = pyo.Var(bounds=(0, 5))
model.o = pyo.Objective(expr=2 * model.x)
"""


def answer(source, data=None, **options):
    return json.loads(
        run(json.dumps({"source": textwrap.dedent(source), "data": data or {}, **options}).encode())
    )


@pytest.mark.parametrize(
    "source",
    [
        BUILD,
        BUILD.replace("model", "m"),
        BUILD + "pyo.SolverFactory('glpk').solve(model); raise RuntimeError('unreached')",
        BUILD
        + "s = pyo.SolverFactory('highs'); s.options['a'] = 1; s.config.time_limit = 3\nr = s.solve(model)",
        BUILD + "from pyomo.contrib.appsi.solvers import Highs; Highs().solve(model)",
        BUILD
        + "s = pyo.SolverFactory('appsi_highs'); assert s.available(); s.set_instance(model); s.solve()",
        BUILD + "try:\n    pyo.SolverFactory('cbc').solve(model)\nexcept Exception:\n    del model",
        BUILD + "import sys; sys.exit(0)",
        "def build_model(data):\n" + textwrap.indent(BUILD, "    ") + "    return model",
        "def create_model():\n" + textwrap.indent(BUILD, "    ") + "    return model",
        "def main():\n"
        + textwrap.indent(BUILD, "    ")
        + "    pyo.SolverFactory('highs').solve(model)\nif __name__ == '__main__': main()",
        BUILD.replace("ConcreteModel", "AbstractModel").replace("2 * model.x", "lambda m: 2 * m.x")
        + "instance = model.create_instance()",
    ],
)
def test_the_model_is_found_and_exported(source):
    exported = answer(source)
    assert exported["objective"] == "2*x", exported
    assert exported["warnings"] == []


def test_data_arrives_as_plain_tables():
    source = BUILD + "model.c = pyo.Constraint(expr=model.x <= sum(data['t']['cost']))"
    exported = answer(source, {"t": {"cost": [1, 2.5], "name": ["a", None]}})
    assert exported["constraints"][0]["expression"] == "x <= 3.5"


def test_one_model_of_several_can_be_named():
    source = BUILD.replace("model", "first") + BUILD.replace("model", "second").replace("2 *", "3 *")
    assert "2 models" in answer(source)["error"]["message"]
    assert answer(source, model_name="second")["objective"] == "3*x"
    assert "'third'" in answer(source, model_name="third")["error"]["message"]


def test_the_model_is_exported_as_it_is_at_the_first_solve():
    later = "\ntry:\n    pyo.SolverFactory('x').solve(model)\nexcept:\n    model.x.fix(1)\n"
    assert answer(BUILD + later)["objective"] == "2*x"


def test_reading_a_value_without_solving_is_a_warning():
    exported = answer(BUILD + "print(pyo.value(model.o))")
    assert exported["objective"] == "2*x"
    assert "No value" in exported["warnings"][0]


def test_what_a_program_raises_after_swallowing_the_solve_is_a_warning():
    exported = answer(BUILD + "try:\n    pyo.SolverFactory('x').solve(model)\nexcept:\n    pass\n1 / 0")
    assert exported["objective"] == "2*x"
    assert "ZeroDivisionError" in exported["warnings"][0]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = (", {"type": "SyntaxError", "line": 1, "source_line": "x = ("}),
        (BUILD + "model.c = pyo.Constraint(expr=model.x <= {}['k'])", {"type": "KeyError", "line": 6}),
        (BUILD + "def f(): return 1 / 0\nf()", {"type": "ZeroDivisionError", "line": 6}),
        (
            BUILD + "print(pyo.value(model.o))\nmodel.c = pyo.Constraint(expr=model.x >= 1)",
            {"type": "ValueError"},
        ),
        (BUILD + "model.c = pyo.Constraint(rule=lambda m: m.x >= pyo.value(m.x))", {"type": "ValueError"}),
        ("import nonexistent_module", {"type": "ModuleNotFoundError", "line": 1}),
        ("x = 1", {"type": "ModelError", "line": None}),
        (
            BUILD.replace("Concrete", "Abstract").replace("2 * model.x", "lambda m: m.x"),
            {"type": "ModelError"},
        ),
        (BUILD + "pyo.SolverFactory('x').solve('model')", {"type": "ModelError"}),
        (BUILD + "model.y = pyo.Var(domain=pyo.Any)", {"type": "ModelError"}),
        ("#" * 300_000, {"type": "ModelError"}),
        ("(" * 5000, {"type": "SyntaxError"}),
    ],
)
def test_errors_say_where(source, expected):
    error = answer(source)["error"]
    assert {key: error[key] for key in expected} == expected
    assert error["message"]


def test_texts_are_capped():
    error = answer("x = 1; raise ValueError('y' * 10**6)" + " " * 1000 + "# long")["error"]
    assert len(error["message"]) <= 500
    assert len(error["source_line"]) <= 200


def test_pyomos_solvers_are_back_afterwards():
    before = pyo.SolverFactory("appsi_highs").__class__
    answer(BUILD + "pyo.SolverFactory('appsi_highs').solve(model)")
    assert pyo.SolverFactory("appsi_highs").__class__ is before
