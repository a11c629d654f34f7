"""What was asked in a session, in order, and what came of it: kept beside the checkpoints."""

import time
from typing import Literal

from pydantic import ValidationError

from agent.changes import Change
from agent.errors import SessionError
from agent.formulation.model import Formulation
from agent.sessions import Sessions, check_name
from agent.state import Frozen, RunState

TurnKind = Literal["question", "follow_up", "hurts", "plans", "change", "formulation"]


class Answer(Frozen):
    """What came of a turn.

    Attributes:
        text: the answer in words, made from verified numbers; for an error, what went wrong and what to do.
        understood: what a follow-up was taken for.
        state: the run that the answer stands on; None where there is no new solution.
        proposal: formulations of which one is to be confirmed before the run goes on.
        error: the name of the error that ended the turn; empty for an answer.
    """

    text: str
    understood: str = ""
    state: RunState | None = None
    proposal: tuple[Formulation, ...] = ()
    error: str = ""


class Turn(Frozen):
    """One thing that was asked; `answer` is None until it is answered, also if the process ended before.

    Attributes:
        kind: a problem in words; a follow-up in words; which limit hurts; other plans; typed changes to the last
            formulation; or a formulation as it was edited.
        text: what was asked, as people read it.
        data_digest: of the tables that it is about.
        changes: for a change.
        formulation: for a formulation; of a question, the one that was confirmed.
    """

    kind: TurnKind
    text: str
    data_digest: str = ""
    changes: tuple[Change, ...] = ()
    formulation: Formulation | None = None
    answer: Answer | None = None


class Turns:
    """The turns of all sessions of a folder."""

    def __init__(self, sessions: Sessions) -> None:
        """Takes the sessions they belong to."""
        self._sessions = sessions

    def of(self, session: str) -> list[Turn]:
        """The turns of a session, the first first.

        Raises:
            SessionError: another version wrote them.
        """
        query = "SELECT turn FROM turns WHERE thread_id = ? ORDER BY position"
        with self._sessions.database() as database:
            rows = database.execute(query, (session,)).fetchall()
        try:
            return [Turn.model_validate_json(text) for (text,) in rows]
        except ValidationError:
            raise SessionError(
                f"the session `{session}` was written by another version; start a new one"
            ) from None

    def add(self, session: str, turn: Turn) -> int:
        """Keep one more turn; its position.

        Raises:
            SessionError: the name cannot name a session, or nothing can be kept.
        """
        with self._sessions.database() as database:
            count = "SELECT coalesce(max(position) + 1, 0) FROM turns WHERE thread_id = ?"
            (position,) = database.execute(count, (check_name(session),)).fetchone()
            row = (session, position, time.time(), turn.model_dump_json())
            database.execute("INSERT INTO turns VALUES (?, ?, ?, ?)", row)
        return int(position)

    def close(self, session: str, position: int, turn: Turn) -> None:
        """Keep a turn that was added before with its answer; a session that was deleted meanwhile stays so."""
        with self._sessions.database() as database:
            query = "UPDATE turns SET at = ?, turn = ? WHERE thread_id = ? AND position = ?"
            database.execute(query, (time.time(), turn.model_dump_json(), session, position))
