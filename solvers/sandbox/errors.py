"""What can go wrong with the sandbox itself; what a job does wrong is an ``Outcome``, not an exception.

SandboxError
    SandboxUnavailable      this machine lacks the layers that untrusted code needs, or the server does not
    start SandboxProtocolError    the sandbox was used wrongly: unknown kind, or a scratch folder for
    untrusted code
"""


class SandboxError(Exception):
    """Base of everything that the sandbox raises on purpose."""


class SandboxUnavailable(SandboxError):
    """The sandbox cannot run this job on this machine; the text names the missing layer and what to do."""


class SandboxProtocolError(SandboxError):
    """The sandbox was asked for something it does not do; a fault of the calling code."""
