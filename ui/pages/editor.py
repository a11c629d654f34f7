"""The model in mathematics, and a way to change it as a form or as text, checked as it changes."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from agent.data import Tables
from agent.errors import AgentError
from agent.formulation.model import Domain, Formulation, Sense
from agent.formulation.render import to_latex
from agent.solution import Solution
from agent.turns import Turn
from ui import editing, office, safe_text
from ui.desk import Desk

_TEXT_HEIGHT = 420


def show(desk: Desk, session: str, position: int, turn: Turn, solution: Solution) -> None:
    """The model of a solution, to be changed and solved again."""

    def solve(changed: Formulation, edits: str) -> None:
        asked = Turn(
            kind="formulation",
            text=f"Solve the model with this: {edits}",
            data_digest=turn.data_digest,
            formulation=changed,
        )
        office.runner().ask(desk, session, asked)

    if solution.formulation is None:
        st.caption("There is no model: none of the attempts could be built.")
    else:
        _edit(solution.formulation, solution.tables, position, solve, is_proposal=False)


def show_proposal(desk: Desk, session: str, position: int, turn: Turn) -> None:
    """The formulations of which one is to be confirmed, to be changed if need be."""
    assert turn.answer is not None  # who calls has seen the proposal in it
    choices = turn.answer.proposal
    number = 0
    if len(choices) > 1:
        label = "Which of these models"
        number = st.selectbox(
            label, range(len(choices)), format_func=lambda n: f"Model {n + 1}", key="proposal"
        )

    def confirm(meant: Formulation, edits: str) -> None:  # noqa: ARG001
        office.runner().confirm(desk, session, meant)

    _edit(choices[number], desk.sessions.tables(turn.data_digest), position, confirm, is_proposal=True)


def _edit(
    formulation: Formulation,
    tables: Tables,
    position: int,
    solve: Callable[[Formulation, str], None],
    *,
    is_proposal: bool,
) -> None:
    """The model, under it the form or the text to change it, and the button that solves it."""
    st.latex(to_latex(formulation))

    @st.fragment
    def edited() -> None:
        way = st.segmented_control(
            "Change the model", ["as a form", "as text"], key=f"edit-as-{position}", default="as a form"
        )
        try:
            read = _as_text if way == "as text" else _as_form
            changed = read(formulation, position)
            fault = editing.fault_of(changed, tables)
        except AgentError as error:
            changed, fault = formulation, str(error)
        edits = editing.edits(formulation, changed)
        _show_verdict(changed, edits, fault)
        is_ready = (bool(edits) or is_proposal) and not fault
        words = "This is what I mean: solve it" if is_proposal else "Solve the changed model"
        if st.button(words, key="resolve", type="primary", disabled=not is_ready):
            with office.errors_shown():
                solve(changed, edits)
                st.rerun()

    edited()


def _show_verdict(changed: Formulation, edits: str, fault: str) -> None:
    """What is wrong with the changed model or, if it can be solved, what changed."""
    with st.container(key="verdict"):
        if fault:
            st.error(safe_text.markdown(fault), icon=":material/error:")
        elif edits:
            st.success(safe_text.markdown(f"It can be solved: {edits}."), icon=":material/check:")
            st.latex(to_latex(changed))
        else:
            st.caption("Nothing is changed yet.")


def _as_text(formulation: Formulation, position: int) -> Formulation:
    text = st.text_area(
        "The model as text (JSON); leave the box to have it checked",
        value=editing.to_text(formulation),
        key=f"formulation-text-{position}",
        height=_TEXT_HEIGHT,
    )
    return editing.of_text(text)


def _as_form(formulation: Formulation, position: int) -> Formulation:
    goal = formulation.objective
    senses = [sense.value for sense in Sense]
    sense = st.selectbox("Goal", senses, index=senses.index(goal.sense.value), key=f"sense-{position}")
    expression = st.text_input("Objective", value=goal.expression, key=f"objective-{position}")
    domains = st.column_config.SelectboxColumn(options=[domain.value for domain in Domain])
    rows: dict[str, Any] = {}
    for group in editing.GROUPS:
        st.caption(group.capitalize())
        rows[group] = st.data_editor(
            editing.to_rows(formulation, group),
            key=f"{group}-{position}",
            num_rows="dynamic",
            hide_index=True,
            column_config={"domain": domains},
        )
    return editing.with_rows(formulation, rows, {"sense": sense, "expression": expression})
