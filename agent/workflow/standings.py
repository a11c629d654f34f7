"""The validated candidates with their scores: who leads, where steps start, and who is hopelessly behind."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from agent.errors import WorkflowError
from agent.workflow.gate import Gate, Ruling, mean
from agent.workflow.pareto import pick
from agent.workflow.records import Run
from agent.workflow.scoring import MOST, by_item, filled, is_usable

Selection = Literal["items", "objectives", "best", "latest"]


@dataclass(frozen=True, slots=True)
class Rules:
    """How a search goes.

    Attributes:
        gate: what a candidate must pass, against the workflow as it came, to become the best.
        selection: where a step starts from: a candidate that is best at some items, or at some objectives, the one
            that is best overall, or the one that was validated last.
        minibatch: items of the training part a step.
        failure_score: what a failed run counts; None: see ``scoring.filled``.
        perfect: the highest score that an item can have, where there is one.
        steps: most steps; None is no limit.
        target: mean score at which the search ends.
        seed: of all choices.
        is_validation_apart: whether the validation part is another than the training part.
    """

    gate: Gate
    selection: Selection = "items"
    minibatch: int = 3
    failure_score: float | None = None
    perfect: float | None = None
    steps: int | None = None
    target: float | None = None
    seed: int = 0
    is_validation_apart: bool = True

    def __post_init__(self) -> None:
        """Refuses what has no meaning.

        Raises:
            WorkflowError: the selection has no such name, or a score is no number that scores can have.
        """
        if self.selection not in get_args(Selection):
            known = ", ".join(get_args(Selection))
            raise WorkflowError(f"there is no selection {self.selection!r:.80}; there are {known}")
        scores = {"failure_score": self.failure_score, "perfect": self.perfect, "target": self.target}
        for name, score in scores.items():
            if score is not None and not is_usable(score):
                raise WorkflowError(f"{name} is {score}; it must be a score, so at most {MOST:g} in size")

    def is_right(self, runs: Sequence[Run]) -> bool:
        """Whether runs leave nothing to improve, as far as the perfect score or the target say so."""
        enough = self.target if self.perfect is None else self.perfect
        if enough is None or not runs:
            return False
        return all(run.score is not None and run.score >= enough for run in runs)


class Standings:
    """The scores of candidates that ran on all validation items; the first to enter is the workflow as it came."""

    def __init__(self, rules: Rules) -> None:
        """Takes the rules; nobody has entered yet."""
        self._rules = rules
        self._vectors: dict[int, list[float | None]] = {}
        self._objectives: dict[int, list[float]] = {}

    def __contains__(self, number: int) -> bool:
        return number in self._vectors

    def enter(self, number: int, runs: Sequence[Run]) -> None:
        """Nothing; a candidate has its runs on all validation items."""
        self._vectors[number] = list(by_item(runs).values())
        names = sorted({name for run in runs for name in run.objectives})
        objectives = [[run.objectives.get(name, 0.0) for run in runs] for name in names]
        self._objectives[number] = [self.score(number), *map(mean, objectives)]

    def vector(self, number: int) -> list[float | None]:
        """A candidate's scores by item."""
        return self._vectors[number]

    def score(self, number: int) -> float:
        """A candidate's mean score."""
        return mean(self._filled(self._vectors[number])[0])

    def parent(self, chance: random.Random) -> int:
        """The candidate that a step starts from; not for the selection ``best``, which the search knows."""
        if self._rules.selection == "latest":
            return list(self._vectors)[-1]
        columns: Mapping[int, Sequence[float]] = self._objectives
        if self._rules.selection == "items":
            columns = dict(zip(self._vectors, self._filled(*self._vectors.values()), strict=True))
        return pick(columns, chance)

    def order(self) -> list[int]:
        """The validation items, those first at which all have done worst: there a gain shows soonest."""
        tops = self._tops()
        return sorted(range(len(tops)), key=tops.__getitem__)

    def ruling(self, best: int, vector: Sequence[float | None]) -> Ruling:
        """Whether scores on all items pass the gate, and lead.

        The gate compares with the workflow as it came, since that is what a result claims to be better than.
        """
        first, leading, own = self._filled(next(iter(self._vectors.values())), self._vectors[best], vector)
        ruling = self._rules.gate.rule(first, own)
        if ruling.is_better and mean(own) <= mean(leading):
            reason = f"mean score {mean(own):.4g}, not above that of the best, {mean(leading):.4g}"
            return Ruling(False, reason, ruling.p_value)
        return ruling

    def is_behind(self, best: int, known: Mapping[int, float | None]) -> bool:
        """Whether scores on some items settle that running a candidate on the others is in vain.

        So it is where, were all others perfect, the gate would still refuse it, and it would be the best at no item,
        if steps start from such.
        """
        perfect, selection = self._rules.perfect, self._rules.selection
        if perfect is None or selection == "objectives":
            return False
        tops = self._tops()
        hopeful = [known.get(item, perfect) for item in range(len(tops))]
        if self.ruling(best, hopeful).is_better:
            return False
        is_rival = any(score is not None and score > top for score, top in zip(hopeful, tops, strict=True))
        return not (is_rival and selection == "items")

    def _tops(self) -> list[float]:
        """The highest score of all candidates at each item."""
        return [max(column) for column in zip(*self._filled(*self._vectors.values()), strict=True)]

    def _filled(self, *vectors: Sequence[float | None]) -> list[list[float]]:
        return filled(vectors, self._rules.failure_score)
