"""Runs of a LangGraph graph, recorded from its stream of tasks; its nodes are not touched and its state stays plain.

LangGraph tells of each task when it starts (id, node, input, triggers) and when it ends (result, error). From these
the graph of nodes is rebuilt: a task hangs on the tasks that last wrote the channels which it was given, and on the
parameters that it read. Which task reads is known from the configuration that LangGraph keeps in the task's context.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

from langgraph.channels import BinaryOperatorAggregate
from langgraph.config import get_config
from langsmith import tracing_context

from agent.errors import WorkflowError
from agent.workflow import recording
from agent.workflow.nodes import Node, Operation, blame, told, unwrapped

_TASK_ID = "__pregel_task_id"
_MODES = ["tasks", "values"]


class GraphWorkflow:
    """A compiled graph as a workflow: takes the graph's input, gives a node with its output.

    Example:
        ``GraphWorkflow(graph, output="answer", context={"prompt": prompt})``, where the graph's nodes read
        ``runtime.context["prompt"]`` and get text, while the parameter ``prompt`` is recorded.
    """

    def __init__(
        self,
        graph: Any,
        *,
        output: str | None = None,
        context: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        """Takes the graph and what it is run with.

        Args:
            graph: a compiled ``StateGraph``, with a checkpointer or without.
            output: the channel that is the output; default: the whole state.
            context: the graph's run-time context; values may be parameters, which its nodes get as plain values.
            settings: the same for ``config["configurable"]``.
            config: LangGraph's configuration; each run gets a thread of its own unless it names one.
        """
        self._graph = graph
        self._output = output
        self._context = context
        self._settings = dict(settings or {})
        self._config = dict(config or {})

    def __call__(self, given: Any) -> Node:
        """A node with the graph's output for an input.

        Raises:
            WorkflowError: the graph stopped at an interrupt, or its output lacks the channel.
        """
        recorder = _Recorder(self._graph, given)
        with recorder.listening(), tracing_context(enabled=False):
            try:
                for mode, part in self._graph.stream(given, **self._options(recorder)):
                    recorder.take(mode, part)
            except Exception as error:
                recorder.blame(error)
                raise
        return recorder.output(self._output)

    async def arun(self, given: Any) -> Node:
        """``__call__`` for graphs with asynchronous nodes."""
        recorder = _Recorder(self._graph, given)
        with recorder.listening(), tracing_context(enabled=False):
            try:
                async for mode, part in self._graph.astream(given, **self._options(recorder)):
                    recorder.take(mode, part)
            except Exception as error:
                recorder.blame(error)
                raise
        return recorder.output(self._output)

    def reachable(self) -> Iterator[tuple[str, Any]]:
        """Where its parameters may be: context, settings and the functions of its nodes, by name."""
        yield from (self._context or {}).items()
        yield from self._settings.items()
        yield from functions_of(self._graph).items()

    def _options(self, recorder: "_Recorder") -> dict[str, Any]:
        plain = {name: unwrapped(value) for name, value in self._settings.items()}
        recorder.read_by_all(self._settings.values())
        configurable = {"thread_id": str(uuid4()), **self._config.get("configurable", {}), **plain}
        options: dict[str, Any] = {
            "config": {**self._config, "configurable": configurable},
            "stream_mode": _MODES,
        }
        if self._context is not None:
            options["context"] = _Context(self._context)
        return options


class _Context(dict[str, Any]):
    """A context whose parameters come out as plain values, and are noted as read."""

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        return value.data if isinstance(value, Node) else value

    def get(self, name: str, default: Any = None) -> Any:
        value = super().get(name, default)
        return value.data if isinstance(value, Node) else value


class _Recorder:
    """Builds the nodes of one run."""

    def __init__(self, graph: Any, given: Any) -> None:
        self._given = Node(given, name="input")
        self._reducing = {
            name for name, channel in graph.channels.items() if isinstance(channel, BinaryOperatorAggregate)
        }
        self._functions = functions_of(graph)
        self._reads: dict[str, list[Node]] = {}
        self._common: list[Node] = []
        self._started: dict[str, tuple[Node, ...]] = {}
        self._writers: dict[str, list[Node]] = {name: [self._given] for name in _fields(given)}
        self._written: list[tuple[str, Node]] = []
        self._last_step: list[Node] = [self._given]
        self._state: Any = None
        self._interrupts: tuple[Any, ...] = ()
        self._failed: Node | None = None

    def listening(self) -> AbstractContextManager[None]:
        """A block in which reads are noted by the task that makes them."""
        return recording.reading(self._note)

    def read_by_all(self, values: Iterable[Any]) -> None:
        """Parameters that any task may have read."""
        self._common += [value for value in values if isinstance(value, Node)]

    def take(self, mode: str, part: Any) -> None:
        """One part of the stream."""
        if mode == "values":
            self._state = part
        elif "triggers" in part:
            self._start(part)
        else:
            self._end(part)

    def blame(self, error: Exception) -> None:
        """Writes down which task an error came from."""
        failed = self._failed
        if failed is not None:
            blame(error, failed)

    def output(self, channel: str | None) -> Node:
        """The node of the output."""
        if self._interrupts:
            raise WorkflowError(f"the graph stopped at an interrupt: {self._interrupts[0]!r:.200}")
        self._flush()
        state = self._state
        if channel is None:
            writers = [writer for each in self._writers.values() for writer in each]
            return _output(state, writers)
        if channel not in _fields(state):
            known = ", ".join(_fields(state))
            raise WorkflowError(f"the graph's output has no channel {channel!r}; it has: {known or 'none'}")
        value = state[channel] if isinstance(state, Mapping) else getattr(state, channel)
        return _output(value, self._writers.get(channel, self._last_step), channel)

    def _note(self, node: Node) -> None:
        try:
            task = get_config()["configurable"].get(_TASK_ID)
        except (RuntimeError, KeyError):
            task = None
        if task is None:
            self._common.append(node)
        else:
            self._reads.setdefault(task, []).append(node)

    def _start(self, part: Mapping[str, Any]) -> None:
        self._flush()
        writers = [writer for name in _fields(part["input"]) for writer in self._writers.get(name, ())]
        self._started[part["id"]] = tuple(dict.fromkeys(writers or self._last_step))

    def _end(self, part: Mapping[str, Any]) -> None:
        writers = self._started.pop(part["id"], ())
        reads = (*self._reads.pop(part["id"], ()), *self._common)
        function = self._functions.get(part["name"])
        code = getattr(function, "__code__", None)
        about = (getattr(function, "__doc__", None) or "").strip()
        error = part.get("error")
        failure = told(error, code) if isinstance(error, BaseException) else str(error or "")
        task = Node(
            part["result"],
            operation=Operation(part["name"], about, (), code),
            arguments=writers,
            parents=tuple(dict.fromkeys((*writers, *reads))),
            error=failure,
        )
        self._interrupts = tuple(part.get("interrupts") or ()) or self._interrupts
        if failure:
            self._failed = task
        self._written += [(name, task) for name in _fields(part["result"])] or [("", task)]

    def _flush(self) -> None:
        """Lets the writes of a step that has ended be seen by the next one."""
        if self._started or not self._written:
            return
        fresh: dict[str, list[Node]] = {}
        for name, task in self._written:
            fresh.setdefault(name, []).append(task)
        for name, tasks in fresh.items():
            before = self._writers.get(name, []) if name in self._reducing else []
            self._writers[name] = [*before, *tasks]
        self._last_step = list(dict.fromkeys(task for _, task in self._written))
        self._written = []


def functions_of(graph: Any) -> dict[str, Any]:
    """The functions of a graph's nodes, by the nodes' names; nodes of other kinds are left out."""
    found = {
        name: getattr(spec.bound, "func", None) or getattr(spec.bound, "afunc", None)
        for name, spec in graph.nodes.items()
    }
    return {name: function for name, function in found.items() if function is not None}


def _output(value: Any, writers: Iterable[Node], name: str = "output") -> Node:
    parents = tuple(dict.fromkeys(writers))
    return Node(value, operation=Operation(name), arguments=parents, parents=parents)


def _fields(value: Any) -> list[str]:
    """The names of the channels in a state: a mapping, a model or a data class."""
    if isinstance(value, Mapping):
        return [str(name) for name in value]
    if hasattr(value, "__dataclass_fields__"):
        return list(value.__dataclass_fields__)
    return list(getattr(type(value), "model_fields", ()))
