"""Say the answer in plain words, made from the verified numbers alone; no language model is asked."""

from agent.formulation.instance import Key
from agent.formulation.model import Formulation, Variable
from agent.formulation.tightness import binding
from agent.state import Deps, Outcome, RunState
from agent.workbench import Built

MAX_LISTED = 12


async def explain(state: RunState, deps: Deps) -> RunState:
    """The state with an explanation in words."""
    return state.model_copy(update={"explanation": explanation(state, deps)})


def explanation(state: RunState, deps: Deps) -> str:
    """The answer in words: goal, plan, what limits it, or why there is none."""
    decision = state.decision
    assert decision is not None  # decide comes before explain
    candidate = state.chosen
    if candidate is not None and candidate.outcome is not None and candidate.outcome.status == "unclear":
        return f"I cannot solve this as it is told: {candidate.outcome.message}."
    if candidate is None or candidate.formulation is None or candidate.outcome is None:
        return f"There is no answer: {decision.reason}."
    built = deps.workbench.built(candidate.formulation)
    told = _told(candidate.outcome, built)
    if decision.status == "unsure":
        return f"I am not sure. {decision.question} The likeliest answer so far: {told}"
    return told


def _told(outcome: Outcome, built: Built) -> str:
    formulation = built.instance.formulation
    if outcome.status == "infeasible":
        return _infeasible(formulation, outcome)
    if outcome.status == "unbounded":
        names = ", ".join(outcome.unlimited) or "some variables"
        goal = formulation.objective.meaning or "objective"
        return f"There is no optimum: the {goal} improves without limit as {names} grow. A limit on them is missing."
    goal = _goal(formulation, outcome)
    plan = "; ".join(_plan(built, outcome))
    limits = binding(built.instance, built.instance.keyed(outcome.values))
    sentences = [f"{goal} with {plan}." if plan else f"{goal}, with every variable at zero."]
    if limits:
        sentences.append(f"It is limited by: {', '.join(limits[:MAX_LISTED])}.")
    if outcome.status == "feasible":
        sentences.append(_gap(outcome))
    return " ".join(sentences)


def _goal(formulation: Formulation, outcome: Outcome) -> str:
    sense = "largest" if formulation.objective.sense == "maximize" else "smallest"
    word = "best found so far" if outcome.status == "feasible" else sense
    subject = formulation.objective.meaning or "objective"
    return f"The {word} {subject} is {number(outcome.objective or 0.0)}{_unit(formulation.objective.unit)}"


def _gap(outcome: Outcome) -> str:
    if outcome.bound is None:
        return "It is not proven to be the best."
    return f"It is not proven to be the best: the bound stands at {number(outcome.bound)}."


def _infeasible(formulation: Formulation, outcome: Outcome) -> str:
    meanings = {c.name: c.meaning or c.expression for c in formulation.constraints}
    places = {name: f"({position})" for position, name in enumerate(outcome.conflict, 1)}
    parts = "; ".join(f"{place} {meanings.get(name, name)}" for name, place in places.items())
    if not parts:
        return "No plan is possible. Which of the limits contradict each other was not found."
    reliefs = [
        f"{places[relief.constraint]}{f' for {relief.index}' if relief.index else ''} by {number(relief.amount)}"
        for relief in outcome.relief
        if relief.constraint in places
    ]
    way = (
        f"It becomes possible if one gives way: {', or '.join(reliefs[:MAX_LISTED])}."
        if reliefs
        else "Relax at least one of them."
    )
    return f"No plan is possible. These cannot hold together: {parts}. {way}"


def _plan(built: Built, outcome: Outcome) -> list[str]:
    lines = []
    for variable in built.instance.formulation.variables:
        keys = built.instance.keys(variable.indices)
        for key, value in zip(keys, outcome.values.get(variable.name, ()), strict=True):
            if abs(value) > 1e-9:
                lines.append(f"{_subject(variable, key)} = {number(value)}{_unit(variable.unit)}")
    if len(lines) > MAX_LISTED:
        lines = [*lines[:MAX_LISTED], f"and {len(lines) - MAX_LISTED} more"]
    return lines


def _subject(variable: Variable, key: Key) -> str:
    if key == ():
        return variable.name
    shown = ", ".join(map(str, key)) if isinstance(key, tuple) else key
    return f"{variable.name}[{shown}]"


def number(value: float) -> str:
    """A number for people: no trailing zeros, thousands separated."""
    if value and abs(value) < 1e-4:
        return f"{value:.6g}"
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""
