"""Evolutionary Pareto search by the library ``gepa``, behind the same budget, journal and gate."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from agent.errors import ConfigError
from agent.workflow.kinds import Code, Text
from agent.workflow.optimizers.optoprime import OptoPrime
from agent.workflow.optimizers.protocol import Optimizer, Situation
from agent.workflow.proposals import Parsed
from agent.workflow.records import Candidate, Part, Run, Values
from agent.workflow.scoring import by_item, filled
from agent.workflow.search import Search

_Item = tuple[Part, int]


class Gepa(Optimizer):
    """GEPA's loop ("GEPA: Reflective Prompt Evolution Can Outperform Reinforcement Learning", 2025).

    The library chooses parents, minibatches and the text to change; ``inner`` proposes, and our gate says which
    candidate is the best. Needs the extra ``gepa``.
    """

    def __init__(self, inner: Optimizer | None = None) -> None:
        """Takes who proposes; default: ``OptoPrime``."""
        super().__init__()
        self._inner = inner or OptoPrime()
        self.needs_model = self._inner.needs_model

    @property
    def name(self) -> str:
        """Its own name and that of who proposes."""
        return f"Gepa({self._inner.name})"

    def propose(self, situation: Situation) -> Parsed:
        """What the inner optimizer proposes."""
        return self._inner.propose(situation)

    def search(self, search: Search) -> None:
        """Nothing; the library's loop runs until the search is over.

        Raises:
            ConfigError: the library is not installed.
        """
        try:
            from gepa import optimize
        except ImportError:
            raise ConfigError('this search needs the library gepa: pip install "optwright[gepa]"') from None
        adapter = _Adapter(search, self._inner)
        optimize(
            seed_candidate=adapter.texts(search.best.values),
            trainset=adapter.items("train"),
            valset=adapter.items(search.validation),
            adapter=adapter,
            reflection_minibatch_size=min(search.rules.minibatch, search.sizes["train"]),
            skip_perfect_score=False,
            stop_callbacks=adapter.is_over,
            logger=_Silence(),
            seed=search.rules.seed,
        )
        adapter.close()


class _Silence:
    def log(self, message: str) -> None:
        """Nothing: what happens stands in the journal."""


class _Adapter:
    """What the library asks of a system: evaluate candidates, show what happened, propose texts."""

    def __init__(self, search: Search, inner: Optimizer) -> None:
        self._search = search
        self._inner = inner
        self._step = 0
        self._open: tuple[int, Candidate] | None = None
        self._evidence: list[Run] = []
        self._error: Exception | None = None

    def items(self, part: Part) -> list[_Item]:
        return [(part, place) for place in range(self._search.sizes[part])]

    def texts(self, values: Values) -> dict[str, str]:
        return {name: value if self._is_text(name) else json.dumps(value) for name, value in values.items()}

    def evaluate(
        self, batch: Sequence[_Item], candidate: Mapping[str, str], capture_traces: bool = False
    ) -> Any:
        """The library's ``EvaluationBatch`` of a candidate on some items."""
        from gepa import EvaluationBatch

        try:
            runs = self._runs(batch, candidate)
        except Exception as error:
            self._error = error
            raise
        (scores,) = filled([list(by_item(runs).values())], self._search.rules.failure_score)
        firsts = [run for run in runs if run.repeat == 0]  # the library wants one entry an item
        return EvaluationBatch([run.output for run in firsts], scores, firsts if capture_traces else None)

    def make_reflective_dataset(
        self,
        candidate: Mapping[str, str],  # noqa: ARG002
        eval_batch: Any,
        components_to_update: Sequence[str],
    ) -> dict[str, list[dict[str, Any]]]:
        """The runs that the proposal is made from; the library hands them on."""
        self._evidence = list(eval_batch.trajectories)
        records = [{"Feedback": run.feedback, "Generated Outputs": run.output} for run in self._evidence]
        return dict.fromkeys(components_to_update, records)

    def propose_new_texts(
        self,
        candidate: Mapping[str, str],
        reflective_dataset: Mapping[str, Any],  # noqa: ARG002
        components_to_update: Sequence[str],
    ) -> dict[str, str]:
        """New texts by the inner optimizer; none where it proposes nothing new."""
        self._drop_open()
        step, self._step = self._step, self._step + 1
        parent = self._candidate(candidate)
        try:
            proposal = self._search.propose(
                self._inner, step, parent, tuple(components_to_update), self._evidence
            )
            child = self._search.newcomer(proposal)
        except Exception as error:
            self._error = error
            raise
        if child is None:
            return {}
        self._open = (step, child)
        changed = self.texts(child.values)
        return {name: changed[name] for name in components_to_update}

    def is_over(self, state: Any) -> bool:  # noqa: ARG002
        """Whether the library is to stop."""
        return self._error is not None or not self._search.goes_on(self._step)

    def close(self) -> None:
        """Closes the last step.

        Raises:
            Exception: what ended the search, if it was an error; the library keeps some to itself.
        """
        if self._error is not None:
            raise self._error
        self._drop_open()

    def _runs(self, batch: Sequence[_Item], texts: Mapping[str, str]) -> list[Run]:
        candidate = self._candidate(texts)
        places = [place for _, place in batch]
        part = batch[0][0]
        is_whole = part == self._search.validation and len(places) == self._search.sizes[part]
        if is_whole and self._open is not None and self._open[1] is candidate:
            (step, _), self._open = self._open, None
            self._search.validate(step, candidate, may_stop=False)
        return self._search.evaluator.evaluate(candidate, part, places)

    def _candidate(self, texts: Mapping[str, str]) -> Candidate:
        values = {
            name: text if self._is_text(name) else json.loads(text) for name, text in sorted(texts.items())
        }
        ordered = {name: values[name] for name in self._search.parameters}
        return self._search.candidate(ordered, None, "made by gepa")

    def _drop_open(self) -> None:
        """A verdict on the candidate that the library did not ask to validate."""
        if self._open is not None:
            (step, child), self._open = self._open, None
            self._search.rule(step, child.number, "dropped", "no better than its parent on the minibatch")

    def _is_text(self, name: str) -> bool:
        return isinstance(self._search.parameters[name].kind, Text | Code)
