"""What a language model might answer: whole formulations as JSON of the scalar and of the indexed profile."""

import json
from collections.abc import Mapping
from typing import Any


def scalar(
    objective: str,
    constraints: Mapping[str, str],
    variables: Mapping[str, str],
    *,
    goal: str = "total",
    unit: str = "",
) -> str:
    """A reply of the scalar profile.

    Args:
        objective: sense, blank, expression.
        constraints: meanings with their expressions.
        variables: names with domain, blank, meaning.
        goal: what is optimized, in words.
        unit: of the goal.
    """
    sense, expression = objective.split(" ", 1)
    return json.dumps(
        {
            "variables": [_variable(name, *text.split(" ", 1)) for name, text in variables.items()],
            "objective": {"sense": sense, "meaning": goal, "unit": unit, "expression": expression},
            "constraints": [
                {"meaning": meaning, "expression": relation} for meaning, relation in constraints.items()
            ],
        }
    )


def _variable(name: str, domain: str, meaning: str = "") -> dict[str, str]:
    return {"name": name, "meaning": meaning, "domain": domain}


BAKERY = scalar(
    "maximize 3*bread + 8*cake",
    {
        "flour at most 220 kg": "2*bread + 5*cake <= 220",
        "oven time at most 1200 minutes": "10*bread + 30*cake <= 1200",
        "at least 20 loaves of bread": "bread >= 20",
    },
    {"bread": "integer loaves of bread", "cake": "integer cakes"},
    goal="total profit",
    unit="dollars",
)
"""For ``examples/bakery.txt``; the optimum is 340."""

BAKERY_QUESTION = (
    "A bakery sells bread at a profit of 3 and cake at 8. Bread takes 2 kg of flour and 10 minutes, cake 5 kg and "
    "30 minutes. There are 220 kg of flour, 1200 minutes, and regulars want 20 loaves of bread."
)

SIMPLE_QUESTION = "How large can x be, if it is at most 3?"
SIMPLE = scalar("maximize x", {"x at most 3": "x <= 3"}, {"x": "real x"})
INFEASIBLE = scalar("maximize x", {"x at most 3": "x <= 3", "x at least 5": "x >= 5"}, {"x": "real x"})
UNBOUNDED = scalar("maximize x", {"x at least 3": "x >= 3"}, {"x": "real x"})


def pick_rows(table: str, *, key: str, profit: str, weight: str, limit: str) -> dict[str, Any]:
    """An indexed reply that picks rows of a table: the most profit within a limit of weight."""

    def parameter(name: str, column: str) -> dict[str, Any]:
        return {
            "name": name,
            "meaning": name,
            "indices": ["items"],
            "values": None,
            "table": table,
            "keys": [key],
            "column": column,
        }

    return {
        "sets": [{"name": "items", "elements": None, "table": table, "columns": [key]}],
        "parameters": [parameter("profit", profit), parameter("weight", weight)],
        "variables": [
            {"name": "take", "meaning": "whether to take it", "indices": ["items"], "domain": "binary"}
        ],
        "objective": {
            "sense": "maximize",
            "meaning": "total value",
            "unit": "dollars",
            "expression": "sum(profit[i] * take[i] for i in items)",
        },
        "constraints": [
            {
                "meaning": "weight within the limit",
                "forall": "",
                "expression": f"sum(weight[i] * take[i] for i in items) <= {limit}",
            }
        ],
    }


def _needed_agents() -> dict[str, Any]:
    staff = [
        {"name": name, "meaning": f"{name} agents", "indices": ["shifts"], "domain": "integer"}
        for name in ("permanent", "temporary")
    ]
    return {
        "sets": [{"name": "shifts", "elements": None, "table": "needed", "columns": ["shift"]}],
        "parameters": [
            {
                "name": "need",
                "meaning": "agents needed",
                "indices": ["shifts"],
                "values": None,
                "table": "needed",
                "keys": ["shift"],
                "column": "agents",
            }
        ],
        "variables": staff,
        "objective": {
            "sense": "minimize",
            "meaning": "total cost",
            "unit": "",
            "expression": "sum(120 * permanent[s] + 150 * temporary[s] for s in shifts)",
        },
        "constraints": [
            {
                "meaning": "enough agents",
                "forall": "s in shifts",
                "expression": "permanent[s] + temporary[s] >= need[s]",
            },
            {"meaning": "at most 10 permanent", "forall": "s in shifts", "expression": "permanent[s] <= 10"},
        ],
    }


SHIFTS = json.dumps(_needed_agents())
"""For ``examples/shifts.py``; the optimum is 26 * 120 + 5 * 150 = 3870."""


def says(kind: str, element: str = "", number: float = 0, expression: str = "", **key: list[str]) -> str:
    """What the language model takes a follow-up question for."""
    return json.dumps({"kind": kind, "element": element, "number": number, "expression": expression, **key})


UNCLEAR = scalar("minimize 0", {}, {}, goal="how much flour there is")
"""Gives up, and says what is missing."""
