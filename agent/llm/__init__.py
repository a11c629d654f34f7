"""Language models: the seam, what implements it, and the account of what calls cost.

Nothing is imported until it is used, so that a program without a call to a model does not wait for an SDK.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.llm.connection import connect as connect
    from agent.llm.embedded import EmbeddedModel as EmbeddedModel
    from agent.llm.ledger import Budget as Budget
    from agent.llm.ledger import Call as Call
    from agent.llm.ledger import Ledger as Ledger
    from agent.llm.meter import Meter as Meter
    from agent.llm.openai_model import OpenAIModel as OpenAIModel
    from agent.llm.protocol import ChatModel as ChatModel
    from agent.llm.protocol import Message as Message
    from agent.llm.protocol import Reply as Reply
    from agent.llm.protocol import Usage as Usage
    from agent.llm.recorded import RecordedModel as RecordedModel
    from agent.llm.scripted import ScriptedModel as ScriptedModel

_HOMES = {
    "Budget": "ledger",
    "Call": "ledger",
    "ChatModel": "protocol",
    "EmbeddedModel": "embedded",
    "Ledger": "ledger",
    "Message": "protocol",
    "Meter": "meter",
    "OpenAIModel": "openai_model",
    "RecordedModel": "recorded",
    "Reply": "protocol",
    "ScriptedModel": "scripted",
    "Usage": "protocol",
    "connect": "connection",
}

__all__ = [
    "Budget",
    "Call",
    "ChatModel",
    "EmbeddedModel",
    "Ledger",
    "Message",
    "Meter",
    "OpenAIModel",
    "RecordedModel",
    "Reply",
    "ScriptedModel",
    "Usage",
    "connect",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """The public names, which complete in a shell before they are imported."""
    return list(__all__)
