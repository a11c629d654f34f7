"""Hyper-parameters that change while a population trains."""

import time
from typing import Any, NamedTuple

import numpy as np

from solvers.errors import ModelError
from solvers.numeric.methods.answer import MethodResult, answered
from solvers.numeric.methods.blackbox.problems import Training
from solvers.numeric.methods.blackbox.trials import span
from solvers.numeric.nl.model import Floats
from solvers.numeric.outcome import Outcome

REPLACED = 0.25
"""Part of the members that go on from one of the best as large a part: truncation selection."""
FACTOR = 1.2
"""By which a hyper-parameter rises or falls when it is taken over."""


class Member(NamedTuple):
    """One training: its state, hyper-parameters (n,), their course (r, n) and the score of the last stretch."""

    state: Any
    hyper: Floats
    course: tuple[Floats, ...]
    score: float


def solve_population(problem: Training, start: Any, *, seed: int, deadline: float) -> MethodResult:
    """The best member of the last round: `point` its state, `x` the course of its hyper-parameters, flattened.

    `objective` is its negated score. Source: Jaderberg et al., Population Based Training of Neural Networks,
    arXiv:1711.09846, with truncation selection and perturbation; a member whose stretch fails is replaced too.

    Args:
        problem: what trains.
        start: the state that all members begin from.
        seed: of the first hyper-parameters, of what is taken over, and of the seeds of the stretches.
        deadline: on `time.monotonic()`, looked at between rounds.

    Raises:
        ModelError: the problem is malformed.
    """
    box = span(problem.lower, problem.upper)
    if np.any(box.lower <= 0):
        raise ModelError("hyper-parameters are searched by their logarithms; give positive lower bounds")
    if problem.members < 4 or problem.rounds < 1:
        raise ModelError(f"{problem.members} members, {problem.rounds} rounds; take 4 and 1, or more")
    draw = np.random.default_rng(seed)
    logs = draw.uniform(np.log(box.lower), np.log(box.upper), (problem.members, box.lower.size))
    members = [Member(start, np.exp(log), (), -np.inf) for log in logs]
    history: list[tuple[float, float]] = []
    best: Member | None = None
    for done in range(1, problem.rounds + 1):
        members = [_trained(problem, member, int(draw.integers(2**31))) for member in members]
        members.sort(key=lambda member: member.score, reverse=True)
        best = members[0]
        history.append((float(done * problem.members), -best.score))
        if done == problem.rounds or time.monotonic() >= deadline:
            break
        count = max(1, int(REPLACED * problem.members))
        for place in range(problem.members - count, problem.members):
            parent = members[int(draw.integers(count))]
            scaled = parent.hyper * FACTOR ** draw.choice([-1.0, 1.0], box.lower.size)
            members[place] = parent._replace(hyper=np.clip(scaled, box.lower, box.upper))
    assert best is not None
    outcome = Outcome.LIMIT if np.isfinite(best.score) else Outcome.UNDEFINED
    return answered(
        np.array(best.course), -best.score, outcome, error=float("nan"), evaluations=int(history[-1][0]),
        iterations=len(history), point=best.state, history=history,
        route="pbt, population-based training, arXiv:1711.09846; the objective is the negated score",
    )  # fmt: skip


def _trained(problem: Training, member: Member, seed: int) -> Member:
    """The member after one more stretch; of the worst score where the stretch failed."""
    try:
        state, score = problem.train(member.state, member.hyper.copy(), seed)
    except Exception:  # a failed stretch is a value, of whichever cause
        return member._replace(course=(*member.course, member.hyper), score=-np.inf)
    score = float(score) if np.isfinite(score) else -np.inf
    return Member(state, member.hyper, (*member.course, member.hyper), score)
