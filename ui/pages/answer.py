"""An answer: plain words first, then what stands behind it in tabs, and what can be done next."""

from collections.abc import Callable

import streamlit as st

from agent.changes import Change
from agent.errors import AgentError, QuestionError
from agent.solution import Solution, Status
from agent.turns import Turn
from ui import growth, office, presenters, safe_text
from ui.desk import Desk
from ui.pages import details, editor, start

_TABS = ("Answer", "Model", "Checks", "Sensitivity", "Steps", "Take away")


def show(desk: Desk, session: str, position: int, turn: Turn, *, is_last: bool) -> None:
    """The answer of a turn; what stands behind it only for the last one, or on demand."""
    if turn.answer is None or turn.answer.error:
        _show_failure(desk, session, turn, is_last=is_last)
        return
    solution = desk.solution(session, position, turn)
    if solution is not None:
        st.markdown(f"**{safe_text.markdown(presenters.headline(solution))}**")
    if turn.answer.understood:
        st.caption(f"Understood as: {safe_text.markdown(turn.answer.understood)}")
    st.markdown(safe_text.markdown(turn.answer.text))
    if is_last and turn.answer.proposal:
        editor.show_proposal(desk, session, position, turn)
    if solution is None:
        return
    if is_last:
        _show_repairs(desk, session, turn, solution)
        _show_next_questions(desk, session, turn, solution)
    if is_last or st.toggle("Show what stands behind it", key=f"behind-{position}"):
        _show_tabs(desk, session, position, turn, solution)


def _show_failure(desk: Desk, session: str, turn: Turn, *, is_last: bool) -> None:
    if turn.answer is None:
        st.warning("This was stopped before it was answered.")
    else:
        st.error(safe_text.markdown(turn.answer.text))
    if not is_last:
        return
    with st.container(horizontal=True), office.errors_shown():
        if st.button("Go on with it", key="go-on", icon=":material/play_circle:"):
            office.runner().go_on(desk, session)
            st.rerun()
        is_new = turn.answer is not None and turn.answer.error == QuestionError.__name__
        if is_new and st.button("Ask it as a new problem", key="ask-as-new"):
            start.begin(desk, turn.text, desk.tables(session))


def _show_repairs(desk: Desk, session: str, turn: Turn, solution: Solution) -> None:
    repairs = presenters.repairs(solution)
    if repairs:
        st.markdown("What would make it possible:")
    for number, repair in enumerate(repairs):
        if st.button(safe_text.markdown(repair.words), key=f"repair-{number}", icon=":material/build:"):
            _ask(desk, session, turn, "change", repair.words, repair.change)


def _show_next_questions(desk: Desk, session: str, turn: Turn, solution: Solution) -> None:
    with st.container(horizontal=True):
        if solution.status in (Status.OPTIMAL, Status.FEASIBLE):
            if st.button("What limits it most?", key="ask-hurts"):
                _ask(desk, session, turn, "hurts", "What limits it most?")
            if st.button("Which other plans are nearly as good?", key="ask-plans"):
                _ask(desk, session, turn, "plans", "Which other plans are nearly as good?")
        with st.popover("This is wrong", key="wrong"):
            _show_correction(desk, session, turn, solution)


def _show_correction(desk: Desk, session: str, turn: Turn, solution: Solution) -> None:
    """A box for what is wrong, by which the problem is formulated anew and the library learns."""
    reason = st.text_area(
        "because", key="wrong-because", placeholder="flour is sold in whole bags only"
    ).strip()
    may_teach = desk.has_named_library and not solution.tables
    if not desk.has_named_library:
        st.caption(
            "Nothing is learned from it, since no library is configured: OPTWRIGHT\\_LIBRARY\\_URL names one."
        )
    elif not may_teach:
        st.caption(
            "The library does not learn from it yet: problems with tables cannot be tried again there."
        )
    is_taught = may_teach and st.checkbox(
        "Let the library learn from it",
        value=True,
        key="teach",
        help="It looks for an insight that avoids the mistake, and keeps it if runs with it go right where runs "
        "without it go wrong. That takes a dozen calls of the language model and more, within the budget of a "
        "question.",
    )
    if st.button("Formulate it anew", key="correct", disabled=not reason):
        problem = presenters.last_problem(desk.history(session))
        if is_taught:
            _teach(desk, problem, reason)
        _ask(desk, session, turn, "question", presenters.corrected(problem, reason))


def _teach(desk: Desk, problem: str, reason: str) -> None:
    """Begins a run that learns from a correction; what hinders it is told and stops nothing else."""
    try:
        growth.start(desk, office.jobs(), growth.correction(problem, reason, desk.preferences.budget))
    except AgentError as error:
        office.tell_next(f"The library learns nothing from it: {error}")
    else:
        office.tell_next("The library is learning from it; its page shows how that goes.")


def _ask(desk: Desk, session: str, before: Turn, kind: str, text: str, *changes: Change) -> None:
    with office.errors_shown():
        asked = Turn.model_validate(
            {"kind": kind, "text": text, "data_digest": before.data_digest, "changes": changes}
        )
        office.runner().ask(desk, session, asked)
        st.rerun()


def _show_tabs(desk: Desk, session: str, position: int, turn: Turn, solution: Solution) -> None:
    tabs = st.tabs(_TABS, key=f"tabs-{position}", on_change="rerun")
    shown: tuple[Callable[[], None], ...] = (
        lambda: details.show_values(solution, position),
        lambda: editor.show(desk, session, position, turn, solution),
        lambda: details.show_checks(solution),
        lambda: details.show_sensitivity(solution, position),
        lambda: details.show_steps(solution, position),
        lambda: details.show_downloads(solution, position),
    )
    for tab, show_tab in zip(tabs, shown, strict=True):
        if tab.open:
            with tab, office.errors_shown():
                show_tab()
