"""The model in mathematics, and a way to change it as a form or as text, checked as it changes."""

from typing import Any

import streamlit as st

from agent.errors import AgentError
from agent.formulation.model import Domain, Formulation, Sense
from agent.formulation.render import to_latex
from agent.solution import Solution
from agent.turns import Turn
from ui import editing, office, safe_text
from ui.desk import Desk

_TEXT_HEIGHT = 420


def show(desk: Desk, session: str, position: int, turn: Turn, solution: Solution) -> None:
    """The model, and under it the form or the text to change it."""
    formulation = solution.formulation
    if formulation is None:
        st.caption("There is no model: none of the attempts could be built.")
        return
    st.latex(to_latex(formulation))

    @st.fragment
    def edited() -> None:
        way = st.segmented_control(
            "Change the model", ["as a form", "as text"], key=f"edit-as-{position}", default="as a form"
        )
        try:
            read = _as_text if way == "as text" else _as_form
            changed = read(formulation, position)
            fault = editing.fault_of(changed, solution.tables)
        except AgentError as error:
            changed, fault = formulation, str(error)
        _show_verdict(desk, session, turn, formulation, changed, fault)

    edited()


def _show_verdict(
    desk: Desk, session: str, turn: Turn, before: Formulation, changed: Formulation, fault: str
) -> None:
    """What is wrong with the changed model or, if it can be solved, what changed and the button that solves it."""
    edits = editing.edits(before, changed)
    with st.container(key="verdict"):
        if fault:
            st.error(safe_text.markdown(fault), icon=":material/error:")
        elif edits:
            st.success(safe_text.markdown(f"It can be solved: {edits}."), icon=":material/check:")
            st.latex(to_latex(changed))
        else:
            st.caption("Nothing is changed yet.")
    is_ready = bool(edits) and not fault
    if st.button("Solve the changed model", key="resolve", type="primary", disabled=not is_ready):
        with office.errors_shown():
            asked = Turn(
                kind="formulation",
                text=f"Solve the model with this: {edits}",
                data_digest=turn.data_digest,
                formulation=changed,
            )
            office.runner().ask(desk, session, asked)
            st.rerun()


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
