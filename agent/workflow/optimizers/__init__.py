"""Optimizers: they propose, ``optimize`` decides."""

from agent.workflow.optimizers.blackbox import BlackBox as BlackBox
from agent.workflow.optimizers.opro import Opro as Opro
from agent.workflow.optimizers.optoprime import OptoPrime as OptoPrime
from agent.workflow.optimizers.protocol import Optimizer as Optimizer
from agent.workflow.optimizers.protocol import Proposer as Proposer
from agent.workflow.optimizers.protocol import Situation as Situation
from agent.workflow.optimizers.protocol import Tried as Tried
from agent.workflow.optimizers.textgrad import TextGrad as TextGrad

__all__ = ["BlackBox", "Opro", "Optimizer", "OptoPrime", "Proposer", "Situation", "TextGrad", "Tried"]
