"""What a user chose, and to whom keys go."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from agent.errors import ConfigError
from agent.settings import Settings
from ui import preferences
from ui.preferences import Preferences

CONFIGURED = Settings(base_url="https://configured.example/v1", api_key="configured-key", model="m")


def test_choices_are_kept_and_a_damaged_file_is_none(tmp_path: Path) -> None:
    chosen = Preferences(source="endpoint", base_url="http://localhost:1/v1", samples=3, budget_calls=5)
    preferences.save(chosen, tmp_path / "state")
    assert preferences.load(tmp_path / "state") == chosen
    (tmp_path / "state" / "preferences.json").write_text("{")
    assert preferences.load(tmp_path / "state") == Preferences()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        preferences.save(Preferences(), tmp_path / "file")


def test_the_configured_key_never_goes_to_an_address_typed_into_the_page() -> None:
    chosen = Preferences(source="endpoint", base_url="https://elsewhere.example/v1")
    assert chosen.applied(CONFIGURED, None).api_key is None
    assert chosen.applied(CONFIGURED, SecretStr("typed")).api_key == SecretStr("typed")


def test_the_embedded_model_needs_no_address() -> None:
    assert Preferences(source="embedded").applied(CONFIGURED, None).is_local


def test_an_endpoint_without_address_is_told() -> None:
    with pytest.raises(ConfigError, match="settings page"):
        Preferences(source="endpoint", base_url="ftp://x").applied(CONFIGURED, None)
