"""The one reader of environment and configuration file.

Order, later wins: defaults, ``optwright.toml`` in the user's configuration folder, environment, arguments.
"""

from functools import lru_cache
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from agent.errors import ConfigError
from solvers.numeric.remote import Service

UserName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Token = Annotated[SecretStr, Field(min_length=16)]
CONFIG_FILE = Path(platformdirs.user_config_dir("optwright")) / "optwright.toml"


class Settings(BaseSettings):
    """Everything that can be configured; environment variables carry the prefix ``OPTWRIGHT_``."""

    model_config = SettingsConfigDict(
        env_prefix="OPTWRIGHT_", frozen=True, extra="ignore", toml_file=CONFIG_FILE
    )

    base_url: str | None = Field(
        None,
        validation_alias=AliasChoices("base_url", "OPTWRIGHT_BASE_URL", "OPENAI_BASE_URL"),
        description="OpenAI-compatible endpoint; without it and without a key the embedded model serves.",
    )
    api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("api_key", "OPTWRIGHT_API_KEY", "OPENAI_API_KEY"),
        description="Key of the endpoint.",
    )
    model: str | None = Field(None, description="Model name asked of the endpoint.")
    model_path: Path | None = Field(None, description="A GGUF file for the embedded model.")
    model_url: str | None = Field(None, description="Mirror that serves the embedded model's GGUF file.")
    model_slots: int = Field(
        4, ge=1, le=64, description="Requests that the embedded model serves side by side."
    )
    threads: int | None = Field(None, ge=1, description="Threads of the embedded model; default: all cores.")
    cache_dir: Path = Field(
        Path(platformdirs.user_cache_dir("optwright")), description="Downloads; may be deleted at any time."
    )
    state_dir: Path = Field(
        Path(platformdirs.user_data_dir("optwright")), description="Sessions and their data tables."
    )
    library_url: str | None = Field(
        None,
        description="Experience library: sqlite:///PATH, postgresql://USER:PASSWORD@HOST/DATABASE, or none. "
        "Default: none; `optwright library` then keeps its file in the state folder.",
    )
    embedding_model: str | None = Field(
        None,
        description="Model of the endpoint that gives vectors, for a search of the library by meaning beside the one "
        "by words. Default: words alone.",
    )
    request_timeout_s: float = Field(
        900.0, gt=0, description="Seconds that one request to the endpoint may take."
    )
    max_retries: int = Field(4, ge=0, le=20, description="Retries of one request, with back-off.")
    price_prompt: float | None = Field(None, ge=0, description="Money per million prompt tokens.")
    price_completion: float | None = Field(None, ge=0, description="Money per million completion tokens.")
    proposer_model: str | None = Field(
        None,
        description="Model that proposes changes in `optwright tune` and teaches in `optwright library learn` and "
        "`evolve`; default: the one that answers. What is set for it alone does not serve questions.",
    )
    proposer_base_url: str | None = Field(None, description="Endpoint of that model, if it has its own.")
    proposer_api_key: SecretStr | None = Field(
        None, description="Key of that endpoint; it never gets the other one's."
    )
    proposer_price_prompt: float | None = Field(
        None, ge=0, description="Money per million prompt tokens of that model."
    )
    proposer_price_completion: float | None = Field(
        None, ge=0, description="Money per million completion tokens of that model."
    )
    dataset_mirror: str | None = Field(
        None, description="Server to download benchmark sets from instead of raw.githubusercontent.com."
    )
    numeric_url: str | None = Field(
        None,
        description="A running `optwright serve` that solves smooth nonlinear models instead of this machine.",
    )
    numeric_token: SecretStr | None = Field(None, description="Bearer token of that service.")
    serve_ray: str | None = Field(
        None,
        description="Ray cluster whose actors do the work of `optwright serve`: its address, `auto` or `local`. "
        "Default: this machine.",
    )
    serve_gpus: float = Field(0.0, ge=0, description="GPUs of each of these actors, a share or more.")
    allow_weak_sandbox: bool = Field(
        False, description="Run LLM-written code although sandbox layers are missing."
    )
    ui_tokens: dict[UserName, Token] = Field(
        {},
        description="Users of the app and of the tools over HTTP with their tokens of at least 16 signs, as "
        "JSON; needed where others can reach it.",
    )

    @property
    def service(self) -> Service | None:
        """Where smooth nonlinear models are solved, unless on this machine."""
        if self.numeric_url is None:
            return None
        token = self.numeric_token
        return Service(self.numeric_url, None if token is None else token.get_secret_value())

    @property
    def is_local(self) -> bool:
        """Whether the embedded model serves."""
        return self.base_url is None and self.api_key is None

    def with_model(self, model: str | None) -> "Settings":
        """The settings with another model: a name for the endpoint, or a GGUF file to load; None changes nothing.

        Raises:
            ConfigError: a name is given, but no endpoint is set that could serve it.
        """
        if model is None:
            return self
        if model.endswith(".gguf"):
            return self.model_copy(update={"model_path": Path(model), "base_url": None, "api_key": None})
        if self.is_local:
            raise ConfigError(f"--model {model} needs an endpoint that serves it; set OPTWRIGHT_BASE_URL")
        return self.model_copy(update={"model": model})

    def of_proposer(self) -> "Settings":
        """The settings to connect with to the model that proposes; the same where none is set apart.

        Raises:
            ConfigError: a model is named, but there is no endpoint that could serve it.
        """
        if self.proposer_model is None and self.proposer_base_url is None and self.proposer_api_key is None:
            return self
        prices = {
            "price_prompt": self.proposer_price_prompt,
            "price_completion": self.proposer_price_completion,
        }
        if self.proposer_base_url is None and self.proposer_api_key is None:
            return self.with_model(self.proposer_model).model_copy(update=prices)
        own = {
            "base_url": self.proposer_base_url,
            "api_key": self.proposer_api_key,
            "model": self.proposer_model,
        }
        return self.model_copy(update=own | prices)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over environment, environment over the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


@lru_cache(maxsize=1)
def load() -> Settings:
    """The process's settings.

    Raises:
        ConfigError: a value has the wrong type or range; the text names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        raise ConfigError("settings are wrong: " + "; ".join(lines)) from None
