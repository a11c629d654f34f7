"""One user's sessions, data and choices: what pages read and runs write to."""

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property

from pydantic import SecretStr

from agent.data import Tables
from agent.errors import SessionError
from agent.experience import NONE, open_library
from agent.followup import last_solution
from agent.sessions import SessionEntry, Sessions
from agent.settings import Settings
from agent.solution import Solution
from agent.solving import blocking
from agent.turns import Answer, Turn, Turns
from library import Library
from ui import preferences
from ui.preferences import Preferences

_TITLE_WORDS = 7
_TITLE_LENGTH = 48
_KEPT_SOLUTIONS = 32


@dataclass
class Desk:
    """What belongs to one user; users see nothing of each other, since each has a state folder.

    Attributes:
        settings: the process's, with the user's state folder.
        user: who it belongs to; empty for the one user of a machine of their own.
        key: of the endpoint that the user chose; held in memory only.
    """

    settings: Settings
    user: str = ""
    key: SecretStr | None = None
    _solutions: OrderedDict[tuple[str, int, int], Solution] = field(default_factory=OrderedDict)

    @classmethod
    def of(cls, user: str, settings: Settings) -> "Desk":
        """The desk of a user; the empty name is the one user of a machine of their own."""
        if not user:
            return cls(settings)
        folder = settings.state_dir / "users" / user
        return cls(settings.model_copy(update={"state_dir": folder}), user)

    @property
    def is_shared(self) -> bool:
        """Whether others use the app, too; what is reached from here is then the operator's to choose."""
        return bool(self.user)

    @property
    def sessions(self) -> Sessions:
        """The sessions on disk."""
        return Sessions(self.settings.state_dir)

    @property
    def turns(self) -> Turns:
        """The turns of the sessions."""
        return Turns(self.sessions)

    @cached_property
    def library(self) -> Library:
        """The experience library: the one that is configured, else one of the user's own.

        Raises:
            ConfigError: it cannot be opened.
        """
        return open_library(self.settings)

    @property
    def has_named_library(self) -> bool:
        """Whether a library is configured, so that answers draw on it and corrections can teach it."""
        return self.settings.library_url not in (None, NONE)

    @property
    def author(self) -> str:
        """Who changes the library from here, for its history."""
        return f"{self.user}, in the app" if self.user else "app"

    @property
    def preferences(self) -> Preferences:
        """What was chosen."""
        return preferences.load(self.settings.state_dir)

    def choose(self, chosen: Preferences) -> None:
        """Keep what was chosen."""
        preferences.save(chosen, self.settings.state_dir)

    @property
    def model_settings(self) -> Settings:
        """The settings with the language model that was chosen."""
        if self.is_shared:
            return self.settings
        return self.preferences.applied(self.settings, self.key)

    @property
    def teacher_settings(self) -> Settings:
        """The settings with the language model that teaches the library: who answers, unless another is configured.

        Raises:
            ConfigError: the model that is configured to teach has no endpoint.
        """
        return self.settings.of_proposer() if self.model_settings == self.settings else self.model_settings

    def entries(self) -> list[SessionEntry]:
        """The sessions, the one that changed last first."""
        return self.sessions.entries()

    def free_name(self, text: str) -> str:
        """A name for a new session that begins like its question, and is not taken."""
        words = re.sub(r"[^\w .-]+", " ", text).split()[:_TITLE_WORDS]
        title = " ".join(words)[:_TITLE_LENGTH].strip(" .-") or "session"
        taken = {entry.name for entry in self.entries()}
        names = (title if number == 1 else f"{title} {number}" for number in range(1, len(taken) + 2))
        return next(name for name in names if name not in taken)

    def history(self, session: str) -> list[Turn]:
        """The turns of a session; of one that the command line began, its last question.

        Raises:
            SessionError: the session cannot be read.
        """
        turns = self.turns.of(session)
        if turns or not self.sessions.has(session):
            return turns
        solution = blocking(last_solution(self.sessions, session))
        answer = Answer(text=solution.explanation, state=solution.state)
        digest = solution.state.data_digest
        return [Turn(kind="question", text=solution.state.question, data_digest=digest, answer=answer)]

    def adopted(self, session: str) -> list[Turn]:
        """The turns of a session, kept as such if the command line began it, so that more can follow."""
        turns = self.history(session)
        if turns and not self.turns.of(session):
            for turn in turns:
                self.turns.add(session, turn)
        return turns

    def solution(self, session: str, position: int, turn: Turn) -> Solution | None:
        """The solution that a turn's answer stands on; the same object as long as the answer is the same."""
        if turn.answer is None or turn.answer.state is None:
            return None
        key = (session, position, hash(turn.answer.state.model_dump_json()))
        if key not in self._solutions:
            tables = self.sessions.tables(turn.data_digest)
            self._solutions[key] = Solution(turn.answer.state, tables)
            if len(self._solutions) > _KEPT_SOLUTIONS:
                self._solutions.popitem(last=False)
        return self._solutions[key]

    def last_solution(self, session: str, before: int | None = None) -> Solution:
        """The latest solution of a session, or the latest of the turns before one.

        Raises:
            SessionError: there is none yet.
        """
        turns = list(enumerate(self.history(session)))[:before]
        for position, turn in reversed(turns):
            solution = self.solution(session, position, turn)
            if solution is not None:
                return solution
        raise SessionError(f"there is no answer in session `{session}` yet; go on with its question first")

    def tables(self, session: str) -> Tables:
        """The tables that a session's last turn is about."""
        turns = self.history(session)
        return self.sessions.tables(turns[-1].data_digest) if turns else Tables()
