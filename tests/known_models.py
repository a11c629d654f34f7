"""Small models with known optima, of every class: from textbooks, from the Hock-Schittkowski set, and counted by hand.

HS numbers: W. Hock, K. Schittkowski, Test Examples for Nonlinear Programming Codes (1981).
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import pyomo.environ as pyo
from problems import formulation

from agent.formulation.compile import compile_model
from agent.formulation.instance import bind
from solvers import ModelClass

INF = float("inf")


class Case(NamedTuple):
    """A model as text, the class it is of, and its optimum; `start` is where local methods begin."""

    name: str
    kind: ModelClass
    sense: str
    objective: str
    rows: tuple[str, ...]
    variables: str
    optimum: float
    start: Mapping[str, float] = {}
    is_convex: bool = True

    def build(self) -> pyo.ConcreteModel:
        """The model. Variables are told as ``int x y 0 9; free z``: kind, names, then bounds where there are any."""
        variables = [item for group in self.variables.split(";") for item in _variables(group.split())]
        problem = formulation(variables, self.objective, list(self.rows), sense=f"{self.sense}imize")
        model = compile_model(bind(problem))
        for name, value in self.start.items():
            model.find_component(name).set_value(value)
        return model


_DOMAINS = {"int": "integer", "bin": "binary", "real": "real", "free": "real"}


def _variables(words: list[str]) -> list[dict[str, object]]:
    kind, *rest = words
    names = [word for word in rest if not _is_number(word)]
    bounds = [float(word) for word in rest if _is_number(word)]
    lower = None if kind == "free" else 0.0
    fields: dict[str, object] = {"domain": _DOMAINS[kind], "lower": lower}
    if bounds:
        fields |= {"lower": None if bounds[0] == -INF else bounds[0]}
        fields |= {"upper": bounds[1]} if len(bounds) > 1 and bounds[1] != INF else {}
    return [{"name": name, **fields} for name in names]


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


LP, MILP, QP, MIQP = ModelClass.LP, ModelClass.MILP, ModelClass.QP, ModelClass.MIQP
QCP, MIQCP, NLP, MINLP = ModelClass.QCP, ModelClass.MIQCP, ModelClass.NLP, ModelClass.MINLP

CASES = [
    # Linear ------------------------------------------------------------------------------------------------
    Case("bakery", LP, "max", "3*x + 8*y", ("2*x + 5*y <= 220", "10*x + 30*y <= 1200"), "real x y", 340),
    Case("wyndor", LP, "max", "3*x + 5*y", ("x <= 4", "2*y <= 12", "3*x + 2*y <= 18"), "real x y", 36),
    Case(
        "klee-minty",
        LP,
        "max",
        "100*x + 10*y + z",
        ("x <= 1", "20*x + y <= 100", "200*x + 20*y + z <= 10000"),
        "real x y z",
        10000,
    ),
    Case(
        "beale-cycles",
        LP,
        "min",
        "-0.75*a + 150*b - 0.02*c + 6*d",
        ("0.25*a - 60*b - 0.04*c + 9*d <= 0", "0.5*a - 90*b - 0.02*c + 3*d <= 0", "c <= 1"),
        "real a b c d",
        -0.05,
    ),
    Case(
        "dantzig-transport",
        LP,
        "min",
        "0.225*a + 0.153*b + 0.162*c + 0.225*d + 0.162*e + 0.126*f",
        ("a + b + c <= 350", "d + e + f <= 600", "a + d >= 325", "b + e >= 300", "c + f >= 275"),
        "real a b c d e f",
        153.675,
    ),
    Case(
        "rock-paper-scissors",
        LP,
        "max",
        "v",
        ("v <= q - r", "v <= r - p", "v <= p - q", "p + q + r == 1"),
        "real p q r; free v",
        0,
    ),
    Case("incircle-3-4-5", LP, "max", "r", ("x >= r", "y >= r", "3*x + 4*y + 5*r <= 12"), "real x y r", 1),
    Case("corner", LP, "min", "x + y", ("x - y == 3",), "free x -5; free y -4", -5),
    Case("least-absolute", LP, "min", "abs(x - 1) + abs(x - 2) + abs(x - 10)", (), "real x 0 20", 9),
    Case("chebyshev-line", LP, "min", "max(abs(a), abs(a + b - 1), abs(a + 2*b))", (), "free a b -9 9", 0.5),
    Case(
        "shortest-path",
        LP,
        "min",
        "2*sa + 5*sb + ab + 6*at + 2*bt",
        ("sa + sb == 1", "sa == ab + at", "sb + ab == bt"),
        "real sa sb ab at bt",
        5,
    ),
    Case(
        "max-flow",
        LP,
        "max",
        "sa + sb",
        ("sa <= 3", "sb <= 2", "ab <= 1", "at <= 2", "bt <= 3", "sa == ab + at", "sb + ab == bt"),
        "real sa sb ab at bt",
        5,
    ),
    # Whole and mixed -----------------------------------------------------------------------------------------
    Case(
        "whole-bakery", MILP, "max", "3*x + 8*y", ("2*x + 5*y <= 221", "10*x + 30*y <= 1200"), "int x y", 341
    ),
    Case("branching", MILP, "max", "5*x + 4*y", ("6*x + 4*y <= 24", "x + 2*y <= 6"), "int x y", 20),
    Case("gomory", MILP, "max", "y", ("3*x + 2*y <= 6", "-3*x + 2*y <= 0"), "int x y", 1),
    Case("coins-67", MILP, "min", "a + b + c + d", ("a + 5*b + 10*c + 25*d == 67",), "int a b c d", 6),
    Case(
        "knapsack",
        MILP,
        "max",
        "4*a + 2*b + c + 2*d + 10*e",
        ("12*a + 2*b + c + d + 4*e <= 15",),
        "bin a b c d e",
        15,
    ),
    Case(
        "cover",
        MILP,
        "min",
        "a + b + c + d",
        ("a + b >= 1", "b + c >= 1", "c + d >= 1", "d + a >= 1", "a + c >= 1"),
        "bin a b c d",
        2,
    ),
    Case(
        "assignment",
        MILP,
        "min",
        "4*a + b + 3*c + 2*d + 5*f + 3*g + 2*h + 2*i",
        (
            "a + b + c == 1",
            "d + e + f == 1",
            "g + h + i == 1",
            "a + d + g == 1",
            "b + e + h == 1",
            "c + f + i == 1",
        ),
        "bin a b c d e f g h i",
        5,
    ),
    Case(
        "odd-cycle",
        MILP,
        "max",
        "a + b + c + d + e",
        ("a + b <= 1", "b + c <= 1", "c + d <= 1", "d + e <= 1", "e + a <= 1"),
        "bin a b c d e",
        2,
    ),
    Case(
        "fixed-charge",
        MILP,
        "max",
        "2*x + 5*y - 10*p - 20*q",
        ("3*x + 6*y <= 120", "x <= 40*p", "y <= 20*q"),
        "int x y 0 40; bin p q",
        80,
    ),
    Case("mixed", MILP, "max", "x + 2*y", ("x + y <= 3.5", "y <= x + 0.5"), "int x 0 9; real y", 5),
    Case("disjunction", MILP, "min", "x + y", ("x >= 4 or y >= 3", "x + 2*y >= 5"), "real x y 0 9", 3),
    Case("tenths", MILP, "max", "0.1*x + 0.3*y", ("0.7*x + 1.1*y <= 5.5",), "int x y 0 99", 1.5),
    Case("negative", MILP, "min", "3*x - 2*y", ("x + y >= -7", "x - y >= -3"), "int x y -9 9", -11),
    Case("all-different", MILP, "min", "x + 2*y + 3*z", ("all_different(x, y, z)",), "int x y z 1 5", 10),
    Case(
        "one-machine",
        MILP,
        "min",
        "max(a + 3, b + 2, c + 4)",
        ("no_overlap([(a, 3), (b, 2), (c, 4)])",),
        "int a b c 0 20",
        9,
    ),
    Case(
        "release-dates",
        MILP,
        "min",
        "max(a + 3, b + 2, c + 4)",
        ("no_overlap([(a, 3), (b, 2), (c, 4)])", "b >= 6", "c >= 4"),
        "int a b c 0 20",
        10,
    ),
    Case(
        "two-cranes",
        MILP,
        "min",
        "max(a + 3, b + 3, c + 3)",
        ("cumulative([(a, 3, 1), (b, 3, 1), (c, 3, 1)], capacity=2)",),
        "int a b c 0 20",
        6,
    ),
    Case(
        "triangle-tour",
        MILP,
        "min",
        "3*p + 4*q + 5*r + 4*s + 3*t + 6*u",
        ("circuit([(1, 2, p), (2, 3, q), (3, 1, r), (1, 3, s), (3, 2, t), (2, 1, u)])",),
        "bin p q r s t u",
        12,
    ),
    # Quadratic objectives --------------------------------------------------------------------------------------
    Case("projection", QP, "min", "(x - 3)**2 + (y - 4)**2", ("x + y <= 5",), "free x y", 2),
    Case(
        "HS21", QP, "min", "0.01*x**2 + y**2 - 100", ("10*x - y >= 10",), "real x 2 50; real y -50 50", -99.96
    ),
    Case("HS28", QP, "min", "(x + y)**2 + (y + z)**2", ("x + 2*y + 3*z == 1",), "free x y z", 0),
    Case(
        "HS35",
        QP,
        "min",
        "9 - 8*x - 6*y - 4*z + 2*x**2 + 2*y**2 + z**2 + 2*x*y + 2*x*z",
        ("x + y + 2*z <= 3",),
        "real x y z",
        1 / 9,
    ),
    Case(
        "HS76",
        QP,
        "min",
        "a**2 + 0.5*b**2 + c**2 + 0.5*d**2 - a*c + c*d - a - 3*b + c - d",
        ("a + 2*b + c + d <= 5", "3*a + b + 2*c - d <= 4", "b + 4*c >= 1.5"),
        "real a b c d",
        -4.6818181818,
    ),
    Case("markowitz", QP, "min", "4*x**2 + y**2 + 2*x*y*0.5", ("x + y == 1",), "real x y", 0.9375),
    Case("rent", QP, "max", "(800 + 20*x) * (90 - x)", (), "real x 0 90", 84500),
    Case("bilinear", QP, "max", "x*y", ("x + y <= 10",), "real x y", 25, {"x": 4, "y": 4}, is_convex=False),
    Case("concave", QP, "min", "-x**2 + x", (), "real x -1 2", -2, {"x": 0.2}, is_convex=False),
    Case(
        "box-qp",
        QP,
        "min",
        "-x**2 - y**2 + x*y",
        ("x + y <= 3",),
        "real x y 0 2",
        -4,
        {"x": 1, "y": 0.1},
        is_convex=False,
    ),
    Case(
        "whole-projection", MIQP, "min", "(x - 1.4)**2 + (y - 2.6)**2", ("x + y <= 3",), "int x y 0 9", 0.52
    ),
    Case("whole-product", MIQP, "max", "x*y", ("2*x + 3*y <= 17",), "int x y 0 9", 12, is_convex=False),
    # Quadratic constraints -------------------------------------------------------------------------------------
    Case("disc", QCP, "max", "x + y", ("x**2 + y**2 <= 2",), "free x y", 2, {"x": 0.5, "y": 0.2}),
    Case(
        "HS10", QCP, "min", "x - y", ("-3*x**2 + 2*x*y - y**2 + 1 >= 0",), "free x y", -1, {"x": -1, "y": 1}
    ),
    Case(
        "HS12",
        QCP,
        "min",
        "0.5*x**2 + y**2 - x*y - 7*x - 7*y",
        ("25 - 4*x**2 - y**2 >= 0",),
        "free x y",
        -30,
        {"x": 1, "y": 1},
    ),
    Case(
        "HS14",
        QCP,
        "min",
        "(x - 2)**2 + (y - 1)**2",
        ("1 - 0.25*x**2 - y**2 >= 0", "x - 2*y + 1 == 0"),
        "free x y",
        9 - 2.875 * 7**0.5,
        {"x": 1, "y": 1},
    ),
    Case(
        "HS22",
        QCP,
        "min",
        "(x - 2)**2 + (y - 1)**2",
        ("x + y <= 2", "y >= x**2"),
        "free x y",
        1,
        {"x": 2, "y": 2},
    ),
    Case(
        "HS43",
        QCP,
        "min",
        "a**2 + b**2 + 2*c**2 + d**2 - 5*a - 5*b - 21*c + 7*d",
        (
            "8 - a**2 - b**2 - c**2 - d**2 - a + b - c + d >= 0",
            "10 - a**2 - 2*b**2 - c**2 - 2*d**2 + a + d >= 0",
            "5 - 2*a**2 - b**2 - c**2 - 2*a + b + d >= 0",
        ),
        "free a b c d",
        -44,
    ),
    Case(
        "haverly-pooling",
        QCP,
        "min",
        "6*a + 16*b + 10*c - 9*x - 15*y",
        (
            "a + b == px + py",
            "x == px + cx",
            "y == py + cy",
            "c == cx + cy",
            "q*(px + py) == 3*a + b",
            "q*px + 2*cx <= 2.5*x",
            "q*py + 2*cy <= 1.5*y",
        ),
        "real a b c px py cx cy 0 300; real x 0 100; real y 0 200; real q 1 3",
        -400,
        {"a": 100, "b": 100, "q": 2, "px": 50, "py": 50, "cx": 50, "cy": 50, "x": 90, "y": 90},
        is_convex=False,
    ),
    Case("whole-disc", MIQCP, "max", "2*x + y", ("x**2 + y**2 <= 30",), "int x y 0 9", 12),
    Case(
        "pythagoras",
        MIQCP,
        "min",
        "x + y + z",
        ("x**2 + y**2 == z**2", "x + 1 <= y"),
        "int x y z 1 20",
        12,
        is_convex=False,
    ),
    # Nonlinear -------------------------------------------------------------------------------------------------
    Case(
        "HS1",
        NLP,
        "min",
        "100*(y - x**2)**2 + (1 - x)**2",
        (),
        "free x -9 9; real y -1.5 9",
        0,
        {"x": -2, "y": 1},
    ),
    Case(
        "HS6",
        NLP,
        "min",
        "(1 - x)**2 + 0*y",
        ("10*(y - x**2) == 0", "x**4 <= 99"),
        "free x y -9 9",
        0,
        {"x": -1.2, "y": 1},
    ),
    Case(
        "HS7",
        NLP,
        "min",
        "log(1 + x**2) - y",
        ("(1 + x**2)**2 + y**2 == 4",),
        "free x y -9 9",
        -(3**0.5),
        {"x": 2, "y": 2},
    ),
    Case(
        "HS24",
        NLP,
        "min",
        "((x - 3)**2 - 9)*y**3/(27*sqrt(3))",
        ("x/sqrt(3) - y >= 0", "x + sqrt(3)*y >= 0", "x + sqrt(3)*y <= 6"),
        "real x y 0 9",
        -1,
        {"x": 1, "y": 0.5},
    ),
    Case(
        "HS37",
        NLP,
        "min",
        "-x*y*z",
        ("x + 2*y + 2*z <= 72", "x + 2*y + 2*z >= 0"),
        "real x y z 0 42",
        -3456,
        {"x": 10, "y": 10, "z": 10},
    ),
    Case(
        "HS71",
        NLP,
        "min",
        "a*d*(a + b + c) + c",
        ("a*b*c*d >= 25", "a**2 + b**2 + c**2 + d**2 == 40"),
        "real a b c d 1 5",
        17.0140172892,
        {"a": 1, "b": 5, "c": 5, "d": 1},
    ),
    Case(
        "can",
        NLP,
        "min",
        "6.28*r*h + 6.28*r**2",
        ("3.14*r**2*h >= 100",),
        "real r h 0.1 50",
        3 * 6.28 * (100 / 6.28) ** (2 / 3),
        {"r": 2, "h": 9},
    ),
    Case(
        "entropy",
        NLP,
        "min",
        "x*log(x) + y*log(y)",
        ("x + y == 1",),
        "real x y 0.001 1",
        -0.6931471805599453,
        {"x": 0.3, "y": 0.7},
    ),
    Case("exponential", NLP, "min", "exp(x) - 2*x", (), "free x -5 5", 2 - 2 * 0.6931471805599453, {"x": 0}),
    Case(
        "least-sine",
        NLP,
        "min",
        "sin(x) + 0.1*x",
        (),
        "real x 0 9",
        math.sin(math.acos(-0.1)) * -1 + 0.1 * (2 * math.pi - math.acos(-0.1)),
        {"x": 5},
        is_convex=False,
    ),
    # Nonlinear with whole variables ------------------------------------------------------------------------------
    Case(
        "ex1221",
        MINLP,
        "min",
        "2*x + 3*y + 1.5*p + 2*q - 0.5*r",
        ("x**2 + p == 1.25", "y**1.5 + 1.5*q == 3", "x + p <= 1.6", "1.333*y + q <= 3", "r <= p + q"),
        "real x y 0 10; bin p q r",
        7.6671800689,
    ),
    Case("whole-exponential", MINLP, "min", "exp(x) - 20*x", (), "int x 0 9", 2.718281828459045**3 - 60),
    Case(
        "log-utility",
        MINLP,
        "max",
        "log(1 + x) + 2*log(1 + y)",
        ("x + y <= 5",),
        "int x y 0 9",
        0.6931471805599453 + 2 * 1.6094379124341003,
    ),
    Case("cubic", MINLP, "min", "x**3 - 6*x**2 + y", ("x + y >= 5",), "int x y 0 9", -31, is_convex=False),
]
