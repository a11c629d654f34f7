"""What can go wrong, grouped by who has to act.

AgentError
    UserError (ValueError)      the caller's input; print the text, no traceback
        DataError               a file or table: names file, row and column
        QuestionError           the text is empty, too long or no question
        FormulationError        the formulation: names the element and the column of the fault
        SessionError            no such session, or nothing to resume
        WorkflowError           a workflow, its parameters, data or journal
    ConfigError                 settings, extras or model files; says which one and what to set
    ModelUnavailable            the endpoint is down, slow or refuses; says what was tried
    ModelReplyInvalid           the endpoint answered something that cannot be used
    BudgetExceeded              calls, tokens, money or seconds are spent
"""


class AgentError(Exception):
    """Base of everything that Optwright raises on purpose."""


class UserError(AgentError, ValueError):
    """The caller's input cannot be used; the text says what to change."""


class DataError(UserError):
    """A data file or table cannot be used; the text names file, row and column."""


class QuestionError(UserError):
    """The question is empty, too long, or not text."""


class FormulationError(UserError):
    """A formulation is wrong; the text names the element and shows the fault."""


class SessionError(UserError):
    """The session does not exist, or has nothing to resume."""


class WorkflowError(UserError):
    """A workflow, its parameters, data, score or journal cannot be used; the text says which and why."""


class ConfigError(AgentError):
    """A setting, extra or model file is missing or wrong; the text says what to set."""


class ModelUnavailable(AgentError):
    """The language model cannot be reached within the budget."""


class ModelReplyInvalid(AgentError):
    """The language model's reply cannot be used."""


class BudgetExceeded(AgentError):
    """The budget of calls, tokens, money or seconds is spent."""
