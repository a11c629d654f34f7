"""One insight: its words and evidence, the form that changes it, its history and the way back."""

from datetime import UTC, datetime
from typing import NamedTuple

import streamlit as st

from agent.curation import edited, evidence
from library.history import difference, restore, version_of
from library.insight import Insight, Status
from library.store import Event
from ui import office, safe_text
from ui.desk import Desk

_TABS = ("Read", "Edit", "History")
_TEXT_HEIGHT = 120


class Fields(NamedTuple):
    """What a form says of an insight."""

    labels: list[str]
    condition: str
    explanation: str
    example: str


def open_one(insight_id: str) -> None:
    """Makes an insight the one that the page shows, also after a reload; the empty id leads back to the list."""
    if insight_id:
        st.query_params["insight"] = insight_id
    else:
        st.query_params.clear()


def show(desk: Desk, insight_id: str) -> None:
    """The page of one insight."""
    st.button("All insights", key="back", icon=":material/arrow_back:", on_click=open_one, args=("",))
    one = desk.library.store.get(insight_id)
    st.subheader(safe_text.markdown(one.title))
    st.caption(safe_text.markdown(f"{one.status.value}, version {one.version}, {one.id}"))
    tabs = st.tabs(_TABS, key="insight-tabs", on_change="rerun")
    for tab, show_tab in zip(tabs, (_show_words, _show_form, _show_history), strict=True):
        if tab.open:
            with tab, office.errors_shown():
                show_tab(desk, one)


def _show_words(desk: Desk, one: Insight) -> None:
    for label in one.labels:
        st.caption(safe_text.markdown(label))
    st.markdown(f"**When it applies**  \n{safe_text.markdown(one.condition)}")
    st.markdown(f"**What to do then**  \n{safe_text.markdown(one.explanation)}")
    if one.example:
        st.markdown("**Example**")
        st.code(safe_text.safe(one.example), language=None, wrap_lines=True)
    st.markdown("**Evidence**")
    with st.container(key="evidence"):
        st.markdown("\n".join(f"- {safe_text.markdown(line)}" for line in evidence(one)))
    if one.status is Status.RETIRED:
        if st.button("Bring it back", key="bring-back", icon=":material/undo:"):
            _keep(desk, one.model_copy(update={"status": Status.ACTIVE}), "brought back")
        return
    with st.popover("Retire", icon=":material/archive:", key="retire-menu"):
        why = st.text_input("Why", key="retire-why")
        if st.button("Take it out of use", key="retire"):
            _keep(desk, one.model_copy(update={"status": Status.RETIRED}), why.strip() or "retired")


def fields(key: str, *, labels: str, condition: str, explanation: str, example: str) -> Fields:
    """The boxes of a form for an insight, and what stands in them."""
    placed = st.text_area(
        "Labels, one a line: area > group > topic",
        labels,
        key=f"labels-{key}",
        placeholder="General Formulation > Variable Definition > Integrality",
    )
    when = st.text_area(
        "When it applies, and when not", condition, key=f"condition-{key}", height=_TEXT_HEIGHT
    )
    what = st.text_area("What to do then", explanation, key=f"explanation-{key}", height=_TEXT_HEIGHT)
    shown = st.text_area("Example (may be empty)", example, key=f"example-{key}", height=_TEXT_HEIGHT)
    return Fields([line for line in placed.splitlines() if line.strip()], when, what, shown)


def _show_form(desk: Desk, one: Insight) -> None:
    """The form holds the version that it was opened with: who saves later is told, and overwrites nothing."""
    held: Insight = st.session_state.setdefault(f"held-{one.id}", one)
    if held.version != one.version:
        st.warning(f"It was changed meanwhile: you edit version {held.version}, the newest is {one.version}.")
        if st.button("Edit the newest instead", key="edit-newest"):
            del st.session_state[f"held-{one.id}"]
            st.rerun()
    with st.form("edit-insight", border=False):
        given = fields(
            f"{held.id}-{held.version}",
            labels="\n".join(map(str, held.labels)),
            condition=held.condition,
            explanation=held.explanation,
            example=held.example,
        )
        note = st.text_input("Why (for the history)", key=f"note-{held.id}-{held.version}")
        if st.form_submit_button("Save", key="save-insight", type="primary"):
            with office.errors_shown():
                _keep(desk, edited(held, **given._asdict()), note.strip() or "edited")


def _keep(desk: Desk, changed: Insight, note: str) -> None:
    with office.errors_shown():
        desk.library.store.put([changed], author=desk.author, note=note)
        _reload(changed.id)


def _show_history(desk: Desk, one: Insight) -> None:
    events = desk.library.store.events(one.id)
    st.dataframe([_row(event) for event in reversed(events)], hide_index=True, key="insight-events")
    if len(events) < 2:
        return
    versions = [event.insight.version for event in reversed(events)]
    left, right = st.columns(2)
    older = left.selectbox("Compare version", versions[1:], key=f"older-{one.version}")
    newer = right.selectbox("with version", versions, key=f"newer-{one.version}")
    store = desk.library.store
    lines = difference(version_of(store, one.id, older), version_of(store, one.id, newer))
    with st.container(key="difference"):
        st.code(safe_text.safe(lines) or "no difference", language="diff", wrap_lines=True)
    if st.button(f"Go back to version {older}", key="roll-back", icon=":material/history:"):
        with office.errors_shown():
            restore(store, one.id, older, author=desk.author)
            _reload(one.id)


def _reload(insight_id: str) -> None:
    """The page anew, with a form that holds the newest version."""
    st.session_state.pop(f"held-{insight_id}", None)
    st.rerun()


def _row(event: Event) -> dict[str, str | int]:
    return {
        "version": event.insight.version,
        "when (UTC)": f"{datetime.fromtimestamp(event.at, UTC):%Y-%m-%d %H:%M:%S}",
        "who": event.author,
        "why": event.note,
    }
