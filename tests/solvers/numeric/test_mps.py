"""MPS texts: what is read, what is refused and where, and that optima are proven."""

import math
from pathlib import Path

import pyomo.environ as pyo
import pytest

import solvers
from solvers.errors import ModelError
from solvers.numeric.linear import is_mps, solve_linear
from solvers.numeric.mps import MPSError, parse_mps
from solvers.numeric.nl.limits import NLLimits

SMALL = """* a comment
NAME          SMALL
OBJSENSE
    MAX
ROWS
 N  PROFIT
 L  HOURS
 G  LEAST
 E  EVEN
 N  IGNORED
COLUMNS
    X  PROFIT 3 HOURS 1
    X  LEAST 1 EVEN 1
    Y  PROFIT 2 HOURS 2
    Y  IGNORED 7
    Z  EVEN -1
RHS
    RHS  HOURS 10 LEAST 1
    RHS  PROFIT -5
RANGES
    RNG  HOURS 8
BOUNDS
 UP BND X 4
 FR BND Z
ENDATA
"""


def test_all_sections_are_read() -> None:
    program = parse_mps(SMALL)
    assert program.is_maximize and program.offset == 5.0
    assert program.cost.tolist() == [3, 2, 0]
    assert program.row_lower.tolist() == [2, 1, 0] and program.row_upper.tolist() == [10, math.inf, 0]
    assert program.lower.tolist() == [0, 0, -math.inf] and program.upper.tolist() == [4, math.inf, math.inf]
    assert program.activities(program.cost).tolist() == [7, 3, 3]


def test_an_optimum_is_proven_by_its_multipliers() -> None:
    found = solve_linear(SMALL, time_limit_s=10)
    assert found.outcome == "solved" and found.objective == pytest.approx(23)
    assert found.x == pytest.approx([4, 3, 4])
    assert found.certificate is not None and found.certificate.kind == "optimum"
    assert found.certificate.stationarity == pytest.approx(0, abs=1e-9)
    assert found.certificate.complementarity == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (SMALL.replace("LEAST 1\n    RHS  PROFIT", "LEAST 9\n    RHS  PROFIT"), "infeasible"),
        (SMALL.replace("Y  PROFIT 2 HOURS 2", "Y  PROFIT 2"), "unbounded"),
    ],
)
def test_what_has_no_optimum_is_named(text: str, outcome: str) -> None:
    found = solve_linear(text, time_limit_s=10)
    assert found.outcome == outcome and not found.is_solved


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (" G  LEAST", " G  HOURS", r"line 8, section ROWS\): the row HOURS was declared before"),
        ("X  LEAST 1 EVEN 1", "X  HOURS 1 EVEN 1", r"line 13.*the row HOURS has two entries of X"),
        ("Y  PROFIT 2 HOURS 2", "Y  PROFIT 2 NONE 2", "the row NONE is not declared"),
        ("PROFIT 3 HOURS 1", "PROFIT nan HOURS 1", "a number is NaN"),
        ("PROFIT 3 HOURS 1", "PROFIT 3e400 HOURS 1", "is infinite, which only a bound may be"),
        ("PROFIT 3 HOURS 1", "PROFIT three HOURS 1", "'three' is no number"),
        ("PROFIT 3 HOURS 1", "PROFIT 3 HOURS", "one or two pairs"),
        (" UP BND X 4", " UP BND X -4", "negative upper bound and no lower one"),
        (" UP BND X 4", " UP BND X 4\n UP OTHER X 3", "a second set, OTHER"),
        (" UP BND X 4", " SC BND X 4", "bounds of kind SC"),
        (" FR BND Z", " LO BND X 5", "the lower bound of X is above its upper bound"),
        ("RANGES", "QUADOBJ", "there is no section QUADOBJ"),
        ("ENDATA\n", "", "it ends before ENDATA"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(old: str, new: str, message: str) -> None:
    with pytest.raises(MPSError, match=message):
        parse_mps(SMALL.replace(old, new))


def test_limits_hold_while_it_is_read() -> None:
    with pytest.raises(MPSError, match="more than 2 variables"):
        parse_mps(SMALL, NLLimits(variables=2))
    with pytest.raises(MPSError, match="more than 10 bytes"):
        parse_mps(SMALL, NLLimits(size_bytes=10))


def test_whole_variables_are_refused() -> None:
    with pytest.raises(ModelError, match="1 variables are whole"):
        solve_linear(SMALL.replace(" FR BND Z", " BV BND Z"), time_limit_s=10)


def test_what_pyomo_writes_is_read_back(tmp_path: Path) -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(6), bounds=(0, 4))
    model.x[3].setlb(-2)
    model.x[5].setub(None)
    model.even = pyo.Constraint(expr=model.x[0] + 2 * model.x[1] == 3)
    model.wide = pyo.Constraint(expr=(1, sum(i * model.x[i] for i in model.x), 20))
    model.least = pyo.Constraint(expr=model.x[4] - model.x[5] >= -2)
    model.goal = pyo.Objective(expr=sum((i - 2.5) * model.x[i] for i in model.x))
    model.write(str(tmp_path / "model.mps"), format="mps")
    text = (tmp_path / "model.mps").read_text()
    assert is_mps(text)
    expected = solvers.solve(model)
    assert solve_linear(text, time_limit_s=10).objective == pytest.approx(expected.objective)
