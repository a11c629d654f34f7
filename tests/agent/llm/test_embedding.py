"""The embedding model of an endpoint, by the real client."""

import json

import pytest
from scripted_endpoint import ScriptedEndpoint, raw

from agent.errors import ConfigError
from agent.experience import embedding
from agent.settings import Settings
from library.errors import EmbeddingUnavailable


def settings(**changes: object) -> Settings:
    return Settings.model_validate({"embedding_model": "small", "max_retries": 0, **changes})


def reply(*vectors: list[float]) -> str:
    rows = [{"object": "embedding", "index": index, "embedding": one} for index, one in enumerate(vectors)]
    return json.dumps(
        {
            "object": "list",
            "data": rows[::-1],
            "model": "small",
            "usage": {"prompt_tokens": 1, "total_tokens": 1},
        }
    )


async def test_vectors_come_in_the_order_of_the_texts(endpoint: ScriptedEndpoint) -> None:
    endpoint.otherwise = raw(reply([1.0, 0.0], [0.0, 2.0]))
    embed = embedding(settings(base_url=endpoint.url))
    assert embed is not None
    assert await embed(["a", "b"]) == [[1.0, 0.0], [0.0, 2.0]]
    (asked,) = endpoint.requests
    assert asked.path.endswith("/embeddings")
    assert (asked.body["model"], asked.body["input"]) == ("small", ["a", "b"])


async def test_an_endpoint_without_embeddings_is_told_without_the_key(endpoint: ScriptedEndpoint) -> None:
    endpoint.otherwise = raw('{"error": {"message": "no such route hunter2"}}', status=404)
    embed = embedding(settings(base_url=endpoint.url, api_key="hunter2"))
    assert embed is not None
    with pytest.raises(EmbeddingUnavailable, match="NotFoundError") as caught:
        await embed(["a"])
    assert "hunter2" not in str(caught.value)


def test_the_embedded_model_has_no_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "OPTWRIGHT_BASE_URL", "OPTWRIGHT_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match="OPTWRIGHT_BASE_URL"):
        embedding(settings())
    assert embedding(settings(embedding_model=None)) is None
