"""The page of benchmarks: runs over sets of problems, one of them or two side by side, and the form for a new one."""

import streamlit as st

from benchmarks import datasets
from benchmarks.datasets import Dataset
from benchmarks.runs import RunFolder
from ui import office, safe_text, trials
from ui.desk import Desk
from ui.pages import comparison, report, work

_TABS = ("Runs", "Compare", "New run")
_OWN = "a file of my own"


def show() -> None:
    """The page."""
    desk = office.desk()
    st.title("Benchmarks")
    st.markdown(
        "A run answers the problems of a set whose answers are known, and scores them strictly: nothing is rounded, "
        "and the agent never sees the key."
    )
    folders = {folder.path.name: folder for folder in trials.folders(desk)}
    tabs = st.tabs(_TABS, key="benchmark-tabs", on_change="rerun")
    if tabs[0].open:
        with tabs[0], office.errors_shown():
            _show_runs(desk, folders)
    if tabs[1].open:
        with tabs[1], office.errors_shown():
            comparison.show(folders)
    if tabs[2].open:
        with tabs[2], office.errors_shown():
            _show_start(desk)


def _show_runs(desk: Desk, folders: dict[str, RunFolder]) -> None:
    if not folders:
        st.info(
            "There are no runs yet. The set “starter” ships with Optwright: begin with a few of its problems under "
            "“New run”. Runs of `optwright bench run` in the folder `runs` are shown here, too."
        )
        return
    name = st.selectbox("Run", list(folders), key="run")
    folder = folders[name]
    job = office.jobs().of(desk, name)
    if job is not None and not job.is_over:
        work.show(desk, job)
        return
    if job is not None and job.error:
        st.error(safe_text.markdown(job.error))
    found = trials.report(folder)
    if found.missing:
        st.warning(f"{found.missing} of {found.missing + found.n} problems have no answer yet.")
        if st.button("Go on with it", key="go-on-run", icon=":material/play_circle:"):
            trials.go_on(desk, office.jobs(), folder)
            st.rerun()
    report.show(folder, found)


def _show_start(desk: Desk) -> None:
    cards = {card.name: card for card in trials.sets_here(desk)}
    name = st.selectbox("Set", [*cards, _OWN], key="set")
    if name == _OWN:
        st.caption(
            "JSON Lines with `question` and `answer`, or the layout of a published set; `optwright bench fetch` brings "
            "those to this machine."
        )
        file = st.file_uploader("The set", ["jsonl", "json", "csv"], key="set-file")
    else:
        st.caption(safe_text.markdown(f"{cards[name].title}; {cards[name].types}"))
        file = None
    left, middle, right = st.columns(3)
    limit = left.number_input("Only the first", 1, None, 10, key="run-limit", placeholder="all of them")
    samples = middle.number_input("Formulations that vote", 1, 99, 1, key="run-samples")
    workers = right.number_input("Side by side", 1, 64, 2, key="run-workers")
    draws = desk.has_named_library and st.checkbox("Draw on the experience library", key="run-library")
    st.caption("Who answers, and what a question may cost, is as the settings say.")
    if st.button("Begin", key="run-begin", type="primary", disabled=name == _OWN and file is None):
        dataset: Dataset
        if file is not None:
            dataset = trials.uploaded_set(desk, file.getvalue(), file.name)
        else:
            dataset = datasets.load(name, settings=desk.settings)
        setup = trials.setup_of(desk, samples, draws_on_library=draws)
        trials.start(
            desk, office.jobs(), trials.new_folder(desk, dataset.name), dataset, setup, limit, workers
        )
        st.toast("The run is at work; it is among the runs.")
