"""What is wrong with a formulation is told with its element, its place and, if there is one, the way out."""

import pytest
from problems import PROBLEMS, Problem, formulation, rule
from pydantic import ValidationError

from agent.formulation import Formulation
from agent.formulation.check import check
from agent.formulation.faults import FaultyFormulation


def crops(objective: str = "sum(profit[c] * acres[c] for c in crops)", *constraints: object) -> Formulation:
    """A small indexed problem with something to go wrong."""
    return formulation(
        [{"name": "acres", "indices": ["crops"]}, {"name": "barn", "domain": "binary"}],
        objective,
        list(constraints),
        sense="maximize",
        sets={"crops": ["wheat", "rye"], "arcs": [("a", "b"), ("b", "a")], "days": [1, 2]},
        parameters=[
            {"name": "profit", "indices": ["crops"], "values": [3, 4]},
            {"name": "length", "indices": ["arcs"], "values": 1},
            {"name": "land", "values": 9},
        ],
    )


@pytest.mark.parametrize(
    ("objective", "text"),
    [
        (
            "sum(profts[c] * acres[c] for c in crops)",
            (
                "objective: unknown name `profts`; did you mean `profit[crops]`?\n"
                "    sum(profts[c] * acres[c] for c in crops)\n"
                "        ^^^^^^"
            ),
        ),
        (
            "acres['wheat'] + price",
            (
                "objective: unknown name `price`; declare it as a variable or a parameter, or use a number\n"
                "    acres['wheat'] + price\n"
                "                     ^^^^^"
            ),
        ),
        (
            "acres",
            (
                "objective: `acres` is indexed by crops; write `acres[crops]` inside a loop, such as "
                "sum(acres[crops] for c in crops)\n"
                "    acres\n"
                "    ^^^^^"
            ),
        ),
        (
            "acres['rye', 1]",
            "objective: `acres[crops]` takes 1 subscripts, not 2\n    acres['rye', 1]\n    ^^^^^^^^^^^^^^^",
        ),
        (
            "land[1] + acres['rye']",
            "objective: `land` has no index and takes no subscript\n    land[1] + acres['rye']\n    ^^^^^^^",
        ),
        (
            "sum(acres[c] for c in crop)",
            (
                "objective: `crop` is no declared set; did you mean `crops`?\n"
                "    sum(acres[c] for c in crop)\n"
                "                     ^^^^^^^^^"
            ),
        ),
        (
            "crops * acres['rye']",
            (
                "objective: `crops` is a set; loop over it: sum(... for i in crops)\n"
                "    crops * acres['rye']\n"
                "    ^^^^^"
            ),
        ),
        (
            "acres['rye'] <= 3",
            (
                "objective: this is a condition where a number is needed; leave out the comparison\n"
                "    acres['rye'] <= 3\n"
                "    ^^^^^^^^^^^^^^^^^"
            ),
        ),
        ("land * 2", "objective: the objective depends on no variable\n    land * 2\n    ^^^^^^^^"),
        (
            "floor(acres['rye'])",
            (
                "objective: `floor` works on data, not on variables\n"
                "    floor(acres['rye'])\n"
                "          ^^^^^^^^^^^^"
            ),
        ),
        (
            "acres['rye'] % 2",
            "objective: `%` works on data, not on variables\n    acres['rye'] % 2\n    ^^^^^^^^^^^^",
        ),
        (
            "sum(acres[c] for c in crops if acres[c] > 0)",
            (
                "objective: a condition after `if` speaks of data; for variables write implies(a, b)\n"
                "    sum(acres[c] for c in crops if acres[c] > 0)\n"
                "                                   ^^^^^^^^^^^^"
            ),
        ),
        (
            "sum(acres[c] for c in crops if c < 'rye')",
            (
                "objective: a set element is compared with an index, by == or !=\n"
                "    sum(acres[c] for c in crops if c < 'rye')\n"
                "                                   ^"
            ),
        ),
        (
            "sum(acres[c[1]] for c in crops)",
            (
                "objective: `c` is an index and takes no subscript\n"
                "    sum(acres[c[1]] for c in crops)\n"
                "              ^^^^"
            ),
        ),
        (
            "sum(acres[acres[c]] for c in crops)",
            (
                "objective: a subscript is an index, a set element or a number\n"
                "    sum(acres[acres[c]] for c in crops)\n"
                "              ^^^^^^^^"
            ),
        ),
        (
            "sum(length[a] * acres['rye'] for a, b, c in arcs)",
            (
                "objective: elements of `arcs` have 2 parts, not 3\n"
                "    sum(length[a] * acres['rye'] for a, b, c in arcs)\n"
                "                                     ^^^^^^^^^^^^^^^"
            ),
        ),
        (
            "sum(acres['rye'] for t in range(acres['rye']))",
            (
                "objective: a range runs between numbers of the data\n"
                "    sum(acres['rye'] for t in range(acres['rye']))\n"
                "                              ^^^^^^^^^^^^^^^^^^^"
            ),
        ),
        (
            "2 acres['rye']",
            "objective: a product needs its sign: 2 * x, not 2x\n    2 acres['rye']\n      ^^^^^",
        ),
    ],
)
def test_faults_of_the_objective(objective: str, text: str) -> None:
    with pytest.raises(FaultyFormulation) as caught:
        check(crops(objective))
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("constraint", "text"),
    [
        (
            rule("area", "sum(acres[c] for c in crops)"),
            (
                "constraint `area`: this is no condition; write <=, >= or == and the other side\n"
                "    sum(acres[c] for c in crops)\n"
                "    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
            ),
        ),
        (
            rule("area", "acres[c] <= 1", "c in corps"),
            (
                "constraint `area`: `corps` is no declared set; did you mean `crops`?\n"
                "    c in corps\n"
                "    ^^^^^^^^^^"
            ),
        ),
        (
            rule("area", "acres[c] <= 1", "crops"),
            "constraint `area`: this is no expression",
        ),
        (
            rule("area", "(acres['rye'] <= 1) == (barn >= 1)"),
            "constraint `area`: a condition cannot be compared; use `and`, `or`, implies or iff",
        ),
        (
            rule("area", "implies(land, barn)"),
            (
                "constraint `area`: this is no condition; write <=, >= or == and the other side\n"
                "    implies(land, barn)\n"
                "            ^^^^"
            ),
        ),
        (
            rule("tour", "circuit((i, j, acres['rye']) for i, j in arcs)"),
            "constraint `tour`: this is no condition; write <=, >= or == and the other side",
        ),
        (
            rule("area", "acres[c] <= 1 if c in wheats else 2", "c in crops"),
            "constraint `area`:",
        ),
    ],
)
def test_faults_of_a_constraint(constraint: dict[str, str], text: str) -> None:
    with pytest.raises(FaultyFormulation) as caught:
        check(crops("acres['rye']", constraint))
    assert str(caught.value).startswith(text)


