"""What all pages of the process share: the runner, and a desk for each user."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from agent.errors import AgentError
from agent.experience import told_as_ours
from agent.settings import load
from ui import safe_text
from ui.access import USER_HEADER
from ui.desk import Desk
from ui.jobs import Jobs
from ui.presenters import told
from ui.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Iterator


_TOLD = "told"
_shared = st.cache_resource(
    show_spinner=False
)  # many pages may ask first at once; one answer is made for all


@_shared
def runner() -> Runner:
    """The process's one runner."""
    return Runner()


@_shared
def jobs() -> Jobs:
    """The process's long work."""
    return Jobs()


@_shared
def _desk_of(user: str) -> Desk:
    return Desk.of(user, load())


def desk() -> Desk:
    """The desk of whoever looks at this page; the gate before the app has named them."""
    return _desk_of(st.context.headers.get(USER_HEADER, ""))


@contextmanager
def errors_shown() -> "Iterator[None]":
    """Errors of the block that are meant for people stand on the page, those of the library among them."""
    try:
        with told_as_ours():
            yield
    except AgentError as error:
        st.error(safe_text.markdown(told(error)))


def tell_next(text: str) -> None:
    """Has the next page say something: what this one says is gone once it is drawn again."""
    st.session_state[_TOLD] = text


def show_told() -> None:
    """Says what the page before left to be said."""
    if text := st.session_state.pop(_TOLD, ""):
        st.toast(safe_text.markdown(text))
