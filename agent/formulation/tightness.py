"""Which constraints a solution meets with equality: those that hold it back."""

from agent.formulation.evaluate import Evaluator
from agent.formulation.instance import Instance
from agent.formulation.syntax import Compare, has_decision
from agent.formulation.violation import Values

TOLERANCE = 1e-6


def binding(instance: Instance, values: Values) -> list[str]:
    """The inequalities that hold with equality somewhere, by meaning or name, in the formulation's order."""
    evaluator = Evaluator(instance, values)
    found = []
    for rule in instance.checked.rules:
        body = rule.body
        if not isinstance(body, Compare) or body.operator not in ("<=", ">=") or not has_decision(body):
            continue
        left, right = evaluator.number(body.left), evaluator.number(body.right)
        sides = ((left(env), right(env)) for env in evaluator.loops(rule.loops)({}))
        if any(abs(a - b) <= TOLERANCE * max(1.0, abs(a), abs(b)) for a, b in sides):
            found.append(rule.meaning or rule.name)
    return found
