"""Follow-up questions in words: a language model says which question it is, the answer is computed and verified."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from agent import settings as configuration
from agent.changes import AddConstraint, Change, DropConstraint, SetBound, SetLimit, SetNumber, SetObjective
from agent.comparison import Difference
from agent.entries import element_of, entries, parts, some
from agent.errors import ModelReplyInvalid, QuestionError, SessionError, UserError
from agent.formulation.instance import Key
from agent.formulation.model import Formulation, Sense
from agent.llm import Budget, ChatModel, Ledger, Message, Meter, connect
from agent.nodes.explain import number as shown
from agent.nodes.intake import clean
from agent.prompts import fenced, load
from agent.sessions import Sessions
from agent.settings import Settings
from agent.solution import Solution
from agent.solving import blocking
from agent.whatif import formulation_of, other_plans, told_changes, what_hurts, what_if, why_not_more
from solvers import Plan

Kind = Literal[
    "set_limit",
    "set_number",
    "set_lower",
    "set_upper",
    "add_constraint",
    "drop_constraint",
    "set_objective",
    "why_not_more",
    "what_hurts",
    "other_plans",
    "new_problem",
]
MAX_PLANS = 10
MAX_ELEMENTS = 60
"""Of a set, that the language model is told; of all sets, that it may only choose from."""
MAX_INDICES = 6
MAX_REPLY_TOKENS = 300


class Asked(BaseModel):
    """What a follow-up asks.

    Attributes:
        kind: which question it is.
        element: the constraint, parameter or variable that is meant; empty where none is.
        number: the new limit, number or bound, or how many plans; 0 where none is.
        expression: the new constraint or objective in the algebra; empty where there is none.
        key: which entry of something indexed is meant; empty where it has no indices.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: Kind
    element: str
    number: float
    expression: str
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The answer to a follow-up question.

    Attributes:
        kind: which question it was taken for.
        understood: that in words, for the user to check.
        text: the answer in words, from verified numbers.
        solution: the new solution, where something was changed.
        difference: to the solution asked about.
        plans: where other plans were asked for; the first is the optimum.
        ledger: calls of the language model.
    """

    kind: Kind
    understood: str
    text: str
    ledger: Ledger
    solution: Solution | None = None
    difference: Difference | None = None
    plans: tuple[Plan, ...] = ()


def follow_up(
    text: str, solution: Solution, *, model: ChatModel, budget: Budget | None = None, time_limit: float = 60.0
) -> FollowUp:
    """The answer to a question about a solution, such as "what if flour drops to 30?".

    Args:
        text: the question, in words.
        solution: what it is about.
        model: who says which question it is; numbers come from solvers alone.
        budget: limits on the language model.
        time_limit: seconds for each solve.

    Raises:
        QuestionError: it is no question about this solution.
        UserError: the solution has no formulation, or what is asked cannot be done; the text says why.
        ModelUnavailable: the language model gave no answer.
    """
    formulation = formulation_of(solution)
    meter = Meter(model, budget)
    asked = understand(clean(text), formulation, meter, solution.instance.sets)
    return answer(asked, solution, ledger=meter.ledger, time_limit=time_limit)


def answer(
    asked: Asked, solution: Solution, *, ledger: Ledger | None = None, time_limit: float = 60.0
) -> FollowUp:
    """The answer to a question that is already understood; no language model is asked.

    Raises:
        UserError: as for `follow_up`.
    """
    parts = _parts_of_answer(asked, solution, time_limit)
    return FollowUp(kind=asked.kind, ledger=ledger or Ledger(), **parts)


def ask(
    text: str,
    session: str,
    *,
    model: ChatModel | None = None,
    budget: Budget | None = None,
    time_limit: float = 60.0,
    settings: Settings | None = None,
) -> FollowUp:
    """The answer to a question about the last answer of a session; otherwise as `follow_up`.

    Raises:
        SessionError: there is no such session, or its run has not come to its end.
    """
    settings = settings or configuration.load()
    solution = blocking(last_solution(Sessions(settings.state_dir), session))
    chat = connect(settings) if model is None else model
    return follow_up(text, solution, model=chat, budget=budget, time_limit=time_limit)


async def last_solution(sessions: Sessions, name: str) -> Solution:
    """The solution that a session's run came to.

    Raises:
        SessionError: there is no such session, or its run has not come to its end.
    """
    async with sessions.saver() as saver:
        state, is_over = await sessions.last_state(saver, name)
    if not is_over:
        raise SessionError(f"the run of session `{name}` has not come to its end; go on with it first")
    return Solution(state, sessions.tables(state.data_digest))


def understand(text: str, formulation: Formulation, meter: Meter, sets: Mapping[str, Sequence[Key]]) -> Asked:
    """Which question it is; the model can only name what the formulation and its data have.

    Raises:
        ModelReplyInvalid: the reply is of no use.
    """
    asked = f"{fenced('model', told(formulation, sets))}\n{fenced('question', text)}"
    reply = meter.complete(
        "follow_up",
        [*load("follow_up"), Message("user", asked)],
        schema=_schema(formulation, sets),
        schema_name="follow_up",
        max_tokens=MAX_REPLY_TOKENS,
    )
    try:
        return Asked.model_validate_json(reply.text)
    except ValidationError as error:
        raise ModelReplyInvalid(f"the reply says no question: {error.errors()[0]['msg']}") from None


def told(formulation: Formulation, sets: Mapping[str, Sequence[Key]]) -> str:
    """The formulation in a line for each set, variable, parameter and constraint; long sets are cut."""
    goal = formulation.objective
    variables = ", ".join(f"{v.name}{_indices(v)} ({v.meaning})" for v in formulation.variables)
    lines = [f"{goal.sense} {goal.meaning}: {goal.expression}", f"variables: {variables}"]
    for name, elements in sets.items():
        more = ", ..." if len(elements) > MAX_ELEMENTS else ""
        lines.append(f"set {name}: {', '.join(map(str, elements[:MAX_ELEMENTS]))}{more}")
    for parameter in formulation.parameters:
        values = f" = {parameter.values}" if not parameter.indices and parameter.values is not None else ""
        lines.append(f"parameter {parameter.name}{_indices(parameter)}: {parameter.meaning}{values}")
    for constraint in formulation.constraints:
        loops = f" for {constraint.forall}" if constraint.forall else ""
        lines.append(f"constraint {constraint.name}: {constraint.meaning}: {constraint.expression}{loops}")
    return "\n".join(lines)


def _indices(item: Any) -> str:
    return f"[{', '.join(item.indices)}]" if item.indices else ""


def _schema(formulation: Formulation, sets: Mapping[str, Sequence[Key]]) -> dict[str, Any]:
    groups = (formulation.variables, formulation.parameters, formulation.constraints)
    names = [item.name for group in groups for item in group]
    properties: dict[str, Any] = {
        "kind": {"type": "string", "enum": list(get_args(Kind))},
        "element": {"type": "string", "enum": [*names, ""]},
        "number": {"type": "number"},
        "expression": {"type": "string"},
    }
    if sets:
        known = {str(part): None for elements in sets.values() for key in parts(elements) for part in key}
        part = {"type": "string"} if len(known) > MAX_ELEMENTS else {"type": "string", "enum": list(known)}
        properties["key"] = {"type": "array", "items": part, "maxItems": MAX_INDICES}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _parts_of_answer(asked: Asked, solution: Solution, time_limit: float) -> dict[str, Any]:
    match asked.kind:
        case "new_problem":
            raise QuestionError(
                "this is no question about the last answer that can be computed; ask it as a new problem, or say "
                "which limit, number or variable is to change"
            )
        case "what_hurts":
            return {"understood": "which limit costs most", "text": _hurts(solution, time_limit)}
        case "other_plans":
            count = min(MAX_PLANS, max(2, round(asked.number) or 3))
            plans = other_plans(solution, count, time_limit=time_limit)
            return {
                "understood": f"{count} different plans",
                "text": _plans(plans, count),
                "plans": tuple(plans),
            }
        case "why_not_more":
            more = why_not_more(solution, asked.element, asked.key, time_limit=time_limit)
            name = f"{asked.element}[{', '.join(asked.key)}]" if asked.key else asked.element
            text = _why_not(name, more.difference, more.solution)
            return {"understood": f"why not more of {name}", "text": text, **_parts(more)}
    change = _change(asked, solution)
    _refuse_whole_families(change, solution)
    result = what_if(solution, change, time_limit=time_limit)
    text = str(result.difference)
    if result.solution.objective is None:
        text = result.solution.explanation
    return {"understood": told_changes([change]), "text": text, **_parts(result)}


def _parts(result: Any) -> dict[str, Any]:
    return {"solution": result.solution, "difference": result.difference}


def _kind(asked: Asked, formulation: Formulation) -> Kind:
    """The kind, by what the element is where a number is set: small models mix these kinds up."""
    if asked.kind not in ("set_limit", "set_number", "set_lower", "set_upper"):
        return asked.kind
    if any(item.name == asked.element for item in formulation.constraints):
        return "set_limit"
    if any(item.name == asked.element for item in formulation.parameters):
        return "set_number"
    return "set_lower" if asked.kind == "set_lower" else "set_upper"


def _change(asked: Asked, solution: Solution) -> Change:
    goal = formulation_of(solution).objective
    match _kind(asked, formulation_of(solution)):
        case "set_limit":
            return SetLimit(constraint=asked.element, limit=asked.number, key=asked.key)
        case "set_number":
            return SetNumber(parameter=asked.element, number=asked.number, key=asked.key)
        case "set_lower":
            return SetBound(variable=asked.element, side="lower", bound=asked.number, key=asked.key)
        case "set_upper":
            return SetBound(variable=asked.element, side="upper", bound=asked.number, key=asked.key)
        case "add_constraint":
            return AddConstraint(expression=asked.expression)
        case "drop_constraint":
            return DropConstraint(constraint=asked.element, key=asked.key)
        case "set_objective":
            sense, _, rest = asked.expression.partition(" ")
            if sense.rstrip("e:") in ("maximiz", "minimiz"):
                return SetObjective(sense=Sense(sense.rstrip(":")), expression=rest)
            return SetObjective(sense=goal.sense, expression=asked.expression)
    raise UserError(f"{asked.kind} is no change")


def _refuse_whole_families(change: Change, solution: Solution) -> None:
    """One number for every entry of something indexed is rarely what was meant.

    Raises:
        UserError: the change names something that has several entries, and none of them.
    """
    if not isinstance(change, SetLimit | SetNumber | SetBound) or change.key:
        return
    keys = entries(change, solution.instance)
    if keys != [()]:
        raise UserError(
            f"`{element_of(change)}` has several entries, such as {some(keys)}; say which one is meant, or change all "
            "of them with agent.what_if"
        )


def _hurts(solution: Solution, time_limit: float) -> str:
    grips = [grip for grip in what_hurts(solution, time_limit=time_limit) if grip.gain > 0]
    if not grips:
        return (
            "No single inequality holds the objective back: easing any one alone was not seen to change it."
        )
    unit = f" {solution.unit}" if solution.unit else ""
    lines = [
        f"{grip.meaning or grip.constraint}: easing it by {shown(grip.by)} is worth {shown(grip.gain)}{unit}"
        for grip in grips
    ]
    return "What holds the objective back, the worst first: " + "; ".join(lines) + "."


def _plans(plans: list[Plan], count: int) -> str:
    if len(plans) < 2:
        return "There is no other plan nearly as good."
    lines = []
    for position, plan in enumerate(plans, start=1):
        used = ", ".join(
            f"{name} = {shown(value)}" for name, value in plan.values.items() if abs(value) > 1e-6
        )
        lines.append(f"({position}) {shown(plan.objective)} with {used or 'nothing'}")
    fewer = "" if len(plans) >= count else f" No other is nearly as good; {count} were asked for."
    doubt = (
        "" if plans[0].is_proven else " The first is the best that was found in time, not a proven optimum."
    )
    return "; ".join(lines) + f".{fewer}{doubt}"


def _why_not(name: str, difference: Difference, after: Solution) -> str:
    if after.status == "infeasible":
        return f"More of {name} is not possible. {after.explanation}"
    if after.objective is None:
        return f"Whether more of {name} is possible was not found: {after.explanation}"
    if difference.change is not None and abs(difference.change) > 1e-9:
        return f"With more of {name} {str(difference).splitlines()[0]}."
    return f"More of {name} is possible at no cost."
