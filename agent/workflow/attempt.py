"""One run of a workflow on one item: recorded, scored, and never an exception of the workflow's own."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from agent.errors import BudgetExceeded, ConfigError, ModelUnavailable
from agent.llm.background import BackgroundLoop
from agent.workflow import recording
from agent.workflow.nodes import Node, Operation, node_of, told
from agent.workflow.parameters import Parameter
from agent.workflow.propagation import propagate
from agent.workflow.records import Candidate, Part, Run
from agent.workflow.scoring import ScoreFunction, checked
from agent.workflow.traces import clipped, text_of, trace_of

MAX_SHOWN_CHARS = 1_000
ABORTING = (BudgetExceeded, ConfigError, ModelUnavailable, KeyboardInterrupt)
"""No fault of the candidate: they end the whole run, which can be resumed; all else is the workflow's own failure."""
_GRACE_S = 0.2
_WORKFLOW = Operation("workflow")


class Attempts:
    """Runs one workflow; safe to use from several threads."""

    def __init__(
        self,
        workflow: Callable[..., Any],
        score: ScoreFunction,
        parameters: Mapping[str, Parameter],
        time_limit_s: float | None = None,
    ) -> None:
        """Takes what is the same for all runs.

        Args:
            workflow: what to run; may be asynchronous and may take a ``seed``.
            score: takes its output and the item.
            parameters: by name.
            time_limit_s: seconds after which, and a little, an asynchronous run is cancelled.
        """
        self._workflow = workflow
        self._score = score
        self._parameters = parameters
        self._names = {parameter: name for name, parameter in parameters.items()}
        self._code = getattr(inspect.unwrap(workflow), "__code__", None)
        self._time_limit_s = None if time_limit_s is None else time_limit_s + _GRACE_S
        self._takes_seed = "seed" in _arguments(workflow)[1:]
        self._loop = BackgroundLoop("workflow")

    def close(self) -> None:
        """Ends the event loop of asynchronous workflows."""
        self._loop.close()

    def run(self, candidate: Candidate, part: Part, place: int, repeat: int, item: Any) -> Run:
        """What came of one run.

        Raises:
            BudgetExceeded: the workflow's own budget is spent.
            ConfigError: something about the machine or the settings is at fault.
            ModelUnavailable: the workflow's language model cannot be reached.
        """
        values = {
            self._parameters[name]: self._parameters[name].kind.decode(value)
            for name, value in candidate.values.items()
        }
        reads: list[Node] = []
        started = time.perf_counter()
        with recording.trying(values), recording.reading(reads.append):
            found: dict[str, Any]
            try:
                output = self._output(item, repeat)
                seconds = time.perf_counter() - started
                ended = _ending(output, reads)
                with recording.reading(None):
                    found = self._scored(ended.value(), item)
            except ABORTING:
                raise
            except BaseException as error:
                seconds = time.perf_counter() - started
                failed = node_of(error)
                if failed is None:
                    failed = Node(None, operation=_WORKFLOW, error=told(error, self._code))
                ended = _ending(failed, reads)
                found = {"failure": "workflow", "feedback": f"the workflow failed: {failed.error}"}
        trace = None
        if part == "train":
            trace = trace_of(propagate({ended: found["feedback"] or _plain(found)}), self._names)
        return Run(
            candidate=candidate.number,
            part=part,
            item=place,
            repeat=repeat,
            item_text=clipped(_plain_text(item), MAX_SHOWN_CHARS),
            output=clipped(ended.error or _plain_text(ended.value()), MAX_SHOWN_CHARS),
            trace=trace,
            seconds=seconds,
            **found,
        )

    def _output(self, item: Any, repeat: int) -> Any:
        output = self._workflow(item, seed=repeat) if self._takes_seed else self._workflow(item)
        if not inspect.isawaitable(output):
            return output
        return self._loop.run(_awaited(output, self._time_limit_s))

    def _scored(self, output: Any, item: Any) -> dict[str, Any]:
        try:
            score = checked(self._score(output, item))
        except ABORTING:
            raise
        except BaseException as error:
            return {"failure": "score", "feedback": f"the output could not be scored: {told(error)}"}
        return {
            "score": score.value,
            "feedback": clipped(score.feedback, MAX_SHOWN_CHARS),
            "objectives": {name: float(value) for name, value in score.objectives.items()},
        }


def _ending(output: Any, reads: list[Node]) -> Node:
    """The output as a node that hangs on everything that the workflow itself has read."""
    if isinstance(output, Node) and not reads:
        return output
    unique = tuple(dict.fromkeys(reads))
    if isinstance(output, Node):
        return Node(
            output.value(),
            operation=_WORKFLOW,
            arguments=(output,),
            parents=tuple(dict.fromkeys((output, *unique))),
            error=output.error,
        )
    return Node(output, operation=_WORKFLOW, parents=unique)


def _plain(found: Mapping[str, Any]) -> str:
    return f"score {found['score']:g}" if "score" in found else ""


def _plain_text(value: Any) -> str:
    return value if isinstance(value, str) else text_of(value)


async def _awaited(output: Awaitable[Any], time_limit_s: float | None) -> Any:
    return await asyncio.wait_for(output, time_limit_s)


def _arguments(function: Callable[..., Any]) -> tuple[str, ...]:
    try:
        return tuple(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ()
