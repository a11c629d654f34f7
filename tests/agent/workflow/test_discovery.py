"""Parameters are found where a workflow's code can reach them, and named by their variables."""

import functools

import pytest

from agent.errors import WorkflowError
from agent.workflow import bundle, node, parameters_of, restore

prompt = node("find", trainable=True)
unused = node("never", trainable=True)


def helper(text):
    return f"{prompt.data} {text}"


def workflow(item):
    return [helper(each) for each in item]


def names(found):
    return sorted(parameters_of(found))


def test_globals_are_found_through_functions_of_the_module():
    assert names(workflow) == ["prompt"]


def test_closures_attributes_containers_partials_and_bundles_are_looked_into():
    inner = node(1, trainable=True)

    def closed(item):
        return inner.data

    class Pipeline:
        def __init__(self):
            self.level = node(2, trainable=True)
            self.parts = {"style": node("plain", trainable=True)}

        def __call__(self, item):
            return self.level

        def run(self, item):
            return self.level

    @bundle(trainable=True)
    def shape(text):
        return text

    def shaped(item):
        return shape(item)

    assert names(closed) == ["inner"]
    assert names(Pipeline()) == names(Pipeline().run) == ["level", "style"]
    assert names(functools.partial(lambda level, item: level, node(1, trainable=True, name="given"))) == [
        "given"
    ]
    assert names(shaped) == names(shape) == ["shape"]
    assert names(lambda item: workflow(item)) == ["prompt"]


def test_equal_names_are_refused():
    a, b = node(1, trainable=True, name="x"), node(2, trainable=True, name="x")
    with pytest.raises(WorkflowError, match="two parameters are named 'x'"):
        parameters_of(lambda item: (a, b))


def test_found_values_are_put_back():
    level = node(1, trainable=True, constraint=(0, 5))

    def flow(item):
        return level.data

    restore(flow, {"level": 4})
    assert level.data == 4
    with pytest.raises(WorkflowError, match="level: it must be from 0 to 5"):
        restore(flow, {"level": 9})
    with pytest.raises(WorkflowError, match="'other' cannot be changed"):
        restore(flow, {"other": 1})
