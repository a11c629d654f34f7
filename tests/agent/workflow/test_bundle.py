"""Bundled functions: what they take, give and record."""

import asyncio
import functools

import pytest

from agent.errors import WorkflowError
from agent.workflow import bundle, node
from agent.workflow import code as code_module
from agent.workflow.code import CodeFailed
from agent.workflow.recording import trying


@bundle
def join(first, second="!"):
    """Both, one after the other."""
    return f"{first}{second}"


def test_it_takes_nodes_and_plain_values_and_gives_a_node():
    x = node("a")
    joined = join(x, second="b")
    assert joined.data == "ab" and joined.parents == (x,)
    assert joined.operation.description == "Both, one after the other."
    assert joined.operation.labels == ("first", "second")
    assert join("a").data == "a!"


def test_nodes_inside_containers_count():
    @bundle
    def total(numbers, more):
        return sum(numbers) + more["n"]

    a, b, c = node(1), node(2), node(3)
    summed = total([a, b], {"n": c})
    assert summed.data == 6 and set(summed.parents) == {a, b, c}


def test_what_a_function_reads_by_itself_counts():
    prompt = node("hello", trainable=True, name="prompt")

    @bundle
    def greet(name):
        return f"{prompt.data} {name}"

    assert greet("you").parents == (prompt,)


def test_a_node_that_is_returned_is_part_of_the_way():
    @bundle
    def outer(x):
        return join(x, "?")

    result = outer(node("a"))
    assert result.data == "a?" and any(parent.operation is join.operation for parent in result.parents)


def test_asynchronous_functions_are_recorded_each_with_their_own_reads():
    first, second = node("a", trainable=True, name="first"), node("b", trainable=True, name="second")

    @bundle
    async def read(parameter, pause):
        await asyncio.sleep(pause)
        return {"first": first, "second": second}[parameter].data

    async def both():
        return await asyncio.gather(read("first", 0.01), read("second", 0))

    one, two = asyncio.run(both())
    assert one.parents == (first,) and two.parents == (second,)


def test_a_method_can_be_bundled():
    class Writer:
        mark = "!"

        @bundle
        def write(self, text):
            return text + self.mark

    assert Writer().write(node("a")).data == "a!"


def test_a_call_that_does_not_fit_is_the_error_that_it_is_without_recording():
    with pytest.raises(TypeError, match="unexpected keyword"):
        join("a", third=1)


@bundle(trainable=True)
def step(position, size):
    """The next position."""
    return position + size


def test_own_code_runs_as_it_stands():
    assert step.parameter.data.startswith("def step(position, size):")
    moved = step(1, 2)
    assert moved.data == 3 and moved.parents == (step.parameter,)


@pytest.mark.jail
def test_code_on_trial_runs_in_the_sandbox():
    source = "import os\ndef step(position, size):\n    return [position - size, os.getpid()]"
    with trying({step.parameter: source}):
        position, process = step(1, 2).data
    import os

    assert position == -1 and process != os.getpid()


@pytest.mark.jail
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return 1 / 0", r"ZeroDivisionError: division by zero \(line 2: return 1 / 0\)"),
        ("return {1, 2}", "not JSON serializable"),
        ("return float('nan')", "not JSON compliant"),
        ("raise SystemExit", "SystemExit"),
        ("open('/etc/passwd')", "Error"),
    ],
)
def test_code_on_trial_that_fails_says_why(body, message):
    with pytest.raises(CodeFailed, match=message):
        code_module.call(f"def step(position, size):\n    {body}", "step", 1, 2)


@pytest.mark.jail
def test_code_on_trial_that_runs_on_is_stopped(monkeypatch):
    monkeypatch.setattr(code_module, "TIME_LIMIT_S", 0.3)
    with pytest.raises(CodeFailed, match="time limit"):
        code_module.call("def step(position, size):\n    while True: pass", "step", 1, 2)


def test_arguments_of_code_on_trial_must_be_json():
    with pytest.raises(CodeFailed, match="no JSON value"):
        code_module.call("def step(position, size): pass", "step", object())


def test_what_has_no_source_cannot_be_trained():
    with pytest.raises(WorkflowError, match="no source code"):
        bundle(trainable=True)(functools.wraps(len)(eval("lambda x: x")))

    async def later(x):
        return x

    with pytest.raises(WorkflowError, match="asynchronous"):
        bundle(trainable=True)(later)
