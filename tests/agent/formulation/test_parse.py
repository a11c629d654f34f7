"""What the algebra reads, what it refuses, and that nothing it is given is ever run or breaks it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import formulation
from pydantic import ValidationError

from agent.errors import DataError
from agent.formulation.compile import compile_model
from agent.formulation.faults import ExpressionFault, FaultyFormulation
from agent.formulation.instance import bind
from agent.formulation.parse import parse, parse_loops, tidy
from agent.formulation.syntax import Arithmetic, Compare, Logic, Number, Range, Sum, Symbol, Text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("x ≤ 3", "x <= 3"),
        ("x  +\n y", "x + y"),
        ("2×x − 1 = 5", "2*x - 1 == 5"),
        ("x = 1 and y = 2", "x == 1 and y == 2"),
        ("x^2 >= 4", "x**2 >= 4"),
        ("x >= 1 && y >= 2||z == 3", "x >= 1 and y >= 2 or z == 3"),
        ("cumulative(t, capacity=3)", "cumulative(t, capacity=3)"),
        ("x[‘a’] != 1", "x['a'] != 1"),
        ("x['A–B ^ C  = D'] = 1", "x['A–B ^ C  = D'] == 1"),
        ('x["d’Or"] == 1', 'x["d’Or"] == 1'),
    ],
)
def test_tidy_reads_what_people_write_and_leaves_elements_alone(written: str, read: str) -> None:
    assert tidy(written) == read


def test_precedence_is_pythons() -> None:
    tree = parse("1 + 2 * x ** 2 <= 9")
    assert isinstance(tree, Compare)
    assert isinstance(tree.left, Sum)
    product = tree.left.terms[1]
    assert isinstance(product, Arithmetic)
    assert (product.operator, product.right.operator) == ("*", "**")  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["1 <= x <= 5", "1 <= x, x <= 5"])
def test_a_chain_of_relations_is_all_of_them(text: str) -> None:
    tree = parse(text)
    assert isinstance(tree, Logic)
    assert (tree.operator, len(tree.arguments)) == ("and", 2)


def test_subscripts_may_stand_in_brackets_of_their_own() -> None:
    tree = parse("x[i]['b'][3]")
    assert isinstance(tree, Symbol)
    assert [type(part) for part in tree.subscripts] == [Symbol, Text, Number]


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("", []),
        ("c in crops", [("c",)]),
        ("for c in crops", [("c",)]),
        ("c in crops, d in days if d > 1", [("c",), ("d",)]),
        ("c in crops if c != 'rye' for d in days", [("c",), ("d",)]),
        ("(i, j) in arcs, t in range(1, 5)", [("i", "j"), ("t",)]),
        ("i, j in arcs", [("i", "j")]),
        ("i, j in arcs, t in days", [("i", "j"), ("t",)]),
    ],
)
def test_loops(text: str, targets: list[tuple[str, ...]]) -> None:
    assert [loop.targets for loop in parse_loops(text)] == targets


def test_a_range_from_zero() -> None:
    (loop,) = parse_loops("t in range(4)")
    assert isinstance(loop.domain, Range)
    assert isinstance(loop.domain.start, Number)
    assert loop.domain.start.value == 0


@pytest.mark.parametrize(
    ("text", "message", "start"),
    [
        ("", "the expression is empty", None),
        ("2x <= 3", "a product needs its sign: 2 * x, not 2x", 0),
        ("35% * x", "a percentage is written as a fraction", 4),
        ("$5 * x", "without currency signs", 0),
        ("x <= 1, y <= 2 and", "one constraint is one condition", 17),
        ("x, y <= 2", "write numbers without commas", 0),
        ("x + y # - z", "leave out the comment after #", 6),
        ("x <= 1,000", "write numbers without commas", 0),
        ("price.flour * x", "the algebra has no dotted names", 0),
        ("x + (lambda: 1)", "the algebra has no lambda", 5),
        ("f'{x}'", "the algebra has no formatted text", 0),
        ("(x := 5) + 1", "the algebra has no", 1),
        ("[i for i in s]", "the algebra has no loops outside sum", 0),
        ("sum(i async for i in s)", "the algebra has no async", 16),
        ("sum(x for x.y in s)", "a loop binds plain names", 10),
        ("sum(x for x in (1, 2))", "a loop runs over a declared set", 15),
        ("foo(x)", "unknown function `foo`; there are sum", 0),
        ("x.__class__()", "only functions of the algebra can be called", 0),
        ("sum(x, start=3)", "`sum` takes no named arguments", 0),
        ("sqrt(x, y)", "`sqrt` takes 1 argument", 0),
        ("implies(x)", "`implies` takes 2 arguments", 0),
        ("sum()", "`sum` needs something to run over", 0),
        ("cumulative((s[i], d[i], r[i]) for i in t)", "`cumulative` takes capacity=...", 0),
        ("no_overlap(s[i] for i in t)", "each item of `no_overlap` is (start, duration)", 11),
        ("circuit((i, j) for i, j in t)", "each item of `circuit` is (from, to, literal)", 8),
        ("x[1:2]", "the algebra has no Slice", 2),
        ("sum(x)[1]", "only a name takes subscripts", 0),
        ("~x", "the algebra has no ~; write `not`", 0),
        ("x | y", "join conditions with `and`, `or` and `not`", 0),
        ("x is 3", "the algebra has no `is`; write ==", 0),
        ("x in [1, 2]", "after `in` stands the name of a set", 5),
        ("3j", "only numbers and quoted set elements", 0),
        ("None", "only numbers and quoted set elements", 0),
        ("b'x'", "only numbers and quoted set elements", 0),
        ("1e999", "the number is too large", 0),
        ("x +", "this is no expression", 2),
        ("x\x00", "this is no expression", 1),
    ],
)
def test_what_the_algebra_does_not_have_is_refused_by_name_and_column(
    text: str, message: str, start: int | None
) -> None:
    with pytest.raises(ExpressionFault) as caught:
        parse(text)
    assert message in caught.value.message
    assert (caught.value.span.start if caught.value.span else None) == start


def test_columns_count_letters_not_bytes() -> None:
    with pytest.raises(ExpressionFault) as caught:
        parse("x['größe'] + a.b")
    assert caught.value.span is not None
    assert (caught.value.span.start, caught.value.span.stop) == (13, 16)


DEPTH = 5_000
MEGABYTE = 1_000_000
HOSTILE = {
    "a megabyte of sums": "x + " * (MEGABYTE // 4) + "x",
    "a megabyte of products": "x*" * (MEGABYTE // 2) + "x",
    "a megabyte of minus signs": "-" * MEGABYTE + "x",
    "a megabyte of not": "not " * (MEGABYTE // 4) + "x",
    "a megabyte of digits": "1" * MEGABYTE,
    "a megabyte name": "x" * MEGABYTE,
    "a megabyte text": "'" + "x" * MEGABYTE + "'",
    "more than is read": "x" * 3_000_000,
    "parentheses": "(" * DEPTH + "x" + ")" * DEPTH,
    "open parentheses": "(" * MEGABYTE,
    "brackets": "x[" * DEPTH + "0" + "]" * DEPTH,
    "calls": "abs(" * DEPTH + "x" + ")" * DEPTH,
    "calls just within Python's limit": "abs(" * 190 + "x" + ")" * 190,
    "powers": "x**" * DEPTH + "x",
    "choices": "1 if " * DEPTH + "1",
    "nested choices": "1 if 1 else " * DEPTH + "x",
    "lambdas": "lambda: " * DEPTH + "x",
    "comparisons": "x < " * DEPTH + "x",
    "attributes": "x" + ".a" * DEPTH,
    "implications": "implies(x, " * 150 + "x" + ")" * 150,
    "equivalences": "iff(x <= 1, " * 60 + "x <= 1" + ")" * 60,
    "a huge power": "9**9**9**9 + x",
    "a huge repetition": "'x' * 10**10",
    "a huge list": "sum([0] * 10**10)",
    "import": "__import__('os').system('touch /tmp/optwright-was-here')",
    "dunder": "x.__class__.__mro__[1].__subclasses__()",
    "dunder name": "__builtins__",
    "eval": "eval('1')",
    "open": "open('/etc/passwd')",
    "lambda": "(lambda: 1)()",
    "walrus": "(y := 3)",
    "f-string": "f'{x!r:>{10**9}}'",
    "format": "'{}'.format(x)",
    "starred": "sum(*x)",
    "yield": "(yield x)",
    "await": "await x",
    "generator": "(x for x in ().__class__.__base__.__subclasses__())",
    "nested comprehension": "sum(x for i in s for s in s for s in range(10**9))",
    "slice": "x[::-1]",
    "dictionary": "{**x}",
    "ellipsis": "...",
    "unicode name": "größe + ﬁ",
    "full-width digits": "x + １",
    "surrogate": "x + '\ud800'",
    "null": "x\x00y",
    "control": "x\x1b[31m",
    "comment": "x # y",
    "statement": "x; import os",
    "assignment": "x = y = z",
    "bad escape": r"'\d' == x",
    "keyword": "class",
    "number glued to word": "0if x else y",
}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=kind, marks=pytest.mark.slow if len(text) > MEGABYTE // 2 else ())
        for kind, text in HOSTILE.items()
    ],
)
@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
def test_hostile_expressions_are_refused_in_few_words(text: str) -> None:
    sound = formulation(["x", "y"], "x", sets={"s": [1, 2]})
    for field in ("objective", "constraint", "forall", "bound"):
        faulty = sound.model_dump()
        if field == "objective":
            faulty["objective"]["expression"] = text
        elif field == "bound":
            faulty["variables"][0]["upper"] = text
        else:
            rule = {"name": "c", "expression": "x >= 1", "forall": ""}
            faulty["constraints"] = [{**rule, {"constraint": "expression"}.get(field, field): text}]
        with pytest.raises((FaultyFormulation, ValidationError, DataError)) as caught:
            compile_model(bind(type(sound).model_validate(faulty)))
        assert len(str(caught.value)) < 2_000


@settings(max_examples=200)
@given(text=st.text(max_size=60) | st.text("xs01()[]<>=+-*/%.,:'\" ifornat", max_size=60))
@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (parse, parse_loops):
        try:
            read(tidy(text))
        except ExpressionFault as fault:
            assert fault.message


def test_index_names_of_ours_are_refused() -> None:
    with pytest.raises(ExpressionFault, match="are ours"):
        parse("sum(x[_0] for _0 in s)")
    with pytest.raises(ExpressionFault, match="characters; at most"):
        parse_loops(", ".join(f"i{n} in s" for n in range(1_000)))
