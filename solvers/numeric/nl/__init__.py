"""Models in AMPL's NL format: a strict parser, and values and derivatives by NumPy alone.

An NL file is data, not code, so a model from anywhere can be read. Source of the format: Gay, Writing .nl files,
Sandia National Laboratories SAND2005-7907P (2005).
"""

from solvers.numeric.nl.evaluate import Evaluator as Evaluator
from solvers.numeric.nl.limits import NLLimits as NLLimits
from solvers.numeric.nl.model import NLModel as NLModel
from solvers.numeric.nl.parse import parse_nl as parse_nl
from solvers.numeric.nl.solution import write_sol as write_sol

__all__ = ["Evaluator", "NLLimits", "NLModel", "parse_nl", "write_sol"]
