"""What every ``ChatModel`` must do, whoever implements it."""

import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from agent.llm import ChatModel, Message

SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "integer"}},
    "required": ["answer"],
    "additionalProperties": False,
}
PLAIN = (Message("system", "You are terse."), Message("user", "Say one word."))
STRUCTURED = (Message("system", "You answer in JSON."), Message("user", "What is 6 times 7?"))


class ChatModelContract:
    """Subclasses give a fixture ``model`` that answers with any text, or by ``SCHEMA`` if it is given."""

    def test_answers_with_text_usage_and_its_name(self, model: ChatModel) -> None:
        reply = model.complete(PLAIN, max_tokens=8)
        assert reply.text
        assert reply.usage.prompt_tokens > 0
        assert reply.usage.completion_tokens > 0
        assert reply.seconds >= 0
        assert model.name

    def test_a_schema_gives_json(self, model: ChatModel) -> None:
        reply = model.complete(STRUCTURED, schema=SCHEMA, max_tokens=40)
        assert isinstance(json.loads(reply.text)["answer"], int)

    def test_text_streams_in_order(self, model: ChatModel) -> None:
        pieces: list[str] = []
        reply = model.complete(PLAIN, max_tokens=8, on_text=pieces.append)
        assert "".join(pieces) == reply.text

    async def test_text_streams_in_the_callers_loop(self, model: ChatModel) -> None:
        callers = asyncio.get_running_loop()
        pieces: list[str] = []

        def listen(piece: str) -> None:
            assert asyncio.get_running_loop() is callers
            pieces.append(piece)

        reply = await model.acomplete(PLAIN, max_tokens=8, on_text=listen)
        assert "".join(pieces) == reply.text

    def test_serves_one_event_loop_after_another(self, model: ChatModel) -> None:
        for _ in range(2):
            assert asyncio.run(model.acomplete(PLAIN, max_tokens=4)).text

    async def test_serves_tasks_side_by_side(self, model: ChatModel) -> None:
        replies = await asyncio.gather(
            *(model.acomplete(PLAIN, max_tokens=4, seed=seed) for seed in range(4))
        )
        assert all(reply.text for reply in replies)

    def test_serves_threads_side_by_side(self, model: ChatModel) -> None:
        with ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(lambda seed: model.complete(PLAIN, max_tokens=4, seed=seed), range(4)))
        assert all(reply.text for reply in replies)

    def test_does_not_change_its_arguments(self, model: ChatModel) -> None:
        messages: Sequence[Message] = list(STRUCTURED)
        schema = json.loads(json.dumps(SCHEMA))
        model.complete(messages, schema=schema, max_tokens=40)
        assert list(messages) == list(STRUCTURED)
        assert schema == SCHEMA

    def test_closes_twice(self, model: ChatModel) -> None:
        model.complete(PLAIN, max_tokens=4)
        model.close()
        model.close()

    @pytest.mark.parametrize("text", ["Zürich ≤ 5 € — 最优", 'a "quoted"\nline', "a lone \ud800 surrogate"])
    def test_takes_any_text(self, model: ChatModel, text: str) -> None:
        assert model.complete([Message("user", text)], max_tokens=4).text
