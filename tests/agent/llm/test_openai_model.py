"""The endpoint's client against an endpoint that behaves, and one that does not."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from contracts.chat_model import PLAIN, SCHEMA, STRUCTURED, ChatModelContract
from pydantic import SecretStr
from scripted_endpoint import ScriptedEndpoint, Step, drop, fail, raw, say

from agent.errors import AgentError, ConfigError, ModelReplyInvalid, ModelUnavailable
from agent.llm import Message
from agent.llm.openai_model import OpenAIModel, Price, host_of

KEY = "sk-secret-0123456789"
ASK = (Message("user", "hello"),)
LOOSE_SCHEMA = {"type": "object", "properties": {"answer": {"type": "integer"}}}


@pytest.fixture
def model(endpoint: ScriptedEndpoint) -> Iterator[OpenAIModel]:
    model = OpenAIModel(endpoint.url, SecretStr(KEY), "m", backoff_s=0.01, timeout_s=5)
    yield model
    model.close()


class TestContract(ChatModelContract):
    @pytest.fixture(autouse=True)
    def script(self, endpoint: ScriptedEndpoint) -> None:
        endpoint.otherwise = lambda body: '{"answer": 42}' if "response_format" in body else "one\nword\n"


def test_the_request_carries_key_and_parameters(model: OpenAIModel, endpoint: ScriptedEndpoint) -> None:
    model.complete(ASK, temperature=0.7, seed=11, max_tokens=99)
    asked = endpoint.requests[0]
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body == {
        "model": "m",
        "messages": [{"role": "user", "content": "hello"}],
        "temperature": 0.7,
        "seed": 11,
        "max_tokens": 99,
    }


def test_usage_seconds_and_cost_come_back(endpoint: ScriptedEndpoint) -> None:
    model = OpenAIModel(endpoint.url, None, "m", price=Price(prompt=1_000_000, completion=2_000_000))
    endpoint.script(say("hi", usage=(7, 3), delay_s=0.05))
    reply = model.complete(ASK)
    model.close()
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (7, 3)
    assert reply.cost == 13
    assert reply.seconds >= 0.05


@pytest.mark.parametrize("is_streamed", [False, True])
def test_missing_usage_is_estimated(
    model: OpenAIModel, endpoint: ScriptedEndpoint, is_streamed: bool
) -> None:
    endpoint.script(say("a" * 40, usage=None))
    reply = model.complete(ASK, on_text=(lambda _: None) if is_streamed else None)
    assert reply.usage.is_estimated
    assert reply.usage.completion_tokens == 11
    assert reply.cost is None


class TestRetries:
    @pytest.mark.parametrize(
        "failure",
        [fail(429), fail(500), fail(503), fail(408), drop(), drop(after=20, text="half an answer")],
        ids=["rate limit", "500", "503", "408", "dropped", "dropped in the body"],
    )
    def test_passing_failures_are_tried_again(
        self, model: OpenAIModel, endpoint: ScriptedEndpoint, failure: Step
    ) -> None:
        endpoint.script(failure, failure, say("at last"))
        assert model.complete(ASK).text == "at last"
        assert len(endpoint.requests) == 3

    def test_retry_after_is_honoured(self, model: OpenAIModel, endpoint: ScriptedEndpoint) -> None:
        endpoint.script(fail(429, headers={"Retry-After": "0.3"}), say("ok"))
        model.complete(ASK)
        first, second = endpoint.requests
        assert second.at - first.at >= 0.3

    def test_a_wait_beyond_the_limit_is_not_begun(
        self, model: OpenAIModel, endpoint: ScriptedEndpoint
    ) -> None:
        endpoint.script(fail(429, headers={"Retry-After": "60"}))
        started = time.monotonic()
        with pytest.raises(ModelUnavailable, match=r"wait 60 s.*HTTP 429"):
            model.complete(ASK, timeout_s=1)
        assert time.monotonic() - started < 1

    def test_tries_are_counted_in_the_message(self, endpoint: ScriptedEndpoint) -> None:
        model = OpenAIModel(endpoint.url, None, "m", backoff_s=0.01, max_retries=2)
        endpoint.otherwise = fail(500, "out of order")
        with pytest.raises(ModelUnavailable, match=r"out of order.*failed tries: 3"):
            model.complete(ASK)
        model.close()
        assert len(endpoint.requests) == 3

    @pytest.mark.parametrize(
        "failure", [fail(400, "bad"), fail(413, "too long"), fail(429, code="insufficient_quota")]
    )
    def test_lasting_failures_are_not(
        self, model: OpenAIModel, endpoint: ScriptedEndpoint, failure: Step
    ) -> None:
        endpoint.script(failure)
        with pytest.raises(ModelUnavailable):
            model.complete(ASK)
        assert len(endpoint.requests) == 1

    def test_the_limit_bounds_the_whole_call(self, model: OpenAIModel, endpoint: ScriptedEndpoint) -> None:
        endpoint.otherwise = fail(503, delay_s=0.15)
        started = time.monotonic()
        with pytest.raises(ModelUnavailable, match=r"within 0.4 s|0.*s left"):
            model.complete(ASK, timeout_s=0.4)
        assert time.monotonic() - started < 1

    def test_a_stream_that_has_begun_does_not_start_over(
        self, model: OpenAIModel, endpoint: ScriptedEndpoint
    ) -> None:
        pieces: list[str] = []
        endpoint.script(drop(after=1, text="one\ntwo\n"), say("again"))
        with pytest.raises(ModelUnavailable):
            model.complete(ASK, on_text=pieces.append)
        assert pieces == ["one\n"]
        assert len(endpoint.requests) == 1

    def test_a_stream_that_breaks_before_its_first_word_does(
        self, model: OpenAIModel, endpoint: ScriptedEndpoint
    ) -> None:
        endpoint.script(fail(500), say("whole"))
        pieces: list[str] = []
        assert model.complete(ASK, on_text=pieces.append).text == "whole"
        assert pieces == ["whole"]


class TestRefusals:
    @pytest.mark.parametrize("status", [401, 403])
    def test_a_refused_key_names_the_setting(
        self, model: OpenAIModel, endpoint: ScriptedEndpoint, status: int
    ) -> None:
        endpoint.script(fail(status, f"Incorrect API key provided: {KEY}"))
        with pytest.raises(
            ConfigError, match=f"OPTWRIGHT_API_KEY.*{status}|{status}.*OPTWRIGHT_API_KEY"
        ) as caught:
            model.complete(ASK)
        assert KEY not in str(caught.value)
        assert len(endpoint.requests) == 1

    def test_an_unknown_model_names_the_setting(self, model: OpenAIModel, endpoint: ScriptedEndpoint) -> None:
        endpoint.script(fail(404, "no such model"))
        with pytest.raises(ConfigError, match=r"'m'.*OPTWRIGHT_MODEL"):
            model.complete(ASK)

    def test_nobody_there(self) -> None:
        model = OpenAIModel("http://127.0.0.1:9/v1", None, "m", max_retries=1, backoff_s=0.01)
        with pytest.raises(ModelUnavailable, match=r"http://127.0.0.1:9.*failed tries: 2"):
            model.complete(ASK)
        model.close()

    def test_no_error_has_a_cause_that_holds_the_request(
        self, model: OpenAIModel, endpoint: ScriptedEndpoint
    ) -> None:
        endpoint.script(fail(401))
        with pytest.raises(ConfigError) as caught:
            model.complete(ASK)
        assert caught.value.__suppress_context__


class TestGarbage:
    @pytest.mark.parametrize(
        "answer",
        [
            raw("<html><body>Sign in</body></html>", "text/html"),
            raw("not json"),
            raw("[" * 100_000),
            raw("{}"),
            raw('{"choices": []}'),
            raw('{"choices": [{"message": {"content": null}, "finish_reason": "stop"}]}'),
            raw('{"choices": [{"message": {"content": ""}, "finish_reason": "length"}]}'),
            raw('{"choices": [{"message": {"content": "x"}, "finish_reason": "content_filter"}]}'),
            raw('{"choices": [{"message": {"content": null, "refusal": "I will not"}}]}'),
            raw('{"choices": "many"}'),
            raw(b"\xff\xfe\x00"),
            raw(b""),
        ],
    )
    def test_is_told_apart_from_an_answer(
        self, model: OpenAIModel, endpoint: ScriptedEndpoint, answer: Step
    ) -> None:
        endpoint.script(answer)
        with pytest.raises(ModelReplyInvalid) as caught:
            model.complete(ASK)
        assert len(str(caught.value)) < 1000

    @pytest.mark.parametrize(
        "answer",
        [
            raw("data: nonsense\n\n", "text/event-stream"),
            raw('data: "a string"\n\ndata: [DONE]\n\n', "text/event-stream"),
            raw('data: {"choices": 5}\n\n', "text/event-stream"),
        ],
    )
    def test_in_a_stream(self, model: OpenAIModel, endpoint: ScriptedEndpoint, answer: Step) -> None:
        endpoint.script(answer)
        with pytest.raises(ModelReplyInvalid):
            model.complete(ASK, on_text=lambda _: None)

    def test_a_stream_that_just_ends(self, model: OpenAIModel, endpoint: ScriptedEndpoint) -> None:
        endpoint.script(say("half", finish_reason=None))
        with pytest.raises(ModelUnavailable, match="broke the reply off"):
            model.complete(ASK, on_text=lambda _: None)

    @pytest.mark.parametrize("is_streamed", [False, True])
    def test_an_error_under_status_200(
        self, model: OpenAIModel, endpoint: ScriptedEndpoint, is_streamed: bool
    ) -> None:
        body = '{"error": {"message": "upstream is down", "code": 502}}'
        endpoint.script(raw(f"data: {body}\n\n", "text/event-stream") if is_streamed else raw(body))
        with pytest.raises(ModelUnavailable, match="upstream is down"):
            model.complete(ASK, on_text=(lambda _: None) if is_streamed else None)

    def test_an_endless_body_is_cut(
        self, model: OpenAIModel, endpoint: ScriptedEndpoint, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("agent.llm.openai_reply.BODY_LIMIT_BYTES", 1000)
        endpoint.script(raw(b"x" * 100_000))
        with pytest.raises(ModelReplyInvalid, match="more than 1000 bytes"):
            model.complete(ASK)


class TestSchema:
    def test_is_asked_for_strictly_where_it_can_be(
        self, model: OpenAIModel, endpoint: ScriptedEndpoint
    ) -> None:
        endpoint.otherwise = '{"answer": 1}'
        model.complete(ASK, schema=SCHEMA, schema_name="sum")
        model.complete(ASK, schema=LOOSE_SCHEMA)
        strict, loose = (body["response_format"]["json_schema"] for body in endpoint.bodies)
        assert strict == {"name": "sum", "schema": SCHEMA, "strict": True}
        assert not loose["strict"]

    def test_an_endpoint_without_json_schema_is_asked_in_words(
        self, model: OpenAIModel, endpoint: ScriptedEndpoint
    ) -> None:
        def no_schema(body: dict) -> Step:
            if body.get("response_format", {}).get("type") == "json_schema":
                return fail(400, "response_format json_schema is not supported", param="response_format")
            return say('{"answer": 1}')

        endpoint.otherwise = no_schema
        for _ in range(2):
            assert model.complete(STRUCTURED, schema=SCHEMA).text == '{"answer": 1}'
        kinds = [body["response_format"]["type"] for body in endpoint.bodies]
        assert kinds == ["json_schema", "json_object", "json_object"]
        assert '"answer"' in endpoint.bodies[-1]["messages"][0]["content"]

    def test_an_endpoint_without_response_format_too(
        self, model: OpenAIModel, endpoint: ScriptedEndpoint
    ) -> None:
        endpoint.otherwise = lambda body: (
            fail(422, "response_format: extra inputs are not permitted")
            if "response_format" in body
            else say('Sure:\n```json\n{"answer": 1}\n```')
        )
        for _ in range(2):
            assert model.complete(ASK, schema=SCHEMA).text == '{"answer": 1}'
        assert ["response_format" in body for body in endpoint.bodies] == [True, True, False, False]

    def test_one_refused_schema_does_not_spoil_the_others(
        self, model: OpenAIModel, endpoint: ScriptedEndpoint
    ) -> None:
        endpoint.otherwise = '{"answer": 1}'
        endpoint.script(fail(400, "Invalid schema for response_format 'reply'"))
        model.complete(ASK, schema=SCHEMA)
        model.complete(ASK, schema=SCHEMA)
        assert [body["response_format"]["json_schema"]["strict"] for body in endpoint.bodies] == [
            True,
            False,
            True,
        ]

    def test_text_that_is_no_json_is_shown(self, model: OpenAIModel, endpoint: ScriptedEndpoint) -> None:
        endpoint.script(say("I think that " + "x" * 5000))
        with pytest.raises(ModelReplyInvalid, match="I think that") as caught:
            model.complete(ASK, schema=SCHEMA)
        assert len(str(caught.value)) < 600

    def test_a_cut_document_names_the_limit(self, model: OpenAIModel, endpoint: ScriptedEndpoint) -> None:
        endpoint.script(say('{"answer"', finish_reason="length"))
        with pytest.raises(ModelReplyInvalid, match="max_tokens=50"):
            model.complete(ASK, schema=SCHEMA, max_tokens=50)

    def test_cut_text_is_returned(self, model: OpenAIModel, endpoint: ScriptedEndpoint) -> None:
        endpoint.script(say("once upon", finish_reason="length"))
        assert model.complete(ASK).finish_reason == "length"


class TestDialect:
    def test_a_refused_parameter_is_left_out_from_then_on(
        self, model: OpenAIModel, endpoint: ScriptedEndpoint
    ) -> None:
        endpoint.script(
            fail(400, "Unsupported value: 'temperature' does not support 0.0", param="temperature")
        )
        model.complete(ASK)
        model.complete(ASK)
        assert ["temperature" in body for body in endpoint.bodies] == [True, False, False]

    def test_max_completion_tokens(self, model: OpenAIModel, endpoint: ScriptedEndpoint) -> None:
        endpoint.script(fail(400, "'max_tokens' is not supported. Use 'max_completion_tokens' instead."))
        model.complete(ASK, max_tokens=5)
        assert endpoint.bodies[1]["max_completion_tokens"] == 5
        assert "max_tokens" not in endpoint.bodies[1]

    def test_an_endpoint_that_cannot_stream(self, model: OpenAIModel, endpoint: ScriptedEndpoint) -> None:
        endpoint.script(fail(400, "stream is not supported"), say("whole"))
        pieces: list[str] = []
        assert model.complete(ASK, on_text=pieces.append).text == "whole"
        assert pieces == ["whole"]

    def test_an_endpoint_that_ignores_the_wish_to_stream(
        self, model: OpenAIModel, endpoint: ScriptedEndpoint
    ) -> None:
        body = {"choices": [{"message": {"content": "whole"}, "finish_reason": "stop"}]}
        endpoint.script(raw(json.dumps(body)))
        pieces: list[str] = []
        assert model.complete(ASK, on_text=pieces.append).text == "whole"
        assert pieces == ["whole"]


class TestSecrets:
    def test_repr_and_host_show_none(self) -> None:
        model = OpenAIModel("https://user:pass@host.example:8443/v1?token=t", SecretStr(KEY), "m")
        assert repr(model) == "OpenAIModel('m' at https://host.example:8443)"

    @pytest.mark.parametrize("key", ["sk-\u201cquoted\u201d", "sk-1\n", "schlüssel"])
    def test_a_key_that_cannot_be_sent(self, key: str) -> None:
        with pytest.raises(ConfigError, match="OPTWRIGHT_API_KEY") as caught:
            OpenAIModel("https://host.example/v1", SecretStr(key), "m")
        assert key not in str(caught.value)

    @pytest.mark.parametrize(
        "url", ["", "host/v1", "ftp://host/v1", "http://", "http://[", "http://h:port/v1"]
    )
    def test_a_url_that_is_none(self, url: str) -> None:
        with pytest.raises(ConfigError, match="OPTWRIGHT_BASE_URL"):
            host_of(url)


class TestCancellation:
    async def test_reaches_the_request(self, model: OpenAIModel, endpoint: ScriptedEndpoint) -> None:
        endpoint.script(say("late", delay_s=0.5))
        task = asyncio.create_task(model.acomplete(ASK))
        while not endpoint.requests:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await model.acomplete(ASK)).text == "ok"

    def test_a_closed_model_connects_again(self, model: OpenAIModel) -> None:
        model.close()
        assert model.complete(ASK).text == "ok"

    def test_threads_end_with_the_model(self, endpoint: ScriptedEndpoint) -> None:
        model = OpenAIModel(endpoint.url, None, "m")
        model.complete(ASK)
        name = f"llm {host_of(endpoint.url)}"
        assert name in {thread.name for thread in threading.enumerate()}
        model.close()
        assert name not in {thread.name for thread in threading.enumerate()}


def test_every_failure_is_one_of_ours(model: OpenAIModel, endpoint: ScriptedEndpoint) -> None:
    for status in range(400, 600, 17):
        endpoint.script(fail(status, headers={"Retry-After": "100"}))
        with pytest.raises(AgentError):
            model.complete(PLAIN)


def test_a_model_that_nobody_closes_leaves_no_warning(endpoint: ScriptedEndpoint) -> None:
    program = (
        "from agent.llm import OpenAIModel, Message\n"
        f"model = OpenAIModel({endpoint.url!r}, None, 'm')\n"
        "print(model.complete([Message('user', 'hello')]).text)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("ok\n", "")
