"""What every test may use, and what none may touch: keys, endpoints and folders of the user."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from scripted_endpoint import ScriptedEndpoint, serving

from agent import settings as settings_module
from agent.settings import Settings

if TYPE_CHECKING:
    from agent.llm.embedded import EmbeddedModel

_SHARED_WITH_USER = (
    "OPTWRIGHT_MODEL_PATH",
    "OPTWRIGHT_MODEL_URL",
    "OPTWRIGHT_CACHE_DIR",
    "OPTWRIGHT_THREADS",
)

hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the embedded model share one worker, so that it is loaded once."""
    for item in items:
        if item.get_closest_marker("model"):
            item.add_marker(pytest.mark.xdist_group("model"))


@pytest.fixture(autouse=True)
def isolation(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[None]:
    """No key, endpoint, file or folder of the user; no download outside tests marked ``model``."""
    wants_model = request.node.get_closest_marker("model") is not None
    for name in list(os.environ):
        if name.startswith(("OPENAI_", "OPTWRIGHT_")) and not (wants_model and name in _SHARED_WITH_USER):
            monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "toml_file", tmp_path / "no-such.toml")
    monkeypatch.setenv("OPTWRIGHT_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("OPTWRIGHT_LIBRARY_URL", "none")
    if not wants_model:
        monkeypatch.setenv("OPTWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
        monkeypatch.setenv("OPTWRIGHT_MODEL_PATH", str(tmp_path / "mark-the-test-with-model-to-use-it.gguf"))
    settings_module.load.cache_clear()
    yield
    settings_module.load.cache_clear()


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    """A scripted endpoint; point ``Settings(base_url=endpoint.url, model="m")`` at it."""
    with serving() as running:
        yield running


@pytest.fixture(scope="session")
def local_settings() -> Settings:
    """Settings under which the embedded model serves, with the user's cache of model files."""
    return Settings(base_url=None, api_key=None)


@pytest.fixture(scope="session")
def local_model(local_settings: Settings) -> Iterator["EmbeddedModel"]:
    """The real embedded model; for tests marked ``model``."""
    from agent.llm.embedded import shared

    model = shared(local_settings)
    yield model
    model.close()
