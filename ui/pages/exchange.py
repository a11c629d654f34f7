"""Libraries as files: taken in after a look, written for others, and the whole library as it was at a time."""

from datetime import UTC, datetime

import streamlit as st

from agent.errors import UserError
from library import exchange
from library.history import restore_all
from library.insight import Status
from ui import office, safe_text
from ui.desk import Desk

_FORMATS = {
    exchange.Format.JSON: ("Optwright (JSON)", "library.json", "application/json"),
    exchange.Format.MARKDOWN: ("Markdown, to edit by hand", "library.md", "text/markdown"),
    exchange.Format.ALPHAOPT: ("AlphaOPT: insights (JSON)", "alphaopt_library.json", "application/json"),
    exchange.Format.ALPHAOPT_TAXONOMY: (
        "AlphaOPT: labels (JSON)",
        "alphaopt_taxonomy.json",
        "application/json",
    ),
}


def show(desk: Desk) -> None:
    """Import, export and the way back for everything."""
    st.subheader("Import")
    _show_import(desk)
    st.subheader("Export")
    _show_export(desk)
    st.subheader("Go back")
    _show_way_back(desk)


def _show_import(desk: Desk) -> None:
    file = st.file_uploader(
        "A library: JSON, AlphaOPT's JSON, or Markdown", ["json", "md"], key="import-file"
    )
    if file is None:
        return
    try:
        text = file.getvalue().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{file.name} is not text in UTF-8") from None
    contents = exchange.loads(text, file.name)
    st.markdown(
        f"{len(contents.insights)} insights and {len(contents.taxonomy)} labels. What is there already, the same or "
        "in a newer version, is left alone."
    )
    if st.button("Take them in", key="import", type="primary"):
        taken = exchange.take_in(desk.library.store, contents, author=desk.author, source=file.name)
        st.success(
            f"{len(taken.insights)} insights and {len(taken.labels)} labels are new or changed.",
            icon=":material/check:",
        )
        if taken.older:
            names = ", ".join(taken.older)
            st.warning(safe_text.markdown(f"Left alone, for the library has newer versions: {names}"))
        lost = desk.library.unreachable()
        if lost:
            st.warning(safe_text.markdown(f"No search finds: {', '.join(lost)}"))


def _show_export(desk: Desk) -> None:
    form = st.selectbox(
        "Format", list(_FORMATS), format_func=lambda one: _FORMATS[one][0], key="export-format"
    )
    is_all = st.checkbox("Candidates and retired ones, too", key="export-all")
    _, name, mime = _FORMATS[form]

    def content() -> str:
        store = desk.library.store
        insights = store.insights(status=None if is_all else Status.ACTIVE)
        return exchange.dumps(exchange.Contents(insights, store.taxonomy()), form)

    st.download_button(
        "Export", content, name, mime, key="export", on_click="ignore", icon=":material/download:"
    )


def _show_way_back(desk: Desk) -> None:
    st.markdown(
        "The whole library as it was: what was changed since is stored as new versions, nothing is lost."
    )
    now = datetime.now(UTC)
    left, right = st.columns(2)
    day = left.date_input("Day (UTC)", now.date(), key="back-day")
    hour = right.time_input(
        "Time (UTC)", now.time().replace(second=0, microsecond=0), key="back-time", step=60
    )
    is_sure = st.checkbox("Take the whole library back", key="back-sure")
    if st.button("Go back", key="back-all", disabled=not is_sure, icon=":material/history:"):
        with office.errors_shown():
            moment = datetime.combine(day, hour, UTC).timestamp()
            changed = restore_all(desk.library.store, moment, author=desk.author)
            st.success(f"{len(changed)} insights were changed back.", icon=":material/check:")
