"""Workflows that get better: record what they do, feed back what was wrong, let an optimizer change parameters.

>>> from agent.workflow import bundle, node
>>> x = node(3.0, trainable=True, name="x")
>>> @bundle
... def square(value):
...     return value**2
>>> y = square(x) + 1
>>> y.data
10.0
>>> [parameter.name for parameter in y.backward("make it smaller").parameters]
['x']
"""

from agent.llm.ledger import Budget as Budget
from agent.workflow.bundle import Bundle as Bundle
from agent.workflow.bundle import bundle as bundle
from agent.workflow.discovery import parameters_of as parameters_of
from agent.workflow.discovery import restore as restore
from agent.workflow.gate import Margin as Margin
from agent.workflow.gate import Significance as Significance
from agent.workflow.kinds import Boolean as Boolean
from agent.workflow.kinds import Choice as Choice
from agent.workflow.kinds import Code as Code
from agent.workflow.kinds import Json as Json
from agent.workflow.kinds import Kind as Kind
from agent.workflow.kinds import Number as Number
from agent.workflow.kinds import Text as Text
from agent.workflow.nodes import Node as Node
from agent.workflow.optimize import optimize as optimize
from agent.workflow.optimizers import BlackBox as BlackBox
from agent.workflow.optimizers import Opro as Opro
from agent.workflow.optimizers import Optimizer as Optimizer
from agent.workflow.optimizers import OptoPrime as OptoPrime
from agent.workflow.optimizers import Proposer as Proposer
from agent.workflow.optimizers import TextGrad as TextGrad
from agent.workflow.parameters import Parameter as Parameter
from agent.workflow.parameters import node as node
from agent.workflow.propagation import propagate as propagate
from agent.workflow.recording import charge as charge
from agent.workflow.result import Comparison as Comparison
from agent.workflow.result import Result as Result
from agent.workflow.scoring import Score as Score

__all__ = [
    "BlackBox",
    "Boolean",
    "Budget",
    "Bundle",
    "Choice",
    "Code",
    "Comparison",
    "Json",
    "Kind",
    "Margin",
    "Node",
    "Number",
    "Opro",
    "Optimizer",
    "OptoPrime",
    "Parameter",
    "Proposer",
    "Result",
    "Score",
    "Significance",
    "Text",
    "TextGrad",
    "bundle",
    "charge",
    "node",
    "optimize",
    "parameters_of",
    "propagate",
    "restore",
]
