"""Runs that grow the library: begun with files of tasks, watched, stopped, gone on with."""

import streamlit as st

from agent.llm import Budget
from ui import growth, office, safe_text
from ui.desk import Desk
from ui.growth import Growth
from ui.pages import work

_KINDS: dict[growth.Kind, str] = {
    "learn": "Learn from tasks: insights that prove themselves become active",
    "evolve": "Evolve: active insights get better words, are split, or retire",
}
_FILES: dict[growth.Kind, tuple[str, str]] = {
    "learn": ("Tasks to learn from", "Tasks on which an insight may do no harm (may be left out)"),
    "evolve": ("Tasks to diagnose insights on", "Other tasks, by which changes are judged"),
}


def show(desk: Desk) -> None:
    """The form for a new run, and the runs so far."""
    _show_start(desk)
    runs = {run.name: run for run in growth.kept(desk)}
    if runs:
        st.subheader("Runs")
        chosen = st.selectbox("Run", list(runs), key="growth-run")
        _show_run(desk, runs[chosen])


def _show_start(desk: Desk) -> None:
    kind = st.radio("What to do", list(_KINDS), format_func=_KINDS.__getitem__, key="growth-kind")
    first, second = _FILES[kind]
    tasks = st.file_uploader(first, ["jsonl"], key=f"tasks-{kind}")
    others = st.file_uploader(second, ["jsonl"], key=f"others-{kind}")
    st.caption(
        "JSON Lines: `question`, and `answer`, `formulation` or `correction`. No answer enters a prompt. Each insight "
        "is tried in paired runs, which takes a dozen calls of the language model and more a task."
    )
    left, right = st.columns(2)
    calls = left.number_input("Most calls", 1, None, None, key="growth-calls", placeholder="no limit")
    tokens = right.number_input("Most tokens", 1, None, None, key="growth-tokens", placeholder="no limit")
    if st.button("Begin", key="growth-begin", type="primary", disabled=tasks is None):
        assert tasks is not None  # else the button is disabled
        with office.errors_shown():
            read = growth.tasks_of(tasks.getvalue(), tasks.name)
            besides = growth.tasks_of(others.getvalue(), others.name) if others else ()
            run = growth.prepared(kind, read, besides, Budget(calls=calls, tokens=tokens))
            growth.start(desk, office.jobs(), run)
            st.rerun()


def _show_run(desk: Desk, run: Growth) -> None:
    job = office.jobs().of(desk, run.name)
    if job is not None and not job.is_over:
        work.show(desk, job)
        return
    done = growth.results(desk, run)
    work.show_results(done, run.total)
    if job is not None and job.error:
        st.error(safe_text.markdown(job.error))
    if not run.is_done and st.button("Go on with it", key=f"go-on-{run.name}", icon=":material/play_circle:"):
        with office.errors_shown():
            growth.start(desk, office.jobs(), run)
            st.rerun()