def test_all_faults_are_told_at_once_and_the_text_stays_short() -> None:
    wrong = [rule(f"c{number}", f"x{number} <= 1") for number in range(9)]
    with pytest.raises(FaultyFormulation) as caught:
        check(crops("y", *wrong))
    assert len(caught.value.faults) == 10
    assert str(caught.value).endswith("... and 4 more")


def test_a_fault_deep_in_a_long_expression_is_shown_in_a_window() -> None:
    with pytest.raises(FaultyFormulation) as caught:
        check(crops(" + ".join(["acres['rye']"] * 60 + ["oops"] + ["acres['rye']"] * 60)))
    _, line, carets = str(caught.value).split("\n")
    assert len(line) < 120
    assert line[carets.index("^") : carets.rindex("^") + 1] == "oops"


@pytest.mark.parametrize(
    ("upper", "text"),
    [
        ("profits[crops]", "upper bound of `acres`: unknown name `profits`; did you mean `profit[crops]`?"),
        ("barn", "upper bound of `acres`: a bound depends on data alone; make it a constraint"),
        ("land <= 3", "upper bound of `acres`: this is a condition where a number is needed"),
        ("length", "upper bound of `acres`: `length` is indexed by arcs"),
    ],
)
def test_faults_of_a_bound(upper: str, text: str) -> None:
    given = crops().model_dump()
    given["variables"][0]["upper"] = upper
    with pytest.raises(FaultyFormulation) as caught:
        check(Formulation.model_validate(given))
    assert str(caught.value).startswith(text)


def test_an_index_that_is_no_set() -> None:
    problem = formulation([{"name": "x", "indices": ["crop"]}], "x['a']", sets={"crops": ["a"]})
    with pytest.raises(
        FaultyFormulation, match="variable `x`: its index `crop` is no declared set; did you mean `crops`"
    ):
        check(problem)


@pytest.mark.parametrize("word", ["rye", "'rye'"])
def test_a_bare_word_that_is_an_element_stands_for_it(word: str) -> None:
    assert check(crops(f"acres[{word}] + sum(acres[c] for c in crops if c != {word})"))


def test_variables_that_nothing_uses_are_warned_of() -> None:
    assert check(crops()).warnings == ("variable `barn` appears in no constraint and not in the objective",)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_known_problems_have_no_faults(problem: Problem) -> None:
    assert check(problem.formulation).warnings == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"variables": [{"name": "x y"}]}, "`x y` cannot be a name"),
        ({"variables": [{"name": "größe"}]}, "cannot be a name"),
        ({"variables": [{"name": "lambda"}]}, "cannot be a name"),
        ({"variables": [{"name": "sum"}]}, "`sum` is a function of the algebra"),
        ({"variables": [{"name": "x"}, {"name": "x"}]}, "the name `x` is used twice"),
        ({"variables": [{"name": "x", "colour": "red"}]}, "Extra inputs are not permitted"),
        ({"variables": []}, "at least 1 item"),
        ({"variables": [{"name": "x", "upper": float("nan")}]}, "finite number"),
        ({"parameters": [{"name": "p"}]}, "parameter `p` needs either values or a source"),
        ({"parameters": [{"name": "p", "values": float("inf")}]}, "no usable number"),
        ({"parameters": [{"name": "p", "values": 10**400}]}, "no usable number"),
        ({"parameters": [{"name": "p", "values": "12"}]}, "'12' is not a number"),
        ({"sets": [{"name": "s"}]}, "set `s` needs either elements or a source"),
        ({"sets": [{"name": "s", "elements": ["a", "a"]}]}, "set `s` lists an element twice"),
        ({"sets": [{"name": "s", "elements": ["a", ["b", 1]]}]}, "mixes elements of different lengths"),
    ],
)
def test_what_no_formulation_can_be(change: dict[str, object], message: str) -> None:
    sound = {"variables": [{"name": "x"}], "objective": {"sense": "minimize", "expression": "x"}}
    with pytest.raises(ValidationError, match=message):
        Formulation.model_validate({**sound, **change})


def test_values_nested_without_end_are_refused() -> None:
    values: object = 1
    for _ in range(5_000):
        values = [values]
    with pytest.raises(ValidationError, match="deep"):
        formulation(["x"], "x", parameters=[{"name": "p", "values": values}])
    with pytest.raises(ValidationError):
        Formulation.model_validate_json('{"variables": ' + "[" * 5_000 + "]" * 5_000 + "}")
