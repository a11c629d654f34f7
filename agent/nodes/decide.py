"""Add the candidates up: a vote by status and objective, more samples while open, abstention below the threshold."""

from collections.abc import Sequence

from agent.state import Candidate, Decision, Deps, RunState, Stage

TOLERANCE = 1e-6


async def decide(state: RunState, deps: Deps) -> RunState:  # noqa: ARG001
    """The state with more drafts, where another sample can change the result, or with a decision."""
    more = _more(state)
    if more:
        return state.with_candidates(*more)
    return state.model_copy(update={"decision": decision(state)})


def decision(state: RunState) -> Decision:
    """What the candidates add up to.

    The leader is the group with most votes, where a candidate with warnings has less than a vote. Confidence is the
    rule of succession on its votes, (votes + 1) / (candidates + 2), lowered for repairs. A tie, or a confidence
    below the threshold, is "unsure".
    """
    tuning = state.plan.tuning
    warned = tuning.warned_weight
    groups = sorted(_groups(state.candidates), key=lambda group: _rank(group, warned))
    if not groups:
        return Decision(chosen=None, status="failed", confidence=0.0, reason=_why_none(state))
    chosen = min(groups[0], key=lambda candidate: (_blemishes(candidate), candidate.number))
    assert chosen.outcome is not None  # only verified candidates vote
    cast = sum(not (c.is_out_of_budget and c.stage is Stage.ABANDONED) for c in state.candidates)
    confidence = (_weight(groups[0], warned) + 1) / (max(1, cast) + 2)
    confidence *= tuning.repair_penalty ** min(2, chosen.repairs)
    is_tied = len(groups) > 1 and _weight(groups[0], warned) == _weight(groups[1], warned)
    status, question = chosen.outcome.status, ""
    if status == "unclear":
        question = f"Can this be told as an optimization problem? {chosen.outcome.message}".strip()
    elif is_tied or confidence < state.plan.threshold:
        question = _open_question(groups, chosen)
    return Decision(
        chosen=chosen.number,
        status="unsure" if question else status,
        confidence=0.0 if status == "unclear" else confidence,
        reason=_reason(len(groups[0]), cast, chosen),
        votes={_label(group[0]): len(group) for group in groups},
        question=question,
    )


def _weight(group: list[Candidate], warned: float) -> float:
    """Votes of a group; what looks odd counts less, since its oddness is mostly a slip."""
    return sum(warned if candidate.warnings else 1.0 for candidate in group)


def _rank(group: list[Candidate], warned: float) -> tuple[bool, float, tuple[int, int], int]:
    is_unclear = group[0].formulation is None
    return is_unclear, -_weight(group, warned), _blemishes(group[0]), group[0].number


def _more(state: RunState) -> list[Candidate]:
    """New drafts: all samples that are left while no group has its majority; a program where nothing else stands."""
    candidates, samples = state.candidates, state.plan.samples
    groups = _groups(candidates)
    largest = max((len(group) for group in groups), default=0)
    asked = sum(candidate.road == "formulation" for candidate in candidates)
    following = max(candidate.number for candidate in candidates) + 1
    if any(candidate.is_out_of_budget for candidate in candidates):
        return []
    if asked < samples and largest <= samples // 2:
        profile = candidates[0].profile
        return [Candidate(number=following + i, profile=profile) for i in range(samples - asked)]
    sizes = sorted(map(len, groups), reverse=True)
    is_tied = len(sizes) > 1 and sizes[0] == sizes[1]
    has_program = any(candidate.road == "code" for candidate in candidates)
    if "code" in state.plan.roads and not has_program and (not groups or is_tied):
        return [Candidate(number=following, road="code")]
    return []


def _groups(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """The verified candidates by equal answers."""
    groups: list[list[Candidate]] = []
    for candidate in candidates:
        if candidate.stage is not Stage.VERIFIED or not candidate.outcome or not candidate.outcome.has_answer:
            continue
        home = next((group for group in groups if _agree(group[0], candidate)), None)
        if home is None:
            groups.append([candidate])
        else:
            home.append(candidate)
    return groups


def _agree(a: Candidate, b: Candidate) -> bool:
    assert a.outcome is not None and b.outcome is not None  # only verified candidates are compared
    if a.outcome.status != b.outcome.status:
        return False
    if a.outcome.objective is None or b.outcome.objective is None:
        return a.outcome.objective is b.outcome.objective
    return abs(a.outcome.objective - b.outcome.objective) <= TOLERANCE * max(1.0, abs(a.outcome.objective))


def _blemishes(candidate: Candidate) -> tuple[int, int]:
    return len(candidate.warnings), candidate.repairs


def _label(candidate: Candidate) -> str:
    assert candidate.outcome is not None  # only verified candidates are labelled
    objective = candidate.outcome.objective
    return candidate.outcome.status if objective is None else f"{objective:.10g}"


def _reason(votes: int, cast: int, chosen: Candidate) -> str:
    parts = [
        "one formulation was tried" if cast == 1 else f"{votes} of {cast} independent formulations agree"
    ]
    if chosen.repairs:
        parts.append(f"it was corrected {chosen.repairs} time{'s' * (chosen.repairs > 1)}")
    return "; ".join([*parts, *chosen.warnings])


def _why_none(state: RunState) -> str:
    faults = [
        candidate.fault or (candidate.outcome.message if candidate.outcome else "")
        for candidate in state.candidates
    ]
    closed = "" if "code" in state.plan.roads else "; the sandbox is too weak here to try a program instead"
    return f"no formulation could be built and verified; the fault was: {faults[0] or 'unknown'}{closed}"


def _open_question(groups: list[list[Candidate]], chosen: Candidate) -> str:
    if len(groups) > 1:
        answers = " or ".join(_label(group[0]) for group in groups[:3])
        return f"The formulations disagree ({answers}). {_difference(groups[0][0], groups[1][0])}"
    if chosen.warnings:
        return f"Please say what is meant: {chosen.warnings[0]}."
    return "Please say the limits and the goal once more, in other words."


def _difference(a: Candidate, b: Candidate) -> str:
    """The first thing in which two formulations differ, as a question."""
    if a.formulation is None or b.formulation is None:
        return "Please say the limits and the goal once more, in other words."
    domains = {v.name: v.domain for v in b.formulation.variables}
    for variable in a.formulation.variables:
        other = domains.get(variable.name)
        if other is not None and other is not variable.domain:
            return f"Is {variable.meaning or variable.name} {variable.domain.value} or {other.value}?"
    if a.formulation.objective.expression != b.formulation.objective.expression:
        first, second = a.formulation.objective, b.formulation.objective
        return f"Is the goal to {first.sense} {first.expression}, or to {second.sense} {second.expression}?"
    known = {constraint.expression for constraint in b.formulation.constraints}
    for constraint in a.formulation.constraints:
        if constraint.expression not in known:
            return f"Does this hold: {constraint.meaning or constraint.expression}?"
    return "Please say the limits once more, in other words."
