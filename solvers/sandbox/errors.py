"""What can go wrong with the sandbox itself; what a job does wrong is an ``Outcome``, not an exception.

SandboxError (SolversError)
    SandboxUnavailable      this machine lacks the layers that untrusted code needs, or no server starts
    SandboxProtocolError    the sandbox was used wrongly: an unknown kind, or a scratch folder for untrusted code
"""

from solvers.errors import SolversError


class SandboxError(SolversError):
    """Base of everything that the sandbox raises on purpose."""


class SandboxUnavailable(SandboxError):
    """The sandbox cannot run this job on this machine; the text names the missing layer and what to do."""


class SandboxProtocolError(SandboxError):
    """The sandbox was asked for something it does not do; a fault of the calling code."""
