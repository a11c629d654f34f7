"""Where a problem begins: examples, data, and the question."""

import streamlit as st

from agent.data import Tables, load
from agent.errors import DataError
from agent.nodes.intake import clean
from agent.turns import Turn
from ui import office, safe_text, uploads
from ui.desk import Desk
from ui.examples import EXAMPLES, Example


def show(desk: Desk) -> None:
    """The examples, the upload with a preview, and the question box."""
    st.header("What is to be decided?")
    st.markdown(
        "Tell a problem in words: what you decide, what limits you, and what is best. You get a model that you can "
        "read and change, its optimum, and what was checked about it."
    )
    question = st.container()
    tables = _uploaded()
    st.markdown("Or begin with an example:")
    for number, (column, example) in enumerate(zip(st.columns(len(EXAMPLES)), EXAMPLES, strict=True)):
        with column:
            _show_example(desk, number, example)
    with question:
        text = st.chat_input("Tell your problem", key="question")
    if text:
        with office.errors_shown():
            begin(desk, text, tables)


def _show_example(desk: Desk, number: int, example: Example) -> None:
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{example.title}**  \n{example.summary}")
        if st.button("Solve it", key=f"example-{number}", help=safe_text.markdown(example.text)):
            with office.errors_shown():
                begin(desk, example.text, load(example.data or None), name=example.title)


def _uploaded() -> Tables:
    """The tables in the files that were chosen; none of them if one cannot be read."""
    files = st.file_uploader(
        f"Data, if the problem speaks of tables: CSV, Excel or JSON, at most {uploads.MAX_MEGABYTES} MB a file",
        type=list(uploads.ENDINGS),
        accept_multiple_files=True,
        key="data",
    )
    try:
        tables = uploads.tables_of(files)
    except DataError as error:
        st.error(safe_text.markdown(error))
        return Tables()
    for name, table in tables.items():
        with st.expander(f"{safe_text.markdown(name)}: {table.rows} rows", expanded=True):
            st.dataframe(uploads.preview(table), key=f"preview-{name}", hide_index=True)
            for note in table.notes:
                st.caption(safe_text.markdown(note))
    return tables


def begin(desk: Desk, text: str, tables: Tables, *, name: str = "") -> None:
    """Begins a new session with a question, and shows it.

    Raises:
        QuestionError: the text is no question.
    """
    question = clean(text)
    run = office.runner().begin(desk, name or question, Turn(kind="question", text=question), tables)
    st.query_params["session"] = run.session
    st.rerun()
