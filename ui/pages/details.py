"""What stands behind an answer: values and picture, checks, sensitivity, steps, files to take away."""

import streamlit as st

import agent
import solvers
from agent.changes import SetLimit
from agent.errors import AgentError
from agent.formulation.model import Formulation
from agent.solution import Solution
from solvers import SolversError
from ui import downloads, pictures, plots, presenters, safe_text

_POINTS = 9
_SPAN = 0.5


def show_values(solution: Solution, position: int) -> None:
    """The picture that fits, and the values as tables."""
    picture = pictures.picture_of(solution)
    if picture is not None:
        st.altair_chart(plots.chart_of(picture), width="stretch", key=f"picture-{position}")
    tables = presenters.value_tables(solution)
    if not tables:
        st.caption("There are no values.")
    for table in tables:
        if table.name != "decisions":
            unit = f" ({table.unit})" if table.unit else ""
            st.caption(safe_text.markdown(f"{table.name}: {table.meaning}{unit}"))
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        st.dataframe(rows, hide_index=True, key=f"values-{table.name}-{position}")


def show_checks(solution: Solution) -> None:
    """What was checked, in plain words."""
    for label, words in presenters.checks(solution):
        st.markdown(f"*{label}:* {safe_text.markdown(words)}")
    st.caption(
        "The checks show that the values fit the model. Whether the model is what you mean, only you can see."
    )


def show_sensitivity(solution: Solution, position: int) -> None:
    """What limits are worth and, for one of them, the objective over a range of it."""
    formulation = solution.formulation
    if formulation is None or solution.objective is None:
        st.caption("Without a plan there is nothing to vary.")
        return
    try:
        found = solvers.sensitivity(solution.model)
    except SolversError as error:
        st.caption(safe_text.markdown(error))
    else:
        limits, variables = presenters.sensitivity_rows(found, formulation)
        if found.is_of_fixed_integers:
            st.caption("The figures hold while the whole numbers of the plan stay as they are.")
        st.dataframe(limits, hide_index=True, key=f"limits-{position}")
        st.dataframe(variables, hide_index=True, key=f"reduced-costs-{position}")
    _show_trade_off(solution, formulation, position)


def _show_trade_off(solution: Solution, formulation: Formulation, position: int) -> None:
    limits = presenters.numeric_limits(formulation)
    if not limits:
        return
    name = st.selectbox(
        "See the objective over a limit",
        list(limits),
        key=f"trade-off-limit-{position}",
        format_func=presenters.names_of(formulation).__getitem__,
    )
    if not st.button("Draw it", key=f"trade-off-{position}"):
        return
    steps = [limits[name] * (1 + _SPAN * (2 * place / (_POINTS - 1) - 1)) for place in range(_POINTS)]
    points, bar = [], st.progress(0.0, "solving")
    for done, limit in enumerate(steps, 1):
        try:
            objective = agent.what_if(solution, SetLimit(constraint=name, limit=limit)).solution.objective
        except AgentError:
            objective = None
        if objective is not None:
            points.append((limit, objective))
        bar.progress(done / len(steps), "solving")
    bar.empty()
    goal = formulation.objective.meaning or "objective"
    st.altair_chart(plots.trade_off(points, presenters.names_of(formulation)[name], goal), width="stretch")


def show_steps(solution: Solution, position: int) -> None:
    """The nodes that ran, with seconds and tokens."""
    st.dataframe(presenters.trace(solution), hide_index=True, key=f"steps-{position}")
    st.caption(safe_text.markdown(f"{solution.ledger.summary()}; {solution.seconds:.1f} s in all"))


def show_downloads(solution: Solution, position: int) -> None:
    """A button for each file."""
    with st.container(horizontal=True, key=f"downloads-{position}"):
        for file in downloads.downloads(solution):
            st.download_button(
                file.label,
                file.content,
                file.file_name,
                file.mime,
                key=f"download-{file.key}-{position}",
                on_click="ignore",
                icon=":material/download:",
            )
