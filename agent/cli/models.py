"""The language models of a run: who answers, and who proposes what is then tried."""

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from agent.cli import terminal
from agent.errors import ConfigError

if TYPE_CHECKING:
    from agent.llm import ChatModel
    from agent.settings import Settings


def both_models(settings: "Settings", stack: ExitStack) -> "tuple[ChatModel, ChatModel]":
    """Who answers, and who proposes; open as long as the stack."""
    from agent.llm import connect
    from agent.llm.progress import RichProgress

    answering = stack.enter_context(closing(connect(settings, RichProgress(terminal.err()))))
    others = settings.of_proposer()
    if others is settings:
        return answering, answering
    try:
        return answering, stack.enter_context(closing(connect(others, RichProgress(terminal.err()))))
    except ConfigError as error:
        error.add_note("This is about the model that proposes: see the settings OPTWRIGHT_PROPOSER_*.")
        raise
