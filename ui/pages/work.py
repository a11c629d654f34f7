"""Long work while it goes on, and what came of it."""

from collections.abc import Sequence

import streamlit as st

from ui import office, safe_text
from ui.desk import Desk
from ui.jobs import Job

_EVERY_S = 1.0
_SHOWN_LINES = 12


def show(desk: Desk, job: Job) -> None:
    """A job, drawn again and again until it has ended; then the whole page with its result."""

    @st.fragment(run_every=_EVERY_S)
    def watched() -> None:
        if office.jobs().of(desk, job.name) is not job or job.is_over:
            st.rerun()
        with st.container(key=f"work-{job.name}"):
            show_results(job.lines, job.total)
            if job.note or job.score:
                st.caption(safe_text.markdown(job.note or job.score))
            words = "Stopping: what is under way comes to its end" if job.is_stopped else "Stop"
            st.button(
                words,
                key=f"stop-{job.name}",
                icon=":material/stop_circle:",
                on_click=job.stop,
                disabled=job.is_stopped,
            )

    watched()


def show_results(lines: Sequence[str], total: int | None) -> None:
    """How much is done, and the latest results in words."""
    done = len(lines)
    if total:
        st.progress(min(1.0, done / total), f"{done} of {total}")
    else:
        st.caption(f"{done} done")
    if done > _SHOWN_LINES:
        st.caption(f"the latest {_SHOWN_LINES}:")
    if lines:
        st.markdown("\n".join(f"- {safe_text.markdown(line)}" for line in lines[-_SHOWN_LINES:]))
