"""What a user of the app chose: who answers, and how much a question may cost. Keys are never kept on disk."""

import os
import tempfile
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError

from agent.errors import ConfigError
from agent.llm import Budget
from agent.settings import Settings
from agent.state import Frozen

Source = Literal["configured", "embedded", "endpoint"]


class Preferences(Frozen):
    """Choices that hold for every question until they are changed.

    Attributes:
        source: the language model as the process is configured, the embedded one, or the endpoint below.
        base_url: of the endpoint.
        model: its name there.
        samples: formulations that vote.
        time_limit_s: seconds that a solver may take.
        budget_calls: most calls of the language model for a question; None without limit.
        budget_tokens: most tokens for a question, read and written; None without limit.
        budget_seconds: most seconds for a question; None without limit.
        budget_money: most money for a question, where prices are configured; None without limit.
        confirm: whether to stop for the formulation to be confirmed before it is solved.
    """

    source: Source = "configured"
    base_url: str = ""
    model: str = ""
    samples: int = Field(1, ge=1, le=99)
    time_limit_s: float = Field(60.0, gt=0, le=86_400)
    budget_calls: int | None = Field(None, ge=1)
    budget_tokens: int | None = Field(None, ge=1)
    budget_seconds: float | None = Field(None, gt=0)
    budget_money: float | None = Field(None, gt=0)
    confirm: bool = False

    @property
    def budget(self) -> Budget:
        """The limits on one question."""
        return Budget(
            calls=self.budget_calls,
            tokens=self.budget_tokens,
            seconds=self.budget_seconds,
            money=self.budget_money,
        )

    def applied(self, settings: Settings, key: SecretStr | None) -> Settings:
        """The settings with the language model that was chosen.

        The configured key goes to the configured endpoint only: an address typed into a page gets the key that was
        typed with it.

        Raises:
            ConfigError: an endpoint was chosen, but none named.
        """
        if self.source == "configured":
            return settings
        if self.source == "embedded":
            return settings.model_copy(update={"base_url": None, "api_key": None})
        if not self.base_url.startswith(("http://", "https://")):
            raise ConfigError("no endpoint is named; give its address on the settings page, with http(s)://")
        update = {"base_url": self.base_url, "model": self.model or None, "api_key": key}
        return settings.model_copy(update=update)


def load(folder: Path) -> Preferences:
    """The preferences kept in a folder; the defaults where there are none, or none that can be read."""
    try:
        return Preferences.model_validate_json((folder / "preferences.json").read_bytes())
    except (OSError, ValidationError):
        return Preferences()


def save(preferences: Preferences, folder: Path) -> None:
    """Keep preferences in a folder: all of them or, if that fails, those before.

    Raises:
        ConfigError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as file:
            file.write(preferences.model_dump_json(indent=2))
        Path(file.name).replace(folder / "preferences.json")
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written to ({os.strerror(error.errno or 0)})") from None
