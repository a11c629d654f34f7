"""Two runs over the same problems, side by side."""

import streamlit as st

from benchmarks.errors import RunError
from benchmarks.runs import RunFolder
from benchmarks.scoring.comparison import Change, compare
from ui import plots, safe_text, trials


def show(folders: dict[str, RunFolder]) -> None:
    """The choice of two runs, and what came out differently."""
    if len(folders) < 2:
        st.info("It takes two runs over the same set to compare them.")
        return
    left, right = st.columns(2)
    names = list(folders)
    first = left.selectbox("This run", names, index=1, key="first-run")
    second = right.selectbox("with this", names, index=0, key="second-run")
    if first == second:
        st.info("Choose two different runs.")
        return
    reports = {name: trials.report(folders[name]) for name in (first, second)}
    try:
        found = compare(reports[first], reports[second])
    except RunError as error:
        st.warning(safe_text.markdown(str(error)))
        return
    before, after = st.columns(2)
    before.metric("this run", f"{found.first.value:.1%}", help=str(found.first))
    gain = found.second.value - found.first.value
    change = f"{gain:+.1%}" if gain else None
    after.metric("with this", f"{found.second.value:.1%}", change, help=str(found.second))
    with st.container(key="compared"):
        st.markdown(
            f"Of {found.n} problems that both answered, the second gains {len(found.gained)} and loses "
            f"{len(found.lost)}; exact McNemar test: p = {found.p_value:.3g}."
        )
    if found.differing:
        st.warning(
            f"{found.differing} problems are left out: their ids stand for other questions in the other run."
        )
    if not found.is_same_file:
        st.warning("The runs read different files of the set.")
    rows = [_row("gained", one) for one in found.gained] + [_row("lost", one) for one in found.lost]
    if rows:
        st.dataframe(rows, hide_index=True, key="changes")
    if any(one.risk_coverage for one in reports.values()):
        st.altair_chart(plots.risk_coverage(reports), width="stretch", key="both-risk-coverage")
        st.caption(safe_text.markdown(f"Full line: {first}; dashed: {second}."))


def _row(kind: str, change: Change) -> dict[str, object]:
    return {
        "problem": change.id,
        "second run": kind,
        "first": change.first.value,
        "second": change.second.value,
        "first objective": change.first_objective,
        "second objective": change.second_objective,
    }
