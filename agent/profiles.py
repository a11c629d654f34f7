"""Tuned profiles: what ``optwright tune`` found better, kept by name and version, and what it is worth."""

import re
from pathlib import Path

from pydantic import ValidationError

from agent.errors import ConfigError, UserError
from agent.settings import Settings
from agent.state import Frozen, Tuning

_NAME = re.compile(r"([A-Za-z0-9][\w.-]{0,59})(?:@(\d{1,6}))?")


class Evidence(Frozen):
    """Mean scores before and after tuning on the same items, with the p-value of the paired test."""

    before: float
    after: float
    items: int
    p_value: float


class TunedProfile(Frozen):
    """An accepted tuning.

    Attributes:
        version: counted from 1 for each name.
        tuning: what nodes use.
        model: the language model that it was tuned with.
        validation: on items that it was chosen by.
        test: on untouched items, where there were any.
    """

    version: int = 1
    tuning: Tuning
    model: str = ""
    validation: Evidence | None = None
    test: Evidence | None = None


class Profiles:
    """The profiles below the state folder; each version is a file that is never written again."""

    def __init__(self, settings: Settings) -> None:
        """Takes where they are kept."""
        self._folder = settings.state_dir / "profiles"

    @staticmethod
    def check_name(name: str) -> None:
        """Nothing, where a profile can have the name.

        Raises:
            UserError: the name cannot be used.
        """
        found = _NAME.fullmatch(name)
        if found is None or found[2]:
            raise UserError(f"`{name[:80]}` cannot name a profile; use up to 60 letters, digits, . - and _")

    def save(self, name: str, profile: TunedProfile) -> Path:
        """The file of the profile's new version.

        Raises:
            UserError: the name cannot be used.
            ConfigError: the folder cannot be written.
        """
        self.check_name(name)
        version = max(self.versions(name), default=0) + 1
        path = self._folder / name / f"{version:04}.json"
        text = profile.model_copy(update={"version": version}).model_dump_json(indent=2)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            part.write_text(text + "\n", encoding="utf-8")
            part.replace(path)
        except OSError as error:
            raise ConfigError(
                f"the profile cannot be kept in {path.parent}: {error}; set OPTWRIGHT_STATE_DIR"
            ) from None
        return path

    def load(self, name: str) -> TunedProfile:
        """The newest version of a name, the version of ``name@version``, or the file of a path.

        Raises:
            UserError: there is none, or it cannot be read.
        """
        path = Path(name)
        found = _NAME.fullmatch(name)
        if found and not name.endswith(".json"):
            versions = self.versions(found[1])
            version = int(found[2]) if found[2] else max(versions, default=0)
            if version not in versions:
                known = ", ".join(map(str, versions)) or "none"
                raise UserError(
                    f"there is no profile `{name}` in {self._folder} (versions: {known}); "
                    "make one with `optwright tune --profile`"
                )
            path = self._folder / found[1] / f"{version:04}.json"
        try:
            return TunedProfile.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"the profile {path} cannot be read: {error}") from None
        except ValidationError as error:
            raise UserError(f"{path} is no profile: {error.errors()[0]['msg']}") from None

    def versions(self, name: str) -> list[int]:
        """The versions of a name, in order."""
        return sorted(int(path.stem) for path in (self._folder / name).glob("[0-9]*.json"))


def tuning_of(name: str | None, settings: Settings) -> Tuning:
    """The tuning of a profile; the shipped one without a name.

    Raises:
        UserError: there is no such profile.
    """
    return Tuning() if name is None else Profiles(settings).load(name).tuning
