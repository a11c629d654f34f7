"""The road of one question as a LangGraph graph: nodes, edges, events. The nodes know nothing of LangGraph."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt
from langsmith import tracing_context

from agent import routing
from agent.events import NodeEvent, Proposal
from agent.formulation.model import Formulation
from agent.nodes.build import build
from agent.nodes.confirm import confirmed, proposed
from agent.nodes.decide import decide
from agent.nodes.explain import explain
from agent.nodes.formulate import formulate
from agent.nodes.intake import intake
from agent.nodes.learn import learn
from agent.nodes.retrieve import retrieve
from agent.nodes.solve import solve
from agent.nodes.verify import verify
from agent.state import Deps, NodeRecord, RunState

Node = Callable[[RunState, Deps], Awaitable[RunState]]
_NODES: dict[str, Node] = {
    "intake": intake,
    "retrieve": retrieve,
    "formulate": formulate,
    "build": build,
    "solve": solve,
    "verify": verify,
    "decide": decide,
    "explain": explain,
    "learn": learn,
}
_FORKS = ["retrieve", "formulate", "confirm", "solve", "decide", "explain"]
_STEP_LIMIT = 400


class Channels(TypedDict):
    """What a checkpoint holds: the run's state as plain JSON values."""

    run: dict[str, Any]


def _wrapped(name: str, node: Node) -> Callable[[Channels, Runtime[Deps]], Awaitable[Channels]]:
    """The node as LangGraph calls it: state in and out as JSON values, with its record in the trace."""

    async def step(channels: Channels, runtime: Runtime[Deps]) -> Channels:
        deps, state = runtime.context, RunState.model_validate(channels["run"])
        runtime.stream_writer(NodeEvent(node=name, kind="started"))
        started, before = deps.clock(), deps.meter.ledger
        state = await node(state, deps)
        after, seconds = deps.meter.ledger, deps.clock() - started
        record = NodeRecord(
            node=name,
            seconds=seconds,
            note=_note(name, state),
            calls=after.calls - before.calls,
            tokens=after.tokens - before.tokens,
        )
        update = {"trace": (*state.trace, record), "ledger": after, "elapsed_s": deps.meter.elapsed_s}
        state = state.model_copy(update=update)
        runtime.stream_writer(NodeEvent(node=name, kind="finished", seconds=seconds, note=record.note))
        return {"run": state.model_dump(mode="json")}

    return step


async def _confirm(channels: Channels) -> Channels:
    """Stops the run until it is given the formulation that is meant."""
    state = RunState.model_validate(channels["run"])
    given = interrupt([formulation.model_dump(mode="json") for formulation in proposed(state)])
    state = confirmed(state, Formulation.model_validate(given))
    return {"run": state.model_dump(mode="json")}


def _note(name: str, state: RunState) -> str:
    """What a person watching wants to know of a node that ended."""
    if name == "retrieve":
        return "; ".join(f"{one.id}: {one.why}" for offered in state.advice.values() for one in offered)
    if name == "decide" and state.decision is not None:
        return f"{state.decision.status}, confidence {state.decision.confidence:.0%}"
    if name in ("build", "verify"):
        complaints = [
            c.fault.splitlines()[0] for c in state.candidates if c.fault and c.stage in ("draft", "abandoned")
        ]
        return complaints[-1] if complaints else ""
    return ""


@cache
def _builder() -> StateGraph[Channels, Deps, Channels, Channels]:
    builder = StateGraph(Channels, context_schema=Deps)
    for name, node in _NODES.items():
        builder.add_node(name, _wrapped(name, node))  # type: ignore[call-overload]
    builder.add_node("confirm", _confirm)  # type: ignore[call-overload]
    builder.add_edge(START, "intake")
    for first, second in (
        ("intake", "retrieve"),
        ("retrieve", "formulate"),
        ("formulate", "build"),
        ("confirm", "solve"),
        ("solve", "verify"),
    ):
        builder.add_edge(first, second)
    for name, rule in (
        ("build", routing.after_build),
        ("verify", routing.after_verify),
        ("decide", routing.after_decide),
    ):
        builder.add_conditional_edges(name, _on_state(rule), _FORKS)
    builder.add_edge("explain", "learn")
    builder.add_edge("learn", END)
    return builder


def _on_state(rule: Callable[[RunState], str]) -> Callable[[Channels], str]:
    return lambda channels: rule(RunState.model_validate(channels["run"]))


@cache
def _without_memory() -> Any:
    return _builder().compile()


async def run(
    state: RunState | None,
    deps: Deps,
    saver: Any = None,
    thread: str = "",
    meant: Formulation | None = None,
) -> AsyncIterator[NodeEvent | Proposal | RunState]:
    """The events of a run, and last its final state or, where it stops for one, its proposal.

    Args:
        state: where to start; None to go on from the last checkpoint of `thread`.
        deps: what the nodes use.
        saver: a LangGraph checkpointer; None keeps nothing.
        thread: the session's name at the checkpointer.
        meant: the formulation for a run that stopped with a proposal.
    """
    graph = _builder().compile(checkpointer=saver) if saver is not None else _without_memory()
    config: Any = {"recursion_limit": _STEP_LIMIT, "configurable": {"thread_id": thread}}
    given: Any = None if state is None else {"run": state.model_dump(mode="json")}
    if meant is not None:
        given = Command(resume=meant.model_dump(mode="json"))
    last: dict[str, Any] = {}
    options: dict[str, Any] = {"context": deps, "stream_mode": ["custom", "values"]}
    if saver is not None:
        options["durability"] = "sync"
    with tracing_context(enabled=False):  # a tracer in the user's environment must not get questions and data
        async for mode, part in graph.astream(given, config, **options):
            if mode == "custom":
                yield part
            else:
                last = part
    if "__interrupt__" in last:
        yield Proposal(formulations=last["__interrupt__"][0].value)
    else:
        yield RunState.model_validate(last["run"])
