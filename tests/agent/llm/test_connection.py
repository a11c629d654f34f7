"""From settings to a model."""

import pytest
from scripted_endpoint import ScriptedEndpoint, fail, raw

from agent.errors import ConfigError, ModelReplyInvalid, ModelUnavailable
from agent.llm import EmbeddedModel, Message, connect
from agent.settings import Settings, load

ASK = [Message("user", "hello")]


def test_the_named_model_is_asked(endpoint: ScriptedEndpoint) -> None:
    model = connect(Settings(base_url=endpoint.url, model="chosen", price_prompt=1, price_completion=1))
    assert model.complete(ASK).cost == 10 / 1e6
    model.close()
    assert endpoint.bodies[0]["model"] == "chosen"
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("price", [{}, {"price_prompt": 1}, {"price_completion": 1}])
def test_half_a_price_is_none(endpoint: ScriptedEndpoint, price: dict[str, float]) -> None:
    model = connect(Settings(base_url=endpoint.url, model="m", **price))
    assert model.complete(ASK).cost is None
    model.close()


def test_an_endpoints_only_model_needs_no_name(endpoint: ScriptedEndpoint) -> None:
    endpoint.models = ("the-one",)
    model = connect(Settings(base_url=endpoint.url))
    assert model.name == "the-one"


@pytest.mark.parametrize(
    ("models", "told"),
    [
        ((), "offers 0 models.*none"),
        (tuple("gfedcba"), "offers 7 models.*OPTWRIGHT_MODEL.*a, b, c, d, e, ...$"),
    ],
)
def test_a_choice_is_left_to_the_user(endpoint: ScriptedEndpoint, models: tuple[str, ...], told: str) -> None:
    endpoint.models = models
    with pytest.raises(ConfigError, match=told):
        connect(Settings(base_url=endpoint.url))


def test_an_endpoint_that_cannot_list_its_models() -> None:
    with pytest.raises(ModelUnavailable, match=r"127\.0\.0\.1:9"):
        connect(Settings(base_url="http://127.0.0.1:9/v1"))


def test_without_endpoint_and_key_the_embedded_model_serves(tmp_path) -> None:
    path = tmp_path / "m.gguf"
    path.touch()
    model = connect(Settings(model_path=path))
    assert isinstance(model, EmbeddedModel)
    assert connect(Settings(model_path=path)) is model


def test_tests_do_not_reach_the_real_model() -> None:
    with pytest.raises(ConfigError, match="mark-the-test"):
        connect(load())


def test_a_key_alone_means_openai() -> None:
    model = connect(Settings(api_key="sk-secret", model="m"))
    assert repr(model) == "OpenAIModel('m' at https://api.openai.com)"


@pytest.mark.parametrize("body", ["<html>", "{}", '{"data": null}', '{"data": [{"name": "x"}]}', "[]"])
def test_a_listing_that_is_none(endpoint: ScriptedEndpoint, body: str) -> None:
    endpoint.listing = raw(body)
    with pytest.raises(ModelReplyInvalid, match=r"127\.0\.0\.1"):
        connect(Settings(base_url=endpoint.url))


def test_a_refused_listing_names_the_key(endpoint: ScriptedEndpoint) -> None:
    endpoint.listing = fail(401)
    with pytest.raises(ConfigError, match="OPTWRIGHT_API_KEY"):
        connect(Settings(base_url=endpoint.url))
