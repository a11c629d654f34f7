"""The embedded model: what can be known without it, and the contract with it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from contracts.chat_model import ChatModelContract

from agent.errors import ConfigError
from agent.llm import EmbeddedModel, Message, model_file
from agent.settings import Settings

ASK = [Message("user", "hello")]


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.gguf cannot be read"):
        EmbeddedModel(tmp_path / "none.gguf").complete(ASK)


@pytest.mark.parametrize("content", [b"", b"GG", b"PK\x03\x04 a zip", b"<html>"])
async def test_a_file_that_is_no_gguf(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="no GGUF file"):
        await EmbeddedModel(path).acomplete(ASK)


def test_a_gguf_that_llama_cannot_load(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    pytest.importorskip("xllamacpp", reason="needs the extra [local]")
    path.write_bytes(b"GGUF\x03\x00\x00\x00" + bytes(range(256)) * 20)
    with pytest.raises(ConfigError, match="cannot load"):
        EmbeddedModel(path).complete(ASK)


def test_a_missing_extra_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF")
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(ConfigError, match=r'pip install "optwright\[local\]"'):
        EmbeddedModel(path).complete(ASK)


def test_repr_and_name(tmp_path: Path) -> None:
    model = EmbeddedModel(tmp_path / "small.gguf", slots=2, threads=3)
    assert repr(model) == "EmbeddedModel('small', slots=2, threads=3)"
    model.close()


@pytest.mark.model
@pytest.mark.slow
class TestContract(ChatModelContract):
    @pytest.fixture
    def model(self, local_model: EmbeddedModel) -> Iterator[EmbeddedModel]:
        yield local_model


@pytest.mark.model
@pytest.mark.slow
def test_nobody_without_the_key_is_served(local_model: EmbeddedModel) -> None:
    reply = local_model.complete(ASK, max_tokens=4)
    address = local_model.start()._base_url
    assert httpx2.get(f"{address}/models").status_code == 401
    assert reply.cost == 0


@pytest.mark.model
@pytest.mark.slow
def test_a_model_that_nobody_closes_ends_quietly(local_settings: Settings) -> None:
    path = model_file.resolve(local_settings)
    program = (
        "from pathlib import Path; from agent.llm import EmbeddedModel, Message\n"
        f"model = EmbeddedModel(Path({str(path)!r}), slots=1)\n"
        "assert model.complete([Message('user', 'hello')], max_tokens=2).text\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.model
@pytest.mark.slow
def test_the_same_seed_gives_the_same_text(local_model: EmbeddedModel) -> None:
    asked = [Message("user", "Name three cities.")]
    first, second = (local_model.complete(asked, max_tokens=16, seed=1).text for _ in range(2))
    assert first == second
