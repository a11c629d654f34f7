"""Formulations joined with data, inline and from tables."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import BY_NAME, TRANSPORT_DATA, formulation

from agent.data import load
from agent.errors import DataError, FormulationError
from agent.formulation import Formulation
from agent.formulation.compile import compile_model
from agent.formulation.faults import FaultyFormulation
from agent.formulation.instance import bind
from solvers import solve

SETS = {"s": ["a", "b"], "n": [1, 2], "arcs": [("a", 1), ("b", 2)]}


def parameter(values: Any, indices: list[str], **more: Any) -> Formulation:
    """A problem with one parameter `p`."""
    item = {"name": "p", "indices": indices, "values": values, **more}
    return formulation(["x"], "x", sets=SETS, parameters=[item])


@pytest.mark.parametrize(
    ("values", "indices", "expected"),
    [
        (7, [], {(): 7}),
        (7, ["s"], {"a": 7, "b": 7}),
        (7, ["s", "n"], {("a", 1): 7, ("a", 2): 7, ("b", 1): 7, ("b", 2): 7}),
        ([1, 2], ["s"], {"a": 1, "b": 2}),
        ({"b": 2, "a": 1}, ["s"], {"a": 1, "b": 2}),
        ({"1": 5, "2": 6}, ["n"], {1: 5, 2: 6}),
        ({1: 5, 2: 6}, ["n"], {1: 5, 2: 6}),
        ([[1, 2], [3, 4]], ["s", "n"], {("a", 1): 1, ("a", 2): 2, ("b", 1): 3, ("b", 2): 4}),
        (
            {"a": [1, 2], "b": {"1": 3, "2": 4}},
            ["s", "n"],
            {("a", 1): 1, ("a", 2): 2, ("b", 1): 3, ("b", 2): 4},
        ),
        ([8, 9], ["arcs"], {("a", 1): 8, ("b", 2): 9}),
        ({"a,1": 8, "('b', 2)": 9}, ["arcs"], {("a", 1): 8, ("b", 2): 9}),
        ([[1, 2], [3, 4]], ["arcs", "n"], {("a", 1, 1): 1, ("a", 1, 2): 2, ("b", 2, 1): 3, ("b", 2, 2): 4}),
    ],
)
def test_inline_values_in_all_their_shapes(
    values: Any, indices: list[str], expected: dict[Any, float]
) -> None:
    assert bind(parameter(values, indices)).parameters["p"] == expected


def test_a_default_fills_what_is_left_out() -> None:
    assert bind(parameter({"a": 1}, ["s"], default=0.5)).parameters["p"] == {"a": 1, "b": 0.5}


@pytest.mark.parametrize("element", ["Plant (north)", "Paris, France", "[x]", "O'Hara", "  ", "ü–×"])
def test_elements_of_any_letters_are_found(element: str) -> None:
    problem = formulation(
        ["x"],
        "x",
        sets={"s": [element, "other"]},
        parameters=[{"name": "p", "indices": ["s"], "values": {element: 1, "other": 2}}],
    )
    assert bind(problem).parameters["p"] == {element: 1, "other": 2}


@pytest.mark.parametrize(
    ("values", "indices", "message"),
    [
        ([1], ["s"], "parameter `p`: 1 values for the 2 elements of `s`"),
        ({"a": 1, "bb": 2}, ["s"], "`bb` is no element of `s`"),
        ({"a": 1}, ["s"], "there is no value for 'b'; complete the data or set a default"),
        ({"1": 5, 1: 6, "2": 7}, ["n"], "`1` stands twice"),
        ([1, 2], [], "it has no index, so it takes one number"),
        ([1, 2], ["s", "n"], "one number where the 2 elements of `n` each need one"),
        ([[1, 2], [3, 4]], ["s"], "the value for 'a' is no number; `indices` names 1 sets"),
    ],
)
def test_values_that_do_not_fit(values: Any, indices: list[str], message: str) -> None:
    with pytest.raises(FaultyFormulation) as caught:
        bind(parameter(values, indices))
    assert message in str(caught.value)


def test_values_come_from_tables_and_new_data_need_no_new_formulation() -> None:
    problem = BY_NAME["transport_from_tables"].formulation
    again = {**TRANSPORT_DATA, "markets": [{"market": 1, "demand": 10}, {"market": 2, "demand": 25}]}
    first, second = (solve(compile_model(bind(problem, load(data)))) for data in (TRANSPORT_DATA, again))
    assert first.objective == pytest.approx(150)
    assert second.objective == pytest.approx(10 * 2 + 10 * 3 + 15 * 4)


def table_backed(**source: Any) -> Formulation:
    """A problem whose set and parameter stand in a table."""
    return formulation(
        [{"name": "x", "indices": ["s"]}],
        "sum(p[i] * x[i] for i in s)",
        sets={"s": {"source": {"table": "costs", "columns": ["item"]}}},
        parameters=[
            {"name": "p", "indices": ["s"], "source": {"table": "costs", "column": "cost", **source}}
        ],
    )


def rows(*pairs: tuple[Any, Any]) -> dict[str, Any]:
    """One table of items and costs."""
    return {"costs": [{"item": item, "cost": cost} for item, cost in pairs], "other": [{"a": 1}, {"a": 2}]}


@pytest.mark.parametrize(
    ("problem", "data", "message"),
    [
        (table_backed(keys=["item"]), None, "set `s` points at table `costs`; tables given: none"),
        (
            table_backed(keys=["items"]),
            rows(("a", 1), ("b", 2)),
            "has no column 'items'; did you mean 'item'?",
        ),
        (table_backed(keys=["item"]), rows(("a", 1), ("a", 2)), "the key 'a' stands twice"),
        (table_backed(keys=["item"]), rows(("a", 1), ("b", "dear")), "'dear' is not a number"),
        (
            table_backed(keys=["item"]),
            rows(("a", 1), ("b", None)),
            "the cell is empty, but a number is needed",
        ),
        (table_backed(keys=["item"], table="cost"), rows(("a", 1)), "table `cost`; did you mean `costs`?"),
        (
            table_backed(keys=["a"], table="other", column="a"),
            rows(("a", 1)),
            "there is no value for 'a'; complete the data",
        ),
    ],
)
def test_faults_of_tables_name_the_place(problem: Formulation, data: Any, message: str) -> None:
    with pytest.raises((DataError, FaultyFormulation)) as caught:
        bind(problem, load(data))
    assert message in str(caught.value)


def test_whole_numbers_as_words_match_whole_numbers() -> None:
    problem = formulation(
        [{"name": "x", "indices": ["n"]}],
        "sum(p[i] * x[i] for i in n)",
        sets={"n": [1, 2]},
        parameters=[{"name": "p", "indices": ["n"], "source": {"table": "t", "column": "v", "keys": ["k"]}}],
    )
    data = {"t": [{"k": "1", "v": 5}, {"k": "2", "v": 6}, {"k": "3", "v": 7}]}
    assert bind(problem, load(data)).parameters["p"] == {1: 5, 2: 6}


KEYS = st.integers(-9, 99) | st.text("abcXYZ (),_-'", min_size=1, max_size=6).map(lambda word: f"k{word}")


@settings(max_examples=50)
@given(values=st.dictionaries(KEYS, st.floats(-1e6, 1e6), min_size=1, max_size=5))
def test_formulations_and_their_values_survive_json(values: dict[Any, float]) -> None:
    if len({str(key) for key in values}) < len(values):
        return  # 1 and "1" are the same key in JSON
    problem = formulation(
        [{"name": "x", "indices": ["s"]}],
        "sum(p[i] * x[i] for i in s)",
        sets={"s": list(values)},
        parameters=[{"name": "p", "indices": ["s"], "values": values}],
    )
    again = Formulation.model_validate_json(problem.model_dump_json())
    assert bind(again).sets == bind(problem).sets
    assert bind(again).parameters == bind(problem).parameters


@pytest.mark.parametrize("name", BY_NAME)
def test_known_formulations_survive_json(name: str) -> None:
    problem = BY_NAME[name].formulation
    again = Formulation.model_validate_json(problem.model_dump_json())
    assert again.model_dump_json() == problem.model_dump_json()
    assert (
        bind(again, load(BY_NAME[name].data)).parameters == bind(problem, load(BY_NAME[name].data)).parameters
    )


def test_more_combinations_than_a_machine_holds_are_refused_before_they_are_built() -> None:
    elements = list(range(2_000))
    big = formulation(
        [{"name": "x", "indices": ["s", "s"]}], "sum(x[i, j] for i in s for j in s)", sets={"s": elements}
    )
    with pytest.raises(FormulationError, match="have 8,000,000,000 combinations; at most 4,000,000"):
        bind(big).keys(["s", "s", "s"])
