"""What can go wrong when solving, as exceptions; outcomes such as infeasible are values of `Status`.

SolversError
    ModelError (ValueError)     the model cannot be given to an engine; says why
    EngineMissing               no installed engine takes this model; says what to install
    SandboxError                see `solvers.sandbox.errors`
    and those of the numerical optimizer, see `solvers.numeric.errors`
"""


class SolversError(Exception):
    """Base of everything that this package raises on purpose."""


class ModelError(SolversError, ValueError):
    """The model cannot be solved as it stands: objectives, numbers that are not finite."""


class EngineMissing(SolversError):
    """No installed engine takes this class of model."""
