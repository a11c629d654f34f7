"""The script that the server runs for each page: names the pages and shows the one asked for."""

import streamlit as st

from ui.office import errors_shown, show_told
from ui.pages import benchmarks, chat, library, settings

st.set_page_config(page_title="Optwright", page_icon="◣", layout="centered")
page = st.navigation(
    [
        st.Page(chat.show, title="Problems", url_path="problems", icon=":material/forum:", default=True),
        st.Page(library.show, title="Library", url_path="library", icon=":material/lightbulb:"),
        st.Page(benchmarks.show, title="Benchmarks", url_path="benchmarks", icon=":material/speed:"),
        st.Page(settings.show, title="Settings", url_path="settings", icon=":material/tune:"),
    ]
)
with errors_shown():
    show_told()
    page.run()
