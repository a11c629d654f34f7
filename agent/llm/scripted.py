"""A ``ChatModel`` that says what it is told to: for tests, examples and dry runs."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace

from agent.errors import AgentError, ModelReplyInvalid, ModelUnavailable
from agent.llm.base import Request, RequestModel
from agent.llm.json_text import json_document
from agent.llm.protocol import OnText, Reply, Usage

Script = str | Reply | AgentError


class ScriptedModel(RequestModel):
    """Answers from a list of replies, in order, or by a function of the request; records what it was asked.

    An ``AgentError`` in the script is raised. Tokens are counted as words.

        model = ScriptedModel(["first answer", ModelUnavailable("down")])
        model = ScriptedModel(lambda request: request.messages[-1].content.upper())
    """

    def __init__(
        self,
        replies: Iterable[Script] | Callable[[Request], Script],
        *,
        name: str = "scripted",
        cost: float | None = 0.0,
        delay_s: float = 0.0,
    ) -> None:
        """Takes the script.

        Args:
            replies: the replies in order, or a function that makes them.
            name: the name it goes by.
            cost: money that each reply is said to have cost.
            delay_s: seconds that each reply takes.
        """
        self._script = replies if callable(replies) else _in_order(replies)
        self._name = name
        self._cost = cost
        self._delay_s = delay_s
        self._lock = threading.Lock()
        self.requests: list[Request] = []

    @property
    def name(self) -> str:
        """The name it goes by."""
        return self._name

    def answer(self, request: Request, on_text: OnText | None) -> Reply:
        """The script's next reply."""
        self._check_patience(request)
        threading.Event().wait(self._delay_s)
        return self._speak(request, on_text)

    async def aanswer(self, request: Request, on_text: OnText | None) -> Reply:
        """The script's next reply."""
        self._check_patience(request)
        await asyncio.sleep(self._delay_s)
        return self._speak(request, on_text)

    def _check_patience(self, request: Request) -> None:
        if request.timeout_s is not None and self._delay_s > request.timeout_s:
            raise ModelUnavailable(
                f"{self._name} takes {self._delay_s:g} s, the limit is {request.timeout_s:g} s"
            )

    def _speak(self, request: Request, on_text: OnText | None) -> Reply:
        with self._lock:
            self.requests.append(request)
            said = self._script(request)
        if isinstance(said, AgentError):
            raise said
        reply = said if isinstance(said, Reply) else self._reply(said, request)
        if on_text is not None:
            for word in reply.text.splitlines(keepends=True):
                on_text(word)
        return reply if request.schema is None else replace(reply, text=json_document(reply.text))

    def _reply(self, text: str, request: Request) -> Reply:
        asked = sum(len(message.content.split()) for message in request.messages)
        words = text.split()
        is_cut = len(words) > request.max_tokens
        if is_cut and request.schema is not None:
            raise ModelReplyInvalid(f"the reply was cut off at max_tokens={request.max_tokens}")
        said = " ".join(words[: request.max_tokens]) if is_cut else text
        usage = Usage(asked, min(len(words), request.max_tokens))
        return Reply(said, usage, self._delay_s, self._name, "length" if is_cut else "stop", self._cost)


def _in_order(replies: Iterable[Script]) -> Callable[[Request], Script]:
    rest = iter(replies)

    def following(request: Request) -> Script:
        for reply in rest:
            return reply
        last = request.messages[-1].content if request.messages else ""
        raise ModelUnavailable(f"the script has no reply left for: {last[:200]!r}")

    return following
