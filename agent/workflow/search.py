"""The search: propose, try on a minibatch, validate, and let the gate decide; all of it in the journal."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agent.errors import BudgetExceeded, WorkflowError
from agent.llm import Meter
from agent.workflow.evaluation import Evaluator
from agent.workflow.gate import Gate, mean
from agent.workflow.journal import Journal
from agent.workflow.optimizers.protocol import Optimizer, Situation, Tried
from agent.workflow.parameters import Code, Parameter, Text
from agent.workflow.pareto import pick
from agent.workflow.records import Candidate, Part, Proposal, Run, Values, Verdict
from agent.workflow.scoring import filled

PATIENCE = 8
"""Steps in a row that bring no new candidate, before the search ends."""

Selection = Literal["items", "objectives", "best"]


@dataclass(frozen=True, slots=True)
class Rules:
    """How a search goes.

    Attributes:
        gate: what a candidate must pass, against the workflow as it came, to become the best.
        selection: where a step starts from: a candidate that is best at some items, at some objectives, or overall.
        minibatch: items of the training part a step.
        failure_score: what a failed run counts; None: see ``scoring.filled``.
        steps: most steps; None is no limit.
        target: mean score at which the search ends.
        seed: of all choices.
        is_validation_apart: whether the validation part is another than the training part.
    """

    gate: Gate
    selection: Selection = "items"
    minibatch: int = 3
    failure_score: float | None = None
    steps: int | None = None
    target: float | None = None
    seed: int = 0
    is_validation_apart: bool = True


class Search:
    """One search; what the journal already holds is replayed.

    Attributes:
        candidates: all that were tried, by number.
        verdicts: what became of each step.
        best: the candidate that passed the gate last.
        notes: why the search ended, and what else is to be known.
    """

    def __init__(
        self,
        parameters: Mapping[str, Parameter],
        optimizer: Optimizer,
        evaluator: Evaluator,
        journal: Journal,
        meter: Meter,
        sizes: Mapping[Part, int],
        rules: Rules,
        watch: Callable[[Run | Verdict], object],
    ) -> None:
        """Takes the parts; nothing is run yet."""
        self.parameters = parameters
        self.rules = rules
        self.sizes = sizes
        self.evaluator = evaluator
        self.meter = meter
        self._optimizer = optimizer
        self._journal = journal
        self._watch = watch
        self._proposals = {proposal.step: proposal for proposal in journal.proposals()}
        self._numbers_on_disk = {candidate.number for candidate in journal.candidates()}
        self._steps_on_disk = {verdict.step for verdict in journal.verdicts()}
        self._by_values: dict[str, Candidate] = {}
        self._pool: dict[int, list[float | None]] = {}
        self._objectives: dict[int, list[float]] = {}
        self._remarks: list[Tried] = []
        self._idle = 0
        self.candidates: list[Candidate] = []
        self.verdicts: list[Verdict] = []
        self.notes: list[str] = []
        values = {name: parameter.encoded for name, parameter in parameters.items()}
        self.best = self.candidate(values, None, "the workflow as it came")

    @property
    def validation(self) -> Part:
        """The part that candidates are compared on."""
        return "validation" if self.rules.is_validation_apart else "train"

    def run(self) -> None:
        """Nothing; the search goes on until its budget or steps are spent, or nothing new is proposed."""
        try:
            self._start()
            self._optimizer.search(self)
        except BudgetExceeded as spent:
            self.notes.append(str(spent))

    def climb(self) -> None:
        """Steps from a candidate of the front, each with one proposal."""
        step = 0
        while self.goes_on(step):
            parent = self.parent(step)
            batch = self.minibatch(step, parent)
            evidence = (
                self.evaluator.evaluate(parent, "train", batch) if self._optimizer.needs_evidence else []
            )
            if self._is_right(evidence):
                self._idle += 1
                step += 1
                continue
            proposal = self.propose(self._optimizer, step, parent, self.targets(step, evidence), evidence)
            child = self.newcomer(proposal)
            if child is not None and self._is_promising(step, parent, child, evidence, batch):
                self.validate(step, child)
            step += 1

    def goes_on(self, step: int) -> bool:
        """Whether another step is to be made; says why where not."""
        if self.rules.steps is not None and step >= self.rules.steps:
            self.notes.append(f"{step} steps were made, as asked")
        elif self._idle >= PATIENCE:
            self.notes.append(f"the last {self._idle} proposals brought nothing new")
        elif self.rules.target is not None and self.score(self.best) >= self.rules.target:
            self.notes.append(f"the target {self.rules.target:g} is reached")
        else:
            return True
        return False

    def parent(self, step: int) -> Candidate:
        """The candidate that a step starts from."""
        if self.rules.selection == "best":
            return self.best
        columns: Mapping[int, Sequence[float]] = self._objectives
        if self.rules.selection == "items":
            vectors = filled(list(self._pool.values()), self.rules.failure_score)
            columns = dict(zip(self._pool, vectors, strict=True))
        return self.candidates[pick(columns, self._chance("parent", step))]

    def minibatch(self, step: int, parent: Candidate) -> list[int]:
        """Items of the training part for a step; where there is a target, those that already reach it are left out."""
        items = range(self.sizes["train"])
        weak = [item for item in items if not self._is_right(self.evaluator.known(parent, "train", item))]
        chosen = weak or items
        size = min(self.rules.minibatch, len(chosen))
        return sorted(self._chance("batch", step).sample(chosen, size))

    def targets(self, step: int, evidence: Sequence[Run] = ()) -> tuple[str, ...]:
        """What a step should change: of what led to the evidence, one long text in turn and all that is short."""
        reached = {name for run in evidence if run.trace is not None for name in run.trace.parameters}
        names = [name for name in self.parameters if not reached or name in reached]
        long = [name for name in names if isinstance(self.parameters[name].kind, Text | Code)]
        turn = long[step % len(long)] if long else None
        return tuple(name for name in names if name not in long or name == turn)

    def propose(
        self,
        optimizer: Optimizer,
        step: int,
        parent: Candidate,
        targets: tuple[str, ...],
        evidence: Sequence[Run],
    ) -> Proposal:
        """What an optimizer says in a step, or has said before the run was interrupted."""
        known = self._proposals.get(step)
        if known is not None:
            return known
        situation = Situation(
            self.parameters, targets, parent.values, evidence, self._history(), self.meter, step
        )
        parsed = optimizer.propose(situation)
        proposal = Proposal(
            step=step,
            parent=parent.number,
            values=parsed.values,
            reasoning=parsed.reasoning,
            faults=parsed.faults,
        )
        self._save(proposal)
        self._proposals[step] = proposal
        return proposal

    def newcomer(self, proposal: Proposal) -> Candidate | None:
        """The candidate that a proposal makes; None, with a verdict, where there is nothing new to try."""
        self._idle += 1
        if not proposal.values:
            reason = proposal.faults[-1] if proposal.faults else "nothing was proposed"
            self.rule(proposal.step, None, "refused", reason)
            return None
        values = {**self.candidates[proposal.parent].values, **proposal.values}
        before = self._by_values.get(_key(values))
        if before is not None:
            self.rule(proposal.step, before.number, "repeated", f"the same as candidate {before.number}")
            return None
        self._idle = 0
        return self.candidate(values, proposal.parent, proposal.reasoning)

    def candidate(self, values: Values, parent: int | None, origin: str) -> Candidate:
        """The candidate with these values, made where there is none."""
        known = self._by_values.get(_key(values))
        if known is not None:
            return known
        made = Candidate(number=len(self.candidates), values=values, parent=parent, origin=origin)
        if made.number not in self._numbers_on_disk:
            self._save(made)
        self.candidates.append(made)
        self._by_values[_key(values)] = made
        return made

    def validate(self, step: int, candidate: Candidate) -> Verdict:
        """The verdict on a candidate; it is the best from now on where it passes the gate and leads.

        The gate compares with the workflow as it came, since that is what a result claims to be better than.
        """
        self._score(candidate)
        first, best, own = filled(
            [self._pool[number] for number in (0, self.best.number, candidate.number)],
            self.rules.failure_score,
        )
        ruling = self.rules.gate.rule(first, own)
        if not ruling.is_better:
            return self.rule(step, candidate.number, "kept", ruling.reason, ruling.p_value)
        if mean(own) <= mean(best):
            reason = f"mean score {mean(own):.4g}, not above that of the best, {mean(best):.4g}"
            return self.rule(step, candidate.number, "kept", reason, ruling.p_value)
        self.best = candidate
        return self.rule(step, candidate.number, "adopted", ruling.reason, ruling.p_value)

    def rule(
        self,
        step: int,
        number: int | None,
        status: Literal["start", "adopted", "kept", "dropped", "repeated", "refused"],
        reason: str,
        p_value: float | None = None,
    ) -> Verdict:
        """The verdict, written down."""
        verdict = Verdict(step=step, candidate=number, status=status, reason=reason, p_value=p_value)
        if step not in self._steps_on_disk:
            self._save(verdict)
        self.verdicts.append(verdict)
        self._watch(verdict)
        if number is not None and status != "repeated":
            score = self.score(self.candidates[number]) if number in self._pool else None
            self._remarks.append(Tried(self.candidates[number].values, score, f"{status}: {reason}"))
        return verdict

    def score(self, candidate: Candidate) -> float:
        """The mean validation score of a candidate in the pool."""
        (vector,) = filled([self._pool[candidate.number]], self.rules.failure_score)
        return mean(vector)

    def vector(self, candidate: Candidate) -> list[float | None]:
        """The validation scores of a candidate in the pool, by item."""
        return self._pool[candidate.number]

    def _start(self) -> None:
        self._score(self.best)
        runs = self.evaluator.evaluate(self.best, self.validation, range(self.sizes[self.validation]))
        if all(run.failure == "score" for run in runs):
            raise WorkflowError(f"the score function fails on every item: {runs[0].feedback}")
        failed = sum(run.score is None for run in runs)
        reason = f"mean score {self.score(self.best):.4g}" + (f", {failed} runs failed" if failed else "")
        self.rule(-1, self.best.number, "start", reason)

    def _score(self, candidate: Candidate) -> None:
        items = range(self.sizes[self.validation])
        scores = self.evaluator.scores(candidate, self.validation, items)
        runs = self.evaluator.evaluate(candidate, self.validation, items)
        self._pool[candidate.number] = scores
        names = sorted({name for run in runs for name in run.objectives})
        objectives = [[run.objectives.get(name, 0.0) for run in runs] for name in names]
        self._objectives[candidate.number] = [self.score(candidate), *map(mean, objectives)]

    def _is_right(self, runs: Sequence[Run]) -> bool:
        """Whether runs leave nothing to improve, as far as a target says so."""
        target = self.rules.target
        if target is None or not runs:
            return False
        return all(run.score is not None and run.score >= target for run in runs)

    def _is_promising(
        self, step: int, parent: Candidate, child: Candidate, evidence: Sequence[Run], batch: Sequence[int]
    ) -> bool:
        """Whether a child does better than its parent on the minibatch, where that is worth asking first."""
        is_all = not self.rules.is_validation_apart and len(batch) == self.sizes["train"]
        if not evidence or is_all:
            return True
        vectors = [self.evaluator.scores(each, "train", batch) for each in (parent, child)]
        before, after = map(mean, filled(vectors, self.rules.failure_score))
        if after > before:
            return True
        self.rule(step, child.number, "dropped", f"minibatch score {before:.4g} -> {after:.4g}")
        return False

    def _history(self) -> list[Tried]:
        return list(self._remarks)

    def _chance(self, what: str, step: int) -> random.Random:
        return random.Random(f"{self.rules.seed} {what} {step}")

    def _save(self, record: Candidate | Proposal | Verdict) -> None:
        self._journal.save(record, self.meter.ledger, self.meter.elapsed_s)


def _key(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True)
