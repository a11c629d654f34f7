"""Runs untrusted programs and unreliable solvers in confined processes that can be stopped at any time.

A program is untrusted when a language model wrote it: through the model's errors, or through text that
somebody planted in a problem, a data file or a library entry, it may do anything. Protected are files, keys,
the network and other processes, as far as the machine's tier promises; `optwright doctor` names it. Not
promised are protection from faults of the kernel and from side channels, nor that a result is right: whoever
reads it must check it.
"""

from solvers.sandbox.client import Sandbox as Sandbox
from solvers.sandbox.client import close_shared as close_shared
from solvers.sandbox.client import shared as shared
from solvers.sandbox.client import shared_engines as shared_engines
from solvers.sandbox.errors import SandboxError as SandboxError
from solvers.sandbox.errors import SandboxProtocolError as SandboxProtocolError
from solvers.sandbox.errors import SandboxUnavailable as SandboxUnavailable
from solvers.sandbox.layers import Layers as Layers
from solvers.sandbox.layers import Tier as Tier
from solvers.sandbox.outcome import Outcome as Outcome
from solvers.sandbox.outcome import Status as Status
from solvers.sandbox.policy import Policy as Policy
from solvers.sandbox.probe import probe as probe
from solvers.sandbox.registry import JobKind as JobKind

__all__ = [
    "JobKind",
    "Layers",
    "Outcome",
    "Policy",
    "Sandbox",
    "SandboxError",
    "SandboxProtocolError",
    "SandboxUnavailable",
    "Status",
    "Tier",
    "close_shared",
    "probe",
    "shared",
    "shared_engines",
]
