"""The sessions in the sidebar, and what can be done with the one that is open."""

import streamlit as st

from ui import office, safe_text
from ui.desk import Desk


def show_list(desk: Desk, session: str) -> None:
    """The sessions as buttons in the sidebar, the one that changed last first."""
    with st.sidebar:
        st.button(
            "New problem",
            key="new-session",
            icon=":material/add:",
            width="stretch",
            on_click=_open,
            args=("",),
        )
        with st.container(key="session-list"):
            for number, entry in enumerate(desk.entries()):
                st.button(
                    safe_text.markdown(entry.name),
                    key=f"session-{number}",
                    help=entry.changed.astimezone().strftime("%Y-%m-%d %H:%M"),
                    type="primary" if entry.name == session else "tertiary",
                    width="stretch",
                    on_click=_open,
                    args=(entry.name,),
                )


def show_menu(desk: Desk, session: str, *, is_busy: bool) -> None:
    """The open session's name, with a menu to rename or delete it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"##### {safe_text.markdown(session)}")
        with st.popover("Session", key="session-menu", icon=":material/more_horiz:", disabled=is_busy):
            name = st.text_input("Name", value=session, key=f"rename-{session}", max_chars=80)
            if st.button("Rename", key="rename", disabled=name == session):
                with office.errors_shown():
                    desk.sessions.rename(session, name.strip())
                    _open(name.strip())
                    st.rerun()
            is_sure = st.checkbox("Delete it with all its answers", key="delete-sure")
            if st.button("Delete", key="delete", disabled=not is_sure, icon=":material/delete:"):
                with office.errors_shown():
                    desk.sessions.delete(session)
                    _open("")
                    st.rerun()


def _open(session: str) -> None:
    """Makes a session the one that the page shows, also after a reload."""
    if session:
        st.query_params["session"] = session
    else:
        st.query_params.clear()
