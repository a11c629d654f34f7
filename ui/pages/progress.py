"""A run while it goes on: its steps as they come, and a way to stop it."""

import streamlit as st

from ui import office, safe_text
from ui.desk import Desk
from ui.runner import Run

_EVERY_S = 0.5


def show(desk: Desk, run: Run) -> None:
    """The run, drawn again and again until it has ended; then the whole page with its answer."""

    @st.fragment(run_every=_EVERY_S)
    def watched() -> None:
        if office.runner().run_of(desk, run.session) is not run:
            st.rerun()
        with st.container(key="progress"):
            status = st.status(_label(run), expanded=True)
            for event in run.events:
                if event.kind == "finished":
                    note = f": {safe_text.markdown(event.note)}" if event.note else ""
                    status.markdown(f"✓ {event.words}, {event.seconds:.1f} s{note}")
            st.button("Stop", key="stop", icon=":material/stop_circle:", on_click=run.stop)

    watched()


def _label(run: Run) -> str:
    if run.is_waiting:
        return "Waiting until others are done ..."
    if run.note:
        return f"{safe_text.markdown(run.note)} ..."
    words = run.events[-1].words if run.events else "at work"
    return f"{words[0].upper()}{words[1:]} ..."
