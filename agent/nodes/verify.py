"""Believe nobody: recompute every constraint, bound, integrality and the objective from formulation and data."""

import asyncio

from agent.errors import FormulationError
from agent.formulation.compile import component_name
from agent.formulation.model import Constraint, Formulation
from agent.formulation.numbers import invented_numbers, scarce_numbers, unused_numbers
from agent.formulation.violation import objective_value, violations
from agent.nodes.review import better_of, complain, doubt, give_up
from agent.state import Candidate, Deps, Outcome, RunState, Stage
from agent.workbench import Built
from solvers import SolversError
from solvers.conflict import conflict

TOLERANCE = 1e-6


async def verify(state: RunState, deps: Deps) -> RunState:
    """The state with each outcome checked; what fails, or looks like a slip of the model's, is sent back."""
    checked = [
        await asyncio.to_thread(_verify, candidate, state, deps) for candidate in state.at(Stage.SOLVED)
    ]
    return state.with_candidates(*checked)


def _verify(candidate: Candidate, state: RunState, deps: Deps) -> Candidate:
    assert candidate.formulation is not None and candidate.outcome is not None  # what is solved has both
    built = deps.workbench.built(candidate.formulation)
    outcome, faults = _checked(built, candidate.outcome)
    candidate = candidate.model_copy(update={"outcome": outcome, "stage": Stage.VERIFIED})
    if (
        outcome.status in ("no_solution", "failed") and not outcome.values
    ):  # the engine's trouble, not the model's
        return give_up(candidate, outcome.message)
    if faults:
        return complain(candidate, faults, state.plan.max_repairs)
    warnings = candidate.warnings
    if candidate.road == "formulation":
        warnings += _odd_numbers(state.question, built.instance.formulation)
    candidate = candidate.model_copy(update={"warnings": warnings})
    reason = _reason_to_doubt(candidate, outcome)
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


def _checked(built: Built, outcome: Outcome) -> tuple[Outcome, str]:
    """The outcome with what we recomputed, and what is wrong with it."""
    if outcome.status == "infeasible":
        return outcome.model_copy(update={"conflict": _conflict(built)}), ""
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


def _conflict(built: Built) -> tuple[str, ...]:
    """The constraints in conflict by the formulation's names; empty where it could not be found."""
    names = {component_name(c.name): c.name for c in built.instance.formulation.constraints}
    try:
        return tuple(names[name] for name in conflict(built.model) if name in names)
    except SolversError:  # the verdict stands without its explanation
        return ()


def _reason_to_doubt(candidate: Candidate, outcome: Outcome) -> str:
    """Why the language model should look at its formulation again, where there is reason."""
    if outcome.status == "infeasible":
        names = ", ".join(f"`{name}`" for name in outcome.conflict)
        texts = [f"{c.name}: {c.expression}" for c in _constraints(candidate) if c.name in outcome.conflict]
        return (
            f"No values satisfy these constraints together: {names}.\n"
            + "\n".join(texts)
            + "\nCompare them with the "
            "problem: correct what differs from it. If the problem itself is contradictory, answer the same again."
        )
    if outcome.status == "unbounded":
        names = ", ".join(outcome.unlimited) or "some variables"
        return (
            f"The objective improves without limit as {names} grow. Compare with the problem: a limit is missing, "
            "or the sense is wrong. If the problem itself has no limit, answer the same again."
        )
    if candidate.warnings:
        return (
            "; ".join(candidate.warnings)
            + ". Compare with the problem: correct what differs, or answer the same again."
        )
    return ""


def _constraints(candidate: Candidate) -> tuple[Constraint, ...]:
    return candidate.formulation.constraints if candidate.formulation else ()
