"""The reference of settings, from the descriptions of their fields."""

from pathlib import Path
from typing import Any

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from agent.settings import Settings

_INTRO = """# Settings

Everything can be set by an environment variable, or in `optwright.toml` in your configuration folder
(`~/.config/optwright/` on Linux) under the name in the second column. The environment wins over the file,
an option of the command line over both.

| Environment | In `optwright.toml` | Default | Meaning |
| --- | --- | --- | --- |
"""
_OUTRO = """
With neither a URL nor a key, the embedded model serves: nothing leaves your machine.

`OPTWRIGHT_DEBUG=1` is the option `--verbose` of every command: log records and tracebacks on standard error.
"""


def page() -> str:
    """The page."""
    return (
        _INTRO + "\n".join(_row(name, field) for name, field in Settings.model_fields.items()) + "\n" + _OUTRO
    )


def _row(name: str, field: FieldInfo) -> str:
    variables = " or ".join(f"`{variable}`" for variable in _variables(name, field))
    return f"| {variables} | `{name}` | {_default(field.default)} | {field.description} |"


def _variables(name: str, field: FieldInfo) -> list[str]:
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return [str(choice) for choice in alias.choices if str(choice).isupper()]
    return [f"OPTWRIGHT_{name.upper()}"]


def _default(value: Any) -> str:
    if value is None or value == {} or isinstance(value, SecretStr):
        return ""
    if isinstance(value, Path):  # differs from machine to machine
        return "your system's folder for it"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
