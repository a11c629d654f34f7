"""LangGraph graphs are recorded without touching their nodes, and their state stays plain."""

import itertools
import operator
from typing import Annotated, TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send, interrupt

from agent.errors import WorkflowError
from agent.llm import Budget
from agent.workflow import Proposer, node, optimize
from agent.workflow.discovery import parameters_of
from agent.workflow.langgraph_recording import GraphWorkflow
from agent.workflow.nodes import Node, node_of
from agent.workflow.traces import trace_of


class State(TypedDict, total=False):
    question: str
    facts: str
    answer: str
    log: Annotated[list[str], operator.add]


def graph_of(*steps, edges=None, checkpointer=None, context=None):
    builder = StateGraph(State, context_schema=context)
    for step in steps:
        builder.add_node(step.__name__, step)
    names = [START, *(step.__name__ for step in steps), END]
    for first, second in edges or itertools.pairwise(names):
        builder.add_edge(first, second)
    return builder.compile(checkpointer=checkpointer)


def prompts():
    return (
        node("find", trainable=True, name="find_prompt"),
        node("write", trainable=True, name="write_prompt"),
    )


def test_tasks_hang_on_the_writers_of_their_channels_and_on_what_they_read():
    find_prompt, write_prompt = prompts()

    def find(state):
        """Facts for the question."""
        return {"facts": f"{find_prompt.data}:{state['question']}"}

    def write(state):
        return {"answer": f"{write_prompt.data}:{state['facts']}"}

    output = GraphWorkflow(graph_of(find, write), output="answer")({"question": "why"})
    assert output.data == "write:find:why"
    (written,) = output.parents
    assert written.operation.name == "write" and write_prompt in written.parents
    assert find_prompt not in written.parents
    trace = trace_of(output.backward("shorter"))
    assert trace.parameters == ("find_prompt", "write_prompt")
    assert trace.documentation == {"find": "Facts for the question."}


def test_tasks_side_by_side_keep_their_own_reads():
    find_prompt, write_prompt = prompts()

    def left(state):
        return {"log": [find_prompt.data]}

    def right(state):
        return {"log": [write_prompt.data]}

    def join(state):
        return {"answer": " ".join(sorted(state["log"]))}

    edges = [(START, "left"), (START, "right"), ("left", "join"), ("right", "join"), ("join", END)]
    output = GraphWorkflow(graph_of(left, right, join, edges=edges), output="answer")({"question": "why"})
    assert output.data == "find write"
    (joined,) = output.parents
    by_name = {parent.operation.name: parent for parent in joined.parents if parent.operation}
    assert find_prompt in by_name["left"].parents and write_prompt not in by_name["left"].parents
    assert write_prompt in by_name["right"].parents


def test_a_later_writer_takes_the_place_of_an_earlier_one():
    def first(state):
        return {"facts": "a"}

    def second(state):
        return {"facts": "b", "answer": "c"}

    def third(state):
        return {"answer": state["facts"]}

    output = GraphWorkflow(graph_of(first, second, third), output="answer")({"question": "why"})
    (last,) = output.parents
    assert {parent.name for parent in last.parents} == {"second", "input"}


def test_parameters_reach_nodes_through_the_context_as_plain_values():
    from langgraph.runtime import Runtime

    find_prompt, write_prompt = prompts()
    kinds = []

    def find(state, runtime: Runtime[dict]):
        kinds.append(type(runtime.context["find_prompt"]))
        return {"facts": runtime.context["find_prompt"]}

    def write(state, runtime: Runtime[dict]):
        return {"answer": runtime.context.get("write_prompt") + runtime.context.get("end", "")}

    workflow = GraphWorkflow(
        graph_of(find, write),
        output="answer",
        context={"find_prompt": find_prompt, "write_prompt": write_prompt, "end": "!"},
    )
    output = workflow({"question": "why"})
    assert (
        output.data == "write!"
        and kinds == [str]
        and set(parameters_of(workflow).values()) == {find_prompt, write_prompt}
    )
    (written,) = output.parents
    assert write_prompt in written.parents and find_prompt not in written.parents


