"""The scripted double."""

from collections.abc import Iterator

import pytest
from contracts.chat_model import SCHEMA, ChatModelContract

from agent.errors import ModelReplyInvalid, ModelUnavailable
from agent.llm import Message, ScriptedModel

ASK = [Message("user", "hello there")]


class TestContract(ChatModelContract):
    @pytest.fixture
    def model(self) -> Iterator[ScriptedModel]:
        yield ScriptedModel(lambda request: '{"answer": 42}' if request.schema else "word\nby word")


def test_replies_come_in_order_and_then_end() -> None:
    model = ScriptedModel(["one", ModelUnavailable("down"), "three"])
    assert model.complete(ASK).text == "one"
    with pytest.raises(ModelUnavailable, match="down"):
        model.complete(ASK)
    assert model.complete(ASK).text == "three"
    with pytest.raises(ModelUnavailable, match="no reply left for: 'hello there'"):
        model.complete(ASK)


async def test_requests_are_recorded() -> None:
    model = ScriptedModel(lambda request: str(request.seed))
    assert (await model.acomplete(ASK, seed=5, temperature=0.3)).text == "5"
    (request,) = model.requests
    assert (request.messages, request.seed, request.temperature) == (tuple(ASK), 5, 0.3)


def test_words_count_as_tokens_and_are_cut() -> None:
    model = ScriptedModel(lambda request: "one two three four", cost=0.5)
    reply = model.complete(ASK, max_tokens=2)
    assert (reply.text, reply.finish_reason, reply.cost) == ("one two", "length", 0.5)
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (2, 2)


@pytest.mark.parametrize(("text", "max_tokens"), [("prose", 10), ('{"answer": 1 }', 1)])
def test_a_schema_is_held(text: str, max_tokens: int) -> None:
    with pytest.raises(ModelReplyInvalid):
        ScriptedModel([text]).complete(ASK, schema=SCHEMA, max_tokens=max_tokens)


async def test_impatient_callers_are_left_without_an_answer() -> None:
    model = ScriptedModel(["late"], delay_s=60)
    with pytest.raises(ModelUnavailable, match="takes 60 s"):
        await model.acomplete(ASK, timeout_s=1)
