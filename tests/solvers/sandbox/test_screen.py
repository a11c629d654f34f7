import pytest

from solvers.sandbox.screen import screen


@pytest.mark.parametrize(
    "source",
    [
        "import pyomo.environ as pyo, math\nfrom pyomo.opt import SolverFactory\nimport numpy as np",
        "class A:\n    def __init__(self):\n        super().__init__()",
        "model.write = 1",
    ],
)
def test_ordinary_programs_pass(source):
    assert screen(source) == []


@pytest.mark.parametrize(
    ("source", "line", "word"),
    [
        ("import os", 1, "'os'"),
        ("x = 1\nfrom subprocess import run", 2, "'subprocess'"),
        ("from . import x", 1, "relative"),
        ("open('x')", 1, "'open'"),
        ("\n\neval('1')", 3, "'eval'"),
        ("().__class__", 1, "'__class__'"),
        ("SolverFactory('ipopt', executable='/bin/sh')", 1, "executable"),
        ("x = (", 1, "syntax error"),
        ("\0", 1, ""),
        ("(" * 5000, 1, ""),
        ("#" * 300_000, 1, "limit"),
    ],
)
def test_objections_name_the_line_and_what_to_do(source, line, word):
    objection = screen(source)[0]
    assert objection.line == line
    assert word in objection.message


def test_objections_come_in_the_order_of_lines():
    assert [o.line for o in screen("def f():\n    import os\nimport socket\nopen('x')")] == [2, 3, 4]
