"""The operators of NL files: which are taken, and the names of those that are refused.

Numbers and names are those of the format's description; `arity` is None where a count stands in the file.
"""

from typing import NamedTuple


class Operation(NamedTuple):
    """An operator of a known number of arguments."""

    name: str
    arity: int | None


NUMBER, VARIABLE = -1, -2
"""What a node of a graph is when it is no operator."""

PLUS, MINUS, TIMES, DIVIDE, POWER, LESS = 0, 1, 2, 3, 5, 6
MIN, MAX, FLOOR, CEIL, ABS, NEGATE = 11, 12, 13, 14, 15, 16
OR, AND, LT, LE, EQ, GE, GT, NE, NOT, IF = 20, 21, 22, 23, 24, 28, 29, 30, 34, 35
TANH, TAN, SQRT, SINH, SIN, LOG10, LOG, EXP, COSH, COS = 37, 38, 39, 40, 41, 42, 43, 44, 45, 46
ATANH, ATAN2, ATAN, ASINH, ASIN, ACOSH, ACOS, SUM = 47, 48, 49, 50, 51, 52, 53, 54
ALL, ANY = 70, 71
POWER_NUMBER, SQUARE, NUMBER_POWER = 76, 77, 78

OPERATIONS = {
    PLUS: Operation("+", 2),
    MINUS: Operation("-", 2),
    TIMES: Operation("*", 2),
    DIVIDE: Operation("/", 2),
    POWER: Operation("^", 2),
    LESS: Operation("less", 2),
    MIN: Operation("min", None),
    MAX: Operation("max", None),
    FLOOR: Operation("floor", 1),
    CEIL: Operation("ceil", 1),
    ABS: Operation("abs", 1),
    NEGATE: Operation("unary -", 1),
    OR: Operation("or", 2),
    AND: Operation("and", 2),
    LT: Operation("<", 2),
    LE: Operation("<=", 2),
    EQ: Operation("==", 2),
    GE: Operation(">=", 2),
    GT: Operation(">", 2),
    NE: Operation("!=", 2),
    NOT: Operation("not", 1),
    IF: Operation("if", 3),
    TANH: Operation("tanh", 1),
    TAN: Operation("tan", 1),
    SQRT: Operation("sqrt", 1),
    SINH: Operation("sinh", 1),
    SIN: Operation("sin", 1),
    LOG10: Operation("log10", 1),
    LOG: Operation("log", 1),
    EXP: Operation("exp", 1),
    COSH: Operation("cosh", 1),
    COS: Operation("cos", 1),
    ATANH: Operation("atanh", 1),
    ATAN2: Operation("atan2", 2),
    ATAN: Operation("atan", 1),
    ASINH: Operation("asinh", 1),
    ASIN: Operation("asin", 1),
    ACOSH: Operation("acosh", 1),
    ACOS: Operation("acos", 1),
    SUM: Operation("sum", None),
    ALL: Operation("forall", None),
    ANY: Operation("exists", None),
    POWER_NUMBER: Operation("^", 2),
    SQUARE: Operation("square", 1),
    NUMBER_POWER: Operation("^", 2),
}

REFUSED = {
    4: "rem",
    55: "div",
    56: "precision",
    57: "round",
    58: "trunc",
    59: "count",
    60: "numberof",
    61: "numberof",
    62: "atleast",
    63: "atmost",
    64: "piecewise-linear term",
    65: "if with text",
    66: "exactly",
    67: "not atleast",
    68: "not atmost",
    69: "not exactly",
    72: "implies",
    73: "iff",
    74: "alldiff",
    75: "somesame",
    79: "function call",
}

STEPS = frozenset({FLOOR, CEIL, OR, AND, LT, LE, EQ, GE, GT, NE, NOT, ALL, ANY})
"""Operators that are flat between jumps: their derivative is 0 wherever it exists."""
KINKED = frozenset({*STEPS, LESS, MIN, MAX, ABS, IF})
"""Operators that are not differentiable everywhere."""
