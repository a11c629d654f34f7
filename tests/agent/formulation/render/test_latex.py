"""Formulations as LaTeX: right notation, few parentheses, and no text that becomes a command."""

import re

import pytest
from problems import PROBLEMS, Problem, formulation, rule

from agent.formulation import Formulation
from agent.formulation.check import check
from agent.formulation.render import to_latex
from agent.formulation.render.mathematics import Mathematics, escaped, name, number


def written(expression: str) -> str:
    """An objective's formula."""
    problem = formulation(
        ["x", "y", {"name": "b", "domain": "binary"}, {"name": "z", "indices": ["s"]}],
        expression,
        sets={"s": ["a", "b1"], "arcs": [("a", "b1")]},
        parameters=[{"name": "p", "values": 2}, {"name": "flour_kg", "indices": ["s"], "values": 1}],
    )
    return Mathematics().write(check(problem).objective)


@pytest.mark.parametrize(
    ("expression", "latex"),
    [
        ("x + y - 2", "x + y - 2"),
        ("x - (y - 2)", r"x - \left(y - 2\right)"),
        ("-x + y", "-x + y"),
        ("2 * x", r"2 \, x"),
        ("x * 2", r"x \cdot 2"),
        ("2 * (x + y)", r"2 \, \left(x + y\right)"),
        ("(2 * x) * y", r"2 \, x \, y"),
        ("x / (y + 1)", r"\frac{x}{y + 1}"),
        ("x ** 2", "{x}^{2}"),
        ("(x + y) ** 2", r"{\left(x + y\right)}^{2}"),
        ("x ** (y + 1)", "{x}^{y + 1}"),
        ("-(x ** 2)", "-{x}^{2}"),
        ("(-x) ** 2", r"{\left(-x\right)}^{2}"),
        ("sqrt(x + 1)", r"\sqrt{x + 1}"),
        ("log(x) + sin(y)", r"\ln\left(x\right) + \sin\left(y\right)"),
        ("abs(x - y)", r"\left\lvert x - y \right\rvert"),
        ("max(x, y)", r"\max \left\{x, y\right\}"),
        ("z[a]", r"z_{\text{a}}"),
        ("sum(flour_kg[i] * z[i] for i in s)", r"\sum_{i \in s} \mathit{flour\_kg}_{i} \, z_{i}"),
        ("sum(z[i] + 1 for i in s)", r"\sum_{i \in s} \left(z_{i} + 1\right)"),
        ("sum(z[i] for i in s) + x", r"\left(\sum_{i \in s} z_{i}\right) + x"),
        ("x + sum(z[i] for i in s)", r"x + \sum_{i \in s} z_{i}"),
        ("sum(z[i] for i in s) * x", r"\left(\sum_{i \in s} z_{i}\right) \, x"),
        ("sum(z[i] for i in s if i != 'a')", r"\sum_{i \in s: i \neq \text{a}} z_{i}"),
        ("sum(x for i, j in arcs)", r"\sum_{(i, j) \in \mathit{arcs}} x"),
        ("sum(t * x for t in range(1, 4))", r"\sum_{t \in \{1, \dots, 3\}} t \, x"),
        ("sum(t * x for t in range(p))", r"\sum_{t \in \{0, \dots, p - 1\}} t \, x"),
        ("x if p > 1 else y", r"\begin{cases}x & \text{if } p > 1 \\ y & \text{otherwise}\end{cases}"),
        ("1e-7 * x", r"10^{-7} \, x"),
        ("x + 7 // p", r"x + \left\lfloor\frac{7}{p}\right\rfloor"),
    ],
)
def test_numbers(expression: str, latex: str) -> None:
    assert written(expression) == latex


