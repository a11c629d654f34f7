"""Nodes: operators, where values come from, and where errors arose."""

import copy
import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.workflow import Parameter, bundle, node
from agent.workflow.nodes import Node, node_of

NUMBERS = st.integers(min_value=1, max_value=50)
BINARY = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
    operator.and_,
    operator.or_,
    operator.xor,
]


@pytest.mark.parametrize("function", BINARY, ids=lambda function: function.__name__)
@given(left=NUMBERS, right=NUMBERS)
def test_an_operator_gives_what_it_gives_on_plain_values(function, left, right):
    both, first, second = (
        function(node(left), node(right)),
        function(node(left), right),
        function(left, node(right)),
    )
    assert [both.data, first.data, second.data] == [function(left, right)] * 3


def test_the_result_remembers_its_operands():
    x, y = node(2), node(3)
    assert (x + y).parents == (x, y)
    assert (x**2).parents == (x,)
    assert (-x).operation.name == "negative"


def test_nodes_stand_for_their_values_where_python_asks_for_them():
    words = node(["a", "b"])
    assert len(words) == 2 and "a" in words and bool(words)
    assert [word.data for word in words] == ["a", "b"]
    assert f"{node(2.5):.2f} {node('x')}" == "2.50 x"
    assert int(node(2.7)) == 2 and float(node(2)) == 2.0
    assert [key.data for key in node({"a": 1})] == [1]


def test_nodes_can_be_kept_in_sets_and_are_not_copied():
    x = node([1])
    assert {x, x} == {x} and copy.deepcopy([x])[0] is x


def test_a_failing_operator_keeps_its_error_and_names_its_node():
    x = node(0, trainable=True, name="x")
    with pytest.raises(ZeroDivisionError) as caught:
        1 / x
    failed = node_of(caught.value)
    assert failed.parents == (x,) and failed.operation.name == "divide"
    assert failed.error == "ZeroDivisionError: division by zero"


def test_a_failing_function_names_its_line():
    @bundle
    def broken(x):
        y = x + 1
        return y / 0

    x = node(1)
    with pytest.raises(ZeroDivisionError) as caught:
        broken(x)
    failed = node_of(caught.value)
    assert failed.parents == (x,)
    assert "in broken: return y / 0" in failed.error


def test_the_innermost_node_keeps_the_blame():
    @bundle
    def inner(x):
        raise ValueError(f"no {x}")

    @bundle
    def outer(x):
        return inner(x)

    with pytest.raises(ValueError, match="no 1") as caught:
        outer(node(1))
    assert node_of(caught.value).operation.name == "inner"


def test_a_node_shows_itself():
    assert repr(node("x" * 500, name="long")).startswith("<Node long: 'xxx")
    assert isinstance(node(1), Node) and not isinstance(node(1), Parameter)
