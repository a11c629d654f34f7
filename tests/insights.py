"""Insights for the tests."""

from typing import Any

from library.insight import Insight, Label, Status

SETUP = Label(track="General Formulation", group="Variable Definition", name="Setup")
FLOW = Label(track="Domain Modeling", group="Network Flow", name="Conservation")
CODE = Label(track="Code Implementation", group="Solver Syntax", name="Indexing")


def setup_costs(**changes: Any) -> Insight:
    """About fixed charges."""
    return Insight(
        **{
            "labels": (SETUP,),
            "condition": "Applies when a machine costs a fixed charge before the first unit is made.",
            "explanation": "Use a binary variable for opening, and link it to the quantity by a capacity.",
            "status": Status.ACTIVE,
            **changes,
        }
    )


def conservation(**changes: Any) -> Insight:
    """About flows."""
    return Insight(
        **{
            "labels": (FLOW,),
            "condition": "Applies when goods travel through pipes and junctions of a network.",
            "explanation": "At each junction, what comes in equals what goes out.",
            "example": "sum(flow[i, j] for i in nodes) == sum(flow[j, k] for k in nodes)",
            "status": Status.ACTIVE,
            **changes,
        }
    )
