"""The page of problems: a list of sessions, and one of them as a conversation."""

import streamlit as st

from agent.nodes.intake import clean
from agent.turns import Turn
from ui import office, safe_text
from ui.pages import answer, progress, sessions, start
from ui.runner import Run


def show() -> None:
    """The page."""
    desk = office.desk()
    session = st.query_params.get("session", "")
    known = {entry.name for entry in desk.entries()}
    if session and session not in known:
        st.info(f"There is no session “{safe_text.markdown(session)}” here. Begin a new one, or choose one.")
        session = ""
    sessions.show_list(desk, session)
    if session:
        _show_session(session)
    else:
        start.show(desk)


def _show_session(session: str) -> None:
    desk = office.desk()
    run = office.runner().run_of(desk, session)
    turns = desk.history(session)
    sessions.show_menu(desk, session, is_busy=run is not None)
    for position, turn in enumerate(turns):
        is_last = position == len(turns) - 1
        with st.chat_message("user"):
            st.markdown(safe_text.markdown(turn.text))
        with st.chat_message("assistant", avatar=":material/function:"):
            if is_last and run is not None:
                progress.show(desk, run)
            else:
                answer.show(desk, session, position, turn, is_last=is_last)
    _show_input(session, turns, run)


def _show_input(session: str, turns: list[Turn], run: Run | None) -> None:
    has_answer = any(turn.answer is not None and turn.answer.state is not None for turn in turns)
    text = st.chat_input(
        "Ask about the answer" if has_answer else "No answer yet",
        key="question",
        disabled=run is not None or not has_answer,
    )
    if not text:
        return
    with office.errors_shown():
        turn = Turn(kind="follow_up", text=clean(text), data_digest=turns[-1].data_digest)
        office.runner().ask(office.desk(), session, turn)
        st.rerun()
