"""The endpoint's client against an endpoint that behaves, and one that does not."""

import pytest
from agent.llm.openai_model import OpenAIModel
from contracts.chat_model import ChatModelContract
from scripted_endpoint import ScriptedEndpoint
from pydantic import SecretStr
from collections.abc import Iterator

KEY = "sk-secret-0123456789"


@pytest.fixture
def model(endpoint: ScriptedEndpoint) -> Iterator[OpenAIModel]:
    model = OpenAIModel(endpoint.url, SecretStr(KEY), "m", backoff_s=0.01, timeout_s=5)
    yield model
    model.close()


class TestContract(ChatModelContract):
    @pytest.fixture(autouse=True)
    def script(self, endpoint: ScriptedEndpoint) -> None:
        endpoint.otherwise = lambda body: '{"answer": 42}' if "response_format" in body else "one\nword\n"
