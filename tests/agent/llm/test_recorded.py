"""Cassettes: recorded once, played ever after."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from contracts.chat_model import ChatModelContract
from pydantic import SecretStr
from scripted_endpoint import ScriptedEndpoint

from agent.errors import ConfigError, ModelUnavailable
from agent.llm import Message, OpenAIModel, RecordedModel, ScriptedModel

ASK = [Message("user", "hello")]


class TestContract(ChatModelContract):
    @pytest.fixture
    def model(self, tmp_path: Path) -> Iterator[RecordedModel]:
        inner = ScriptedModel(lambda request: '{"answer": 42}' if request.schema else "word\nby word")
        yield RecordedModel(tmp_path / "cassettes" / "c.jsonl", inner)


def test_replies_to_the_same_request_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    recording = RecordedModel(path, ScriptedModel(["first", "second", "other"]))
    recorded = [recording.complete(ASK), recording.complete(ASK), recording.complete(ASK, seed=1)]
    replaying = RecordedModel(path)
    assert replaying.complete(ASK, seed=1) == recorded[2]
    assert [replaying.complete(ASK), replaying.complete(ASK)] == recorded[:2]


async def test_what_is_missing_is_refused_and_shown(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    await RecordedModel(path, ScriptedModel(["only"])).acomplete(ASK)
    replaying = RecordedModel(path)
    await replaying.acomplete(ASK)
    with pytest.raises(ModelUnavailable, match=r"holds 1 replies .*'hello'"):
        await replaying.acomplete(ASK)


def test_a_cassette_grows_by_what_it_misses(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    RecordedModel(path, ScriptedModel(["one"])).complete(ASK)
    inner = ScriptedModel(["two"])
    growing = RecordedModel(path, inner)
    assert [growing.complete(ASK).text, growing.complete(ASK).text] == ["one", "two"]
    assert len(inner.requests) == 1
    assert len(path.read_text().splitlines()) == 2


def test_the_timeout_is_no_part_of_a_request(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    RecordedModel(path, ScriptedModel(["one"])).complete(ASK, timeout_s=5)
    assert RecordedModel(path).complete(ASK, timeout_s=9).text == "one"


def test_no_key_or_address_reaches_the_file(tmp_path: Path, endpoint: ScriptedEndpoint) -> None:
    path = tmp_path / "c.jsonl"
    model = RecordedModel(path, OpenAIModel(endpoint.url, SecretStr("sk-secret"), "m"))
    model.complete(ASK)
    model.close()
    assert "sk-secret" not in path.read_text()
    assert "127.0.0.1" not in path.read_text()


def test_a_missing_cassette_says_how_to_record_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="record one"):
        RecordedModel(tmp_path / "c.jsonl")


@pytest.mark.parametrize("line", ["nonsense", "{}", '{"key": 1}'])
def test_a_damaged_cassette_names_the_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "c.jsonl"
    RecordedModel(path, ScriptedModel(["one"])).complete(ASK)
    with path.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(ConfigError, match="line 2"):
        RecordedModel(path)
