"""Where the library is when nobody says: in the environment, or a file in the user's data folder."""

from pathlib import Path

import platformdirs
from pydantic_settings import BaseSettings, SettingsConfigDict


class _Location(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="OPTWRIGHT_", extra="ignore")

    library_url: str | None = None
    state_dir: Path = Path(platformdirs.user_data_dir("optwright"))


def default_file() -> Path:
    """The file that holds the library where nothing else is configured."""
    return _Location().state_dir / "library.db"


def configured_url() -> str | None:
    """The URL in ``OPTWRIGHT_LIBRARY_URL``."""
    return _Location().library_url
