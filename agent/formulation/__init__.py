"""Typed formulations: the algebra, its checks, its data and its way into Pyomo."""

from agent.formulation.model import Constraint as Constraint
from agent.formulation.model import Domain as Domain
from agent.formulation.model import Formulation as Formulation
from agent.formulation.model import IndexSet as IndexSet
from agent.formulation.model import Objective as Objective
from agent.formulation.model import Parameter as Parameter
from agent.formulation.model import ParameterSource as ParameterSource
from agent.formulation.model import Sense as Sense
from agent.formulation.model import SetSource as SetSource
from agent.formulation.model import Variable as Variable

__all__ = [
    "Constraint",
    "Domain",
    "Formulation",
    "IndexSet",
    "Objective",
    "Parameter",
    "ParameterSource",
    "Sense",
    "SetSource",
    "Variable",
]
