"""Feedback finds its parameters by the smallest graph, each output with its own."""

from hypothesis import given
from hypothesis import strategies as st

from agent.workflow import bundle, node, propagate
from agent.workflow.nodes import Node
from agent.workflow.traces import MAX_LINES, trace_of


def parameter(name, value=1.0):
    return node(value, trainable=True, name=name)


def test_the_subgraph_holds_nothing_beside_the_way():
    x, y, data = parameter("x"), parameter("y"), node(5.0, name="data")
    aside = data * 2  # leads to the output, but depends on no parameter
    unused = x + 100  # depends on a parameter, but leads nowhere
    middle = x + aside
    output = middle * y
    found = output.backward("too low")
    graph = found.subgraph()
    assert set(graph.nodes) == {x, y, middle, output}
    assert graph.inputs == (aside,)
    assert unused not in found.nodes and set(found.parameters) == {x, y}
    assert set(found.subgraph(y).nodes) == {y, output}


def test_two_outputs_carry_different_feedback():
    x, y = parameter("x"), parameter("y")
    low, high = x + 1, x * y
    found = propagate({low: "too low", high: "too high"})
    assert found.subgraph(x).feedback == {low: "too low", high: "too high"}
    assert found.subgraph(y).feedback == {high: "too high"}
    trace = trace_of(found)
    assert sorted(trace.feedback.values()) == ["too high", "too low"]
    assert len(set(trace.feedback)) == 2


def test_a_chain_deeper_than_the_recursion_limit_is_no_trouble():
    value: Node = parameter("x")
    for _ in range(20_000):
        value = value + 1
    assert len(value.backward("").subgraph().nodes) == 20_001


@given(st.data())
def test_the_subgraph_is_what_two_reachabilities_have_in_common(data):
    """Against the definition: on the way are those that a parameter reaches and that reach an output."""
    nodes: list[Node] = [parameter("x"), parameter("y"), node(1.0)]
    for _ in range(data.draw(st.integers(1, 12))):
        first, second = (
            data.draw(st.sampled_from(range(len(nodes)))),
            data.draw(st.sampled_from(range(len(nodes)))),
        )
        nodes.append(nodes[first] + nodes[second])
    output = data.draw(st.sampled_from(nodes))

    def reaches(start, end):
        return start is end or any(reaches(start, parent) for parent in end.parents)

    expected = {n for n in nodes if reaches(n, output) and (reaches(nodes[0], n) or reaches(nodes[1], n))}
    assert set(output.backward("").subgraph().nodes) == expected


def test_a_trace_tells_code_values_and_documentation():
    @bundle
    def shout(text, mark):
        """The text, louder."""
        return text.upper() + mark

    mark = parameter("mark", "!")
    trace = trace_of((shout(node("a", name="word"), mark)).backward("louder"))
    assert trace.code == ("shout_2 = shout(text=word_1, mark=mark)",)
    assert trace.documentation == {"shout": "The text, louder."}
    assert trace.inputs == {"word_1": "'a'"} and trace.outputs == {"shout_2": "'A!'"}
    assert trace.feedback == {"shout_2": "louder"} and trace.parameters == ("mark",)


def test_a_trace_of_a_long_run_stays_short():
    value: Node = parameter("x")
    for place in range(5_000):
        value = value + place
    trace = trace_of(value.backward("hm"))
    assert len(trace.code) == MAX_LINES and trace.code[0].startswith("add_1")


def test_an_output_without_parameters_still_tells_its_feedback():
    trace = trace_of((node(1) + 1).backward("hm"))
    assert trace.parameters == () and list(trace.feedback.values()) == ["hm"]
