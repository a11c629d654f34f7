"""Where the library is when nobody says, in the environment or the user's data folder; and how its URL is shown."""

import re
from pathlib import Path

import platformdirs
from pydantic_settings import BaseSettings, SettingsConfigDict

_HIDDEN = "***"
_NAME = re.compile(r"[\w.%+-]*")
_PLACE = re.compile(r"(\[[\da-fA-F:.%]+\]|[^:/\[\]]*)(:\d*)?(/.*)?")
_HARMLESS = ("dbname", "host", "hostaddr", "port", "sslmode", "user")


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


def shown(url: str) -> str:
    """The URL of a library without its secrets; also what cannot be read as one, such as an @ in a password.

    >>> shown("postgresql://ann:s3cret@db.example.org/team?password=s3cret&sslmode=require")
    'postgresql://ann:***@db.example.org/team?password=***&sslmode=require'
    """
    scheme, colon, rest = url.partition("://")
    if not colon:
        return _plain(url)
    account, at, place = ("", "", rest) if scheme.startswith("sqlite") else rest.rpartition("@")
    place, question, query = place.partition("?")
    user, has_password, _ = account.partition(":")
    parts = [_plain(user), f":{_HIDDEN}" if has_password else "", at]
    parts.append(place if scheme.startswith("sqlite") or _PLACE.fullmatch(place) else _HIDDEN)
    return f"{scheme}://{''.join(parts)}{question}{'&'.join(map(_shown_option, query.split('&')))}"


def _plain(text: str) -> str:
    """A name as it is; what is none may hold a secret."""
    return text if _NAME.fullmatch(text) else _HIDDEN


def _shown_option(option: str) -> str:
    name, equals, _ = option.partition("=")
    return option if name in _HARMLESS or not option else f"{_plain(name)}={_HIDDEN}" if equals else _HIDDEN
