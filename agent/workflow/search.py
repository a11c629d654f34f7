"""The search: propose, try on a minibatch, validate, and let the gate decide; all of it in the journal."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from agent.errors import BudgetExceeded, WorkflowError
from agent.llm import Meter
from agent.workflow.evaluation import Evaluator
from agent.workflow.gate import mean
from agent.workflow.journal import Journal
from agent.workflow.kinds import Code, Text
from agent.workflow.optimizers.protocol import Optimizer, Situation, Tried
from agent.workflow.parameters import Parameter
from agent.workflow.records import Candidate, Part, Proposal, Run, Status, Values, Verdict
from agent.workflow.scoring import by_item, filled
from agent.workflow.standings import Rules, Standings

PATIENCE = 8
"""Steps in a row that bring no new candidate, before the search ends."""


class Search:
    """One search; what the journal already holds is replayed.

    Attributes:
        candidates: all that were tried, by number.
        verdicts: what became of each step.
        standings: the scores of those that were validated.
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
        self._remarks: list[Tried] = []
        self._idle = 0
        self.candidates: list[Candidate] = []
        self.verdicts: list[Verdict] = []
        self.standings = Standings(rules)
        self.notes: list[str] = []
        values = {name: parameter.encoded for name, parameter in parameters.items()}
        self.best = self.candidate(values, None, "the workflow as it came")

    @property
    def validation(self) -> Part:
        """The part that candidates are compared on."""
        return "validation" if self.rules.is_validation_apart else "train"

    def start(self) -> list[Run]:
        """The runs of the workflow as it came on the validation part; none where the budget does not reach so far.

        Raises:
            WorkflowError: the score fails on every item.
        """
        try:
            runs = self._enter(self.best)
        except BudgetExceeded as spent:
            self.notes.append(str(spent))
            return []
        if all(run.failure == "score" for run in runs):
            raise WorkflowError(f"the score function fails on every item: {runs[0].feedback}")
        failed = sum(run.score is None for run in runs)
        score = self.standings.score(self.best.number)
        reason = f"mean score {score:.4g}" + (f", {failed} runs failed" if failed else "")
        self.rule(-1, self.best.number, "start", reason)
        return runs

    def run(self) -> None:
        """Nothing; the search goes on until its budget or steps are spent, or nothing new is proposed."""
        try:
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
            if self.rules.is_right(evidence):
                self._idle += 1
            else:
                targets = self.targets(step, evidence)
                child = self.newcomer(self.propose(self._optimizer, step, parent, targets, evidence))
                if child is not None and self._is_promising(step, child, evidence, batch):
                    self.validate(step, child)
            step += 1

    def goes_on(self, step: int) -> bool:
        """Whether another step is to be made; says why where not."""
        if self.rules.steps is not None and step >= self.rules.steps:
            self.notes.append(f"{step} steps were made, as asked")
        elif self._idle >= PATIENCE:
            self.notes.append(f"the last {self._idle} proposals brought nothing new")
        elif self.rules.target is not None and self.standings.score(self.best.number) >= self.rules.target:
            self.notes.append(f"the target {self.rules.target:g} is reached")
        else:
            return True
        return False

    def parent(self, step: int) -> Candidate:
        """The candidate that a step starts from."""
        if self.rules.selection == "best":
            return self.best
        return self.candidates[self.standings.parent(self._chance("parent", step))]

    def minibatch(self, step: int, parent: Candidate) -> list[int]:
        """Items of the training part for a step; those that are known to be right are left out."""
        items = range(self.sizes["train"])
        weak = [
            item for item in items if not self.rules.is_right(self.evaluator.known(parent, "train", item))
        ]
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
            self.parameters,
            targets,
            deepcopy(parent.values),
            evidence,
            tuple(self._remarks),
            self.meter,
            step,
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

    def validate(self, step: int, candidate: Candidate, *, may_stop: bool = True) -> Verdict:
        """The verdict on a candidate; it is the best from now on where it passes the gate and leads.

        Args:
            step: whose candidate it is.
            candidate: the newcomer.
            may_stop: whether its runs may end early where the rules know a perfect score.
        """
        reason = self._race(candidate) if may_stop else ""
        if reason:
            return self.rule(step, candidate.number, "dropped", reason)
        self._enter(candidate)
        ruling = self.standings.ruling(self.best.number, self.standings.vector(candidate.number))
        if ruling.is_better:
            self.best = candidate
        status: Status = "adopted" if ruling.is_better else "kept"
        return self.rule(step, candidate.number, status, ruling.reason, ruling.p_value)

    def rule(
        self,
        step: int,
        number: int | None,
        status: Status,
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
            score = self.standings.score(number) if number in self.standings else None
            self._remarks.append(Tried(self.candidates[number].values, score, f"{status}: {reason}"))
        return verdict

    def _enter(self, candidate: Candidate) -> list[Run]:
        """The candidate's runs on the whole validation part, with which it takes its place."""
        runs = self.evaluator.evaluate(candidate, self.validation, range(self.sizes[self.validation]))
        self.standings.enter(candidate.number, runs)
        return runs

    def _race(self, candidate: Candidate) -> str:
        """Why it is in vain to run a candidate on what is left of the validation part; empty where all was run."""
        order, known = self.standings.order(), dict[int, float | None]()
        size = len(order) if self.rules.perfect is None else self.rules.minibatch
        for start in range(0, len(order), size):
            if known and self.standings.is_behind(self.best.number, known):
                return f"hopeless after {start} of {len(order)} items, whatever the others would score"
            items = order[start : start + size]
            known |= by_item(self.evaluator.evaluate(candidate, self.validation, items))
        return ""

    def _is_promising(
        self, step: int, child: Candidate, evidence: Sequence[Run], batch: Sequence[int]
    ) -> bool:
        """Whether a child does better than its parent on the minibatch, where that is worth asking first."""
        is_all = not self.rules.is_validation_apart and len(batch) == self.sizes["train"]
        if not evidence or is_all:
            return True
        vectors = [
            list(by_item(runs).values())
            for runs in (evidence, self.evaluator.evaluate(child, "train", batch))
        ]
        before, after = map(mean, filled(vectors, self.rules.failure_score))
        if after > before:
            return True
        self.rule(step, child.number, "dropped", f"minibatch score {before:.4g} -> {after:.4g}")
        return False

    def _chance(self, what: str, step: int) -> random.Random:
        return random.Random(f"{self.rules.seed} {what} {step}")

    def _save(self, record: Candidate | Proposal | Verdict) -> None:
        self._journal.save(record, self.meter.ledger, self.meter.elapsed_s)


def _key(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True)
