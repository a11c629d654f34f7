"""The page of the experience library: its insights by words and place, and tabs for what is done with all of them."""

from itertools import islice

import streamlit as st

from agent.curation import written
from library.insight import Insight, Status
from library.protocol import Track
from ui import office, safe_text
from ui.desk import Desk
from ui.pages import exchange, growth, insight

_PAGE_SIZE = 15
_MOST_HITS = 200
_TABS = ("Insights", "Add", "Import and export", "Learn and evolve")
_STATUSES = {"active": Status.ACTIVE, "candidates": Status.CANDIDATE, "retired": Status.RETIRED, "all": None}
_TRACKS: dict[str, Track | None] = {"both steps": None, "formulations": "formulation", "programs": "code"}
_ANY = "everything"


def show() -> None:
    """The page."""
    desk = office.desk()
    chosen = st.query_params.get("insight", "")
    if chosen:
        insight.show(desk, chosen)
        return
    st.title("Library")
    st.markdown(
        "An insight says when it applies and what to do then. The agent is offered the few that fit a problem; each "
        "has to prove itself in runs with and without it."
    )
    _show_place(desk)
    tabs = st.tabs(_TABS, key="library-tabs", on_change="rerun")
    for tab, show_tab in zip(tabs, (_show_insights, _show_add, exchange.show, growth.show), strict=True):
        if tab.open:
            with tab, office.errors_shown():
                show_tab(desk)


def _show_place(desk: Desk) -> None:
    """Where the library is and whether answers draw on it."""
    place = safe_text.markdown(desk.library.store.url)
    if desk.has_named_library:
        st.caption(f"{place}. Answers draw on it.")
    else:
        st.caption(
            f"{place}. No library is configured, so answers draw on none; with OPTWRIGHT\\_LIBRARY\\_URL set to this "
            "address, they draw on this one."
        )


def _show_insights(desk: Desk) -> None:
    words = st.text_input("Search", key="library-search", placeholder="words, or a whole problem")
    left, right = st.columns(2)
    status = left.selectbox("Which", list(_STATUSES), key="library-status")
    track = right.selectbox("For", list(_TRACKS), key="library-track")
    label = _chosen_label(desk)
    store = desk.library.store
    if words.strip():
        hits = store.search(
            words, status=_STATUSES[status], track=_TRACKS[track], label=label, limit=_MOST_HITS
        )
        found = tuple(hit.insight for hit in hits)
    else:
        found = store.insights(status=_STATUSES[status], track=_TRACKS[track], label=label)
    _show_list(found, is_empty=not store.counts())


def _chosen_label(desk: Desk) -> str:
    """The beginning of the labels to show, chosen a level at a time; empty for all."""
    known = [(one.label.track, one.label.group, one.label.name) for one in desk.library.store.taxonomy()]
    chosen: tuple[str, ...] = ()
    for level, (title, column) in enumerate(zip(("Area", "Group", "Topic"), st.columns(3), strict=True)):
        below = dict.fromkeys(path[level] for path in known if path[:level] == chosen)
        pick = column.selectbox(
            title, [_ANY, *below], key=f"library-label-{level}", disabled=len(chosen) < level or not below
        )
        if pick != _ANY and len(chosen) == level:
            chosen = (*chosen, pick)
    return " > ".join(chosen) + (" > " if 0 < len(chosen) < 3 else "")


def _show_list(found: tuple[Insight, ...], *, is_empty: bool) -> None:
    if is_empty:
        st.info(
            "There are no insights yet. Add one by hand, import a file, or let the library learn from problems whose "
            "answers you know."
        )
        return
    pages = max(1, -(-len(found) // _PAGE_SIZE))
    page = 1
    if pages > 1:
        page = int(st.number_input(f"Page of {pages}", 1, pages, 1, key="library-page"))
    st.caption(f"{len(found)} insight{'s' * (len(found) != 1)}")
    with st.container(key="insight-list", gap="small"):
        for one in islice(found, (page - 1) * _PAGE_SIZE, page * _PAGE_SIZE):
            st.button(
                safe_text.markdown(one.title),
                key=f"insight-{one.id}",
                type="tertiary",
                icon=":material/lightbulb:",
                on_click=insight.open_one,
                args=(one.id,),
            )
            proof = one.evidence
            measured = f"helped {proof.helped} of {proof.runs} runs" if proof.runs else "not measured"
            st.caption(safe_text.markdown(f"{one.status.value}; {one.labels[0]}; {measured}"))


def _show_add(desk: Desk) -> None:
    with st.form("add-insight", border=False):
        given = insight.fields("new", labels="", condition="", explanation="", example="")
        if st.form_submit_button("Add it", key="add", type="primary"):
            with office.errors_shown():
                fresh = written(given.condition, given.explanation, given.labels, given.example)
                (stored,) = desk.library.store.put([fresh], author=desk.author, note="added")
                insight.open_one(stored.id)
                st.rerun()
