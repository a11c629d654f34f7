"""Sessions on disk: listed, renamed and deleted, with the turns and tables that belong to them."""

import asyncio
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from replies import SIMPLE, SIMPLE_QUESTION

import agent
from agent.changes import EaseLimit
from agent.data import Tables, load
from agent.errors import DataError, SessionError
from agent.llm import ScriptedModel
from agent.sessions import Sessions
from agent.turns import Answer, Turn, Turns


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return Sessions(tmp_path / "state")


def solved(name: str) -> agent.Solution:
    return agent.solve(SIMPLE_QUESTION, session=name, model=ScriptedModel([SIMPLE] * 2))


def test_there_is_no_session_before_the_first(sessions: Sessions) -> None:
    assert sessions.entries() == []
    assert not sessions.has("any")


def test_sessions_are_listed_by_their_last_change(sessions: Sessions) -> None:
    solved("first")
    solved("second")
    Turns(sessions).add("first", Turn(kind="hurts", text="which limit hurts?"))
    names = [entry.name for entry in sessions.entries()]
    assert names == ["first", "second"]
    now = datetime.now(UTC)
    assert all(now - timedelta(minutes=5) < entry.changed <= now for entry in sessions.entries())


def test_a_renamed_session_goes_on_under_its_new_name_only(sessions: Sessions) -> None:
    solved("old")
    Turns(sessions).add("old", Turn(kind="plans", text="other plans"))
    sessions.rename("old", "new")
    assert [entry.name for entry in sessions.entries()] == ["new"]
    assert agent.solve(None, session="new", model=ScriptedModel([])).objective == 3
    assert [turn.text for turn in Turns(sessions).of("new")] == ["other plans"]
    with pytest.raises(SessionError, match="no session `old`"):
        agent.solve(None, session="old", model=ScriptedModel([]))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [("one", "two", "already"), ("ghost", "x", "no session"), ("one", "../x", "cannot name")],
)
def test_a_rename_that_cannot_be_is_refused(sessions: Sessions, old: str, new: str, message: str) -> None:
    solved("one")
    solved("two")
    with pytest.raises(SessionError, match=message):
        sessions.rename(old, new)
    assert {entry.name for entry in sessions.entries()} == {"one", "two"}


def test_a_deleted_session_takes_along_only_the_tables_that_no_other_uses(sessions: Sessions) -> None:
    shared, own = load({"demand": {"A": 3}}), load({"supply": {"B": 4}})
    for name, tables in (("keep", shared), ("drop", shared), ("drop", own)):
        solved(name)
        sessions.save(name, tables)
    sessions.delete("drop")
    assert [entry.name for entry in sessions.entries()] == ["keep"]
    assert sessions.tables(shared.digest) == shared
    with pytest.raises(DataError):
        sessions.tables(own.digest)
    assert sessions.tables("") == Tables()


def test_turns_come_back_in_order_with_their_outcomes(sessions: Sessions) -> None:
    turns = Turns(sessions)
    solution = solved("s")
    change = Turn(kind="change", text="let go", changes=(EaseLimit(constraint="x", by=2),))
    assert turns.add("s", Turn(kind="question", text=SIMPLE_QUESTION)) == 0
    position = turns.add("s", change)
    answered = change.model_copy(update={"answer": Answer(text="done", state=solution.state)})
    turns.close("s", position, answered)
    first, second = turns.of("s")
    assert first.answer is None
    assert second == answered
    assert second.answer is not None and second.answer.state is not None
    assert agent.Solution(second.answer.state, Tables()).objective == 3


def test_a_turn_that_ends_after_its_session_was_deleted_does_not_bring_it_back(sessions: Sessions) -> None:
    turns = Turns(sessions)
    turn = Turn(kind="hurts", text="?")
    position = turns.add("s", turn)
    sessions.delete("s")
    turns.close("s", position, turn)
    assert sessions.entries() == []


def test_only_the_owner_can_read_the_sessions(sessions: Sessions, tmp_path: Path) -> None:
    Turns(sessions).add("s", Turn(kind="hurts", text="?"))
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "state" / "sessions.sqlite").stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SessionError, match="OPTWRIGHT_STATE_DIR"):
        Turns(Sessions(tmp_path / "file")).add("s", Turn(kind="hurts", text="?"))


def test_a_write_that_is_left_in_the_middle_locks_nobody_out(sessions: Sessions) -> None:
    async def leave_in_the_middle() -> object:
        async with sessions.saver() as saver:
            await saver.setup()
            insert = "INSERT INTO writes VALUES ('s', '', '', '', '', ?, '', '', '')"
            return await saver.conn.executemany(insert, [(0,), (1,)])

    cursor = asyncio.run(leave_in_the_middle())
    turn = Turn(kind="question", text="What now?")
    assert Turns(sessions).add("s", turn) == 0
    assert Turns(sessions).of("s") == [turn]
    assert cursor is not None  # whoever still holds the cursor, the database is free