def test_parameters_reach_nodes_through_the_configuration():
    _, write_prompt = prompts()

    def write(state, config):
        return {"answer": config["configurable"]["style"]}

    output = GraphWorkflow(graph_of(write), output="answer", settings={"style": write_prompt})(
        {"question": "q"}
    )
    assert output.data == "write" and output.backward("").parameters == (write_prompt,)


def test_a_checkpointer_sees_plain_values_only():
    find_prompt, _ = prompts()
    saver = InMemorySaver()

    def find(state):
        return {"facts": find_prompt.data, "answer": (find_prompt + "!").data}

    config = {"configurable": {"thread_id": "mine"}}
    graph = graph_of(find, checkpointer=saver)
    output = GraphWorkflow(graph, output="answer", config=config)({"question": "why"})
    kept = graph.get_state(config).values
    assert kept == {"question": "why", "facts": "find", "answer": "find!", "log": []} | {"log": kept["log"]}
    assert not any(isinstance(value, Node) for value in kept.values()) and type(kept["answer"]) is str
    assert find_prompt in output.backward("").parameters


def test_each_run_has_a_thread_of_its_own():
    def add(state):
        return {"log": ["x"], "answer": str(len(state.get("log", [])))}

    workflow = GraphWorkflow(graph_of(add, checkpointer=InMemorySaver()), output="answer")
    assert [workflow({"question": "q"}).data for _ in range(2)] == ["0", "0"]


def test_an_error_is_told_with_its_task_and_line():
    find_prompt, _ = prompts()

    def find(state):
        return {"facts": find_prompt.data}

    def write(state):
        raise LookupError(state["facts"])

    with pytest.raises(LookupError) as caught:
        GraphWorkflow(graph_of(find, write), output="answer")({"question": "why"})
    failed = node_of(caught.value)
    assert failed.operation.name == "write" and "raise LookupError(state" in failed.error
    assert failed.backward("").parameters == (find_prompt,)


def test_tasks_that_are_sent_hang_on_the_step_before():
    def split(state):
        return {"facts": "ab"}

    def work(state):
        return {"log": [state["letter"]]}

    builder = StateGraph(State)
    builder.add_node("split", split)
    builder.add_node("work", work)
    builder.add_edge(START, "split")
    builder.add_conditional_edges(
        "split", lambda s: [Send("work", {"letter": x}) for x in s["facts"]], ["work"]
    )
    output = GraphWorkflow(builder.compile(), output="log")({"question": "q"})
    workers = [parent for parent in output.parents if parent.name == "work"]
    assert len(workers) == 2 and all(worker.parents[0].name == "split" for worker in workers)


def test_a_graph_that_waits_for_a_person_is_refused_with_the_reason():
    def ask(state):
        return {"answer": interrupt("which one?")}

    workflow = GraphWorkflow(graph_of(ask, checkpointer=InMemorySaver()), output="answer")
    with pytest.raises(WorkflowError, match=r"interrupt.*which one"):
        workflow({"question": "q"})


def test_an_unknown_output_is_refused():
    def write(state):
        return {"answer": "a"}

    with pytest.raises(WorkflowError, match=r"no channel 'reply'; it has: question, .*answer"):
        GraphWorkflow(graph_of(write), output="reply")({"question": "q"})


async def test_graphs_with_asynchronous_nodes_are_recorded():
    find_prompt, _ = prompts()

    async def find(state):
        return {"answer": find_prompt.data}

    output = await GraphWorkflow(graph_of(find), output="answer").arun({"question": "q"})
    assert output.data == "find" and output.backward("").parameters == (find_prompt,)


def test_a_graph_is_optimized_side_by_side_with_a_checkpointer():
    find_prompt, write_prompt = prompts()

    def find(state):
        return {"facts": find_prompt.data}

    def write(state):
        return {"answer": f"{write_prompt.data} {state['facts']}"}

    workflow = GraphWorkflow(graph_of(find, write, checkpointer=InMemorySaver()), output="answer")
    result = optimize(
        workflow,
        [{"question": str(number)} for number in range(6)],
        score=lambda output, item: output.count("good"),
        budget=Budget(calls=60),
        optimizer=Proposer(lambda situation: dict.fromkeys(situation.targets, "good")),
        concurrency=4,
    )
    assert result.validation.after == 2 and (find_prompt.data, write_prompt.data) == ("good", "good")