@pytest.mark.parametrize(
    ("condition", "latex"),
    [
        ("x <= y", r"x \leq y"),
        ("1 <= x <= 5", r"1 \leq x \leq 5"),
        ("implies(b, x >= 2 and y == 0)", r"b \Rightarrow x \geq 2 \wedge y = 0"),
        ("(b or x <= 1) and y <= 2", r"\left(b \vee x \leq 1\right) \wedge y \leq 2"),
        ("not b", r"\neg b"),
        ("not (b and x <= 1)", r"\neg \left(b \wedge x \leq 1\right)"),
        ("iff(b, x != 2)", r"b \Leftrightarrow x \neq 2"),
        ("all(z[i] <= 1 for i in s)", r"\bigwedge_{i \in s} \left(z_{i} \leq 1\right)"),
        ("all_different(z[i] for i in s)", r"\operatorname{alldifferent}\left(z_{i} \mid i \in s\right)"),
        (
            "cumulative(((z[i], 1, 2) for i in s), capacity=3)",
            r"\operatorname{cumulative}\left((z_{i}, 1, 2) \mid i \in s; 3\right)",
        ),
    ],
)
def test_conditions(condition: str, latex: str) -> None:
    problem = formulation(
        ["x", "y", {"name": "b", "domain": "binary"}, {"name": "z", "indices": ["s"]}],
        "x",
        [condition],
        sets={"s": [1, 2]},
    )
    assert Mathematics().write(check(problem).rules[0].body) == latex


def test_the_whole_model_is_one_aligned_block() -> None:
    problem = formulation(
        [{"name": "x", "indices": ["s"], "upper": "cap", "domain": "integer"}, {"name": "y", "lower": None}],
        "sum(x[i] for i in s) + y",
        [rule("r", "x[i] + y >= 1", "i in s", "at least 1")],
        sets={"s": [1, 2]},
        parameters=[{"name": "cap", "indices": ["s"], "values": 4}],
    )
    assert to_latex(problem).split("\n") == [
        r"\begin{aligned}",
        r"\text{minimize} \quad & \left(\sum_{i \in s} x_{i}\right) + y \\",
        r"\text{subject to} \quad & x_{i} + y \geq 1 \quad \forall\, i \in s && \text{at least 1} \\",
        r"& 0 \leq x_{i} \leq \mathit{cap}_{i}, \; x_{i} \in \mathbb{Z} \quad \forall\, i \in s \\",
        r"& y \in \mathbb{R}",
        r"\end{aligned}",
    ]


HOSTILE = "\\input{/etc/passwd} $x$ }{ %\n& # _ ^ ~ \\end{aligned} \x00\u202e`"


def hostile() -> Formulation:
    return formulation(
        [{"name": "x_", "indices": ["s"], "meaning": HOSTILE, "unit": HOSTILE}],
        "sum(x_[i] for i in s)",
        [rule("r", "x_[i] >= 1", "i in s", HOSTILE)],
        sets={"s": [HOSTILE.replace("\n", " "), "b"]},
        title=HOSTILE,
        assumptions=[HOSTILE],
    )


def test_text_never_becomes_a_command() -> None:
    plain = escaped(HOSTILE)
    assert plain.isprintable()
    assert not re.search(r"(?<!\\)[$&#%_]", plain)
    assert set(re.findall(r"\\[A-Za-z]+", plain)) <= {
        r"\textbackslash",
        r"\textasciicircum",
        r"\textasciitilde",
    }
    latex = to_latex(hostile())
    assert r"\input" not in latex
    assert latex.count(r"\end{aligned}") == 1
    assert balanced(latex)


def balanced(latex: str) -> bool:
    """Whether braces pair up, escaped ones apart."""
    depth = 0
    for brace in re.sub(r"\\[\\{}]", "", latex):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth < 0:
            return False
    return depth == 0


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_known_problems_render(problem: Problem) -> None:
    latex = to_latex(problem.formulation)
    assert balanced(latex)
    assert latex.count(r"\left") - latex.count(r"\leftarrow") == latex.count(r"\right") - latex.count(
        r"\rightarrow"
    )


@pytest.mark.parametrize(
    ("value", "latex"),
    [(3, "3"), (3.0, "3"), (0.1, "0.1"), (1e-9, "10^{-9}"), (2.5e20, r"2.5 \times 10^{20}")],
)
def test_numbers_are_written_short(value: float, latex: str) -> None:
    assert number(value) == latex


def test_one_letter_stands_as_it_is() -> None:
    assert (name("x"), name("x_1"), name("flour")) == ("x", r"\mathit{x\_1}", r"\mathit{flour}")
