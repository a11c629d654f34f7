"""Believe nobody: recompute every constraint, bound, integrality and the objective from formulation and data."""

import asyncio

from agent.errors import FormulationError
from agent.formulation.compile import component_name
from agent.formulation.model import Formulation
from agent.formulation.numbers import invented_numbers, scarce_numbers, unused_numbers
from agent.formulation.violation import objective_value, violations
from agent.nodes.review import better_of, complain, doubt, give_up
from agent.nodes.solve import time_left
from agent.state import Candidate, Deps, Outcome, Relief, RunState, Stage
from agent.workbench import Built
from solvers import SolversError
from solvers.infeasible import component_of, explain_infeasible

TOLERANCE = 1e-6
CONFLICT_LIMIT_S = 30.0


async def verify(state: RunState, deps: Deps) -> RunState:
    """The state with each outcome checked; what fails, or looks like a slip of the model's, is sent back."""
    checked = [
        await asyncio.to_thread(_verify, candidate, state, deps) for candidate in state.at(Stage.SOLVED)
    ]
    return state.with_candidates(*checked)


def _verify(candidate: Candidate, state: RunState, deps: Deps) -> Candidate:
    assert candidate.formulation is not None and candidate.outcome is not None  # what is solved has both
    built = deps.workbench.built(candidate.formulation)
    outcome, faults = _checked(built, candidate.outcome, time_left(state, deps))
    candidate = candidate.model_copy(update={"outcome": outcome, "stage": Stage.VERIFIED})
    if (
        outcome.status in ("no_solution", "failed") and not outcome.values
    ):  # the engine's trouble, not the model's
        return give_up(candidate, outcome.message)
    if faults:
        return complain(candidate, faults, state.plan.max_repairs)
    warnings = candidate.warnings
    if candidate.road == "formulation":
        warnings += (*_odd_numbers(state.question, built.instance.formulation), *_odd_values(outcome))
    candidate = candidate.model_copy(update={"warnings": warnings})
    reason = _reason_to_doubt(candidate, outcome, is_alone=state.plan.samples == 1)
    if reason and candidate.repairs == 0 and state.plan.max_repairs:
        return doubt(candidate, reason, state.plan.max_repairs)
    return better_of(candidate)


def _odd_numbers(question: str, formulation: Formulation) -> tuple[str, ...]:
    unused = (f"the number {word} of the text is not used" for word in unused_numbers(question, formulation))
    invented = (f"the number {word} is not in the text" for word in invented_numbers(question, formulation))
    scarce = (
        f"the text states the number {word} more often than it is used"
        for word in scarce_numbers(question, formulation)
    )
    return (*unused, *scarce, *invented)


def _odd_values(outcome: Outcome) -> tuple[str, ...]:
    """Doing nothing is rarely what an optimization problem asks about: a requirement was forgotten."""
    is_nothing = bool(outcome.values) and not any(map(any, outcome.values.values()))
    return ("its optimum has every variable at zero",) if is_nothing else ()


def _checked(built: Built, outcome: Outcome, limit_s: float) -> tuple[Outcome, str]:
    """The outcome with what we recomputed, and what is wrong with it."""
    if outcome.status == "infeasible":
        return _with_conflict(outcome, built, limit_s), ""
    if outcome.status == "unbounded":  # an engine may hand over some point, which is no answer
        return outcome.model_copy(update={"values": {}}), ""
    if not outcome.values:
        return outcome, ""
    values = built.instance.keyed(outcome.values)
    try:
        objective = objective_value(built.instance, values)
        broken = violations(built.instance, values, tolerance=-1.0)
    except FormulationError as error:
        return outcome.model_copy(update={"status": "failed"}), str(error)
    worst = broken[0] if broken else None
    update = {
        "objective": objective,
        "violation": worst.amount if worst else 0.0,
        "culprit": str(worst) if worst and worst.amount > TOLERANCE else "",
    }
    checked = outcome.model_copy(update=update)
    if worst and worst.amount > TOLERANCE:
        return checked.model_copy(update={"status": "failed"}), f"the solution does not hold: {worst}"
    reported = outcome.reported
    # A one-sided auxiliary of max or abs may stand above the true value in an incumbent that is not optimal.
    is_exact = outcome.status == "optimal"
    if is_exact and reported is not None and _gap(reported, objective) > TOLERANCE:
        text = f"the engine reports the objective {reported:g}, but it is {objective:g}"
        return checked.model_copy(update={"status": "failed"}), text
    if is_exact and outcome.bound is not None and _gap(outcome.bound, objective) > TOLERANCE:
        return checked.model_copy(update={"status": "feasible"}), ""  # the bound does not prove it
    return checked, ""


def _gap(a: float, b: float) -> float:
    return abs(a - b) / max(1.0, abs(b))


def _with_conflict(outcome: Outcome, built: Built, limit_s: float) -> Outcome:
    """The outcome with the constraints in conflict by the formulation's names; empty where it was not found."""
    names = {component_name(c.name): c.name for c in built.instance.formulation.constraints}
    try:
        found = explain_infeasible(built.model, time_limit=min(limit_s, CONFLICT_LIMIT_S))
    except SolversError:  # the verdict stands without its explanation
        return outcome
    relief = []
    for relaxation in found.alone:
        component = component_of(relaxation.constraint)
        if component in names:
            index = relaxation.constraint[len(component) + 1 : -1]
            relief.append(Relief(constraint=names[component], index=index, amount=relaxation.amount))
    conflict = tuple(names[name] for name in found.components if name in names)
    return outcome.model_copy(update={"conflict": conflict, "relief": tuple(relief)})


def _reason_to_doubt(candidate: Candidate, outcome: Outcome, *, is_alone: bool) -> str:
    """Why the language model should formulate anew, as a hint, where there is reason.

    What only looks odd is asked about where there is one sample; among several it has less weight in the vote.
    """
    constraints = candidate.formulation.constraints if candidate.formulation else ()
    if outcome.status == "infeasible":
        texts = [
            f"- {c.meaning or c.name}: {c.expression}" for c in constraints if c.name in outcome.conflict
        ]
        return (
            "An earlier formulation had these constraints, which no values satisfy together:\n"
            + "\n".join(texts)
            + "\nAt least one of them says something else than the problem, unless that is contradictory itself. "
            "Read what each limits, and formulate the problem anew."
        )
    if outcome.status == "unbounded":
        names = ", ".join(outcome.unlimited) or "some variables"
        return (
            f"In an earlier formulation the objective improved without limit as {names} grew: a limit of the "
            "problem was missing, or the sense was wrong. Formulate it anew with every limit of the problem."
        )
    if candidate.warnings and is_alone:
        return f"Of an earlier formulation: {'; '.join(candidate.warnings)}. Formulate the problem anew."
    return ""
