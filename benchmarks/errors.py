"""What can go wrong in a benchmark, grouped by who has to act; every class is one of the agent's tree.

UserError
    DatasetError    a set that is unknown, not here, or unreadable; names file and place
    RunError        a run folder that is busy, of another run, or empty; says what to change
ConfigError
    ExtraMissing    a package is not installed; names the extra
AgentError
    FetchError      a download that failed or is not the pinned file
    StorageError    a record could not be written; nothing before it is lost
"""

from agent.errors import AgentError, ConfigError, UserError


class DatasetError(UserError):
    """A set of problems is unknown, not on this machine, or cannot be read."""


class RunError(UserError):
    """A run folder cannot be used as asked."""


class ExtraMissing(ConfigError):
    """A package that only some commands need is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f'{package} is not installed; run: pip install "optwright[{extra}]"')


class FetchError(AgentError):
    """A file could not be downloaded, or is not the one that is pinned."""


class StorageError(AgentError):
    """A record could not be written to disk."""
