"""The page of settings: who answers, what a question may cost, and whether this machine has what it needs."""

from collections.abc import Sequence

import streamlit as st
from pydantic import SecretStr

from agent import doctor
from agent.doctor import Check, State
from ui import office, safe_text
from ui.desk import Desk
from ui.pages import service
from ui.preferences import Preferences, Source

_SOURCES: dict[Source, str] = {
    "configured": "as this process is configured",
    "embedded": "the embedded model, on this machine",
    "endpoint": "an OpenAI-compatible endpoint",
}
_FREE = "no limit"
_MARKS = {State.OK: "✓ fine", State.WARNING: "! mind", State.BROKEN: "✗ broken"}


def show() -> None:
    """The page."""
    desk = office.desk()
    st.title("Settings")
    chosen = _show_model(desk, desk.preferences)
    chosen = _show_limits(desk, chosen)
    if st.button("Save", key="save-settings", type="primary"):
        with office.errors_shown():
            desk.choose(chosen)
            st.toast("Saved.")
    service.show(desk)
    _show_test(desk, chosen)
    _show_doctor(desk)


def _show_model(desk: Desk, before: Preferences) -> Preferences:
    st.subheader("Language model")
    if desk.is_shared:
        st.caption("Whoever runs Optwright here has chosen the language model.")
        return before
    source = st.radio(
        "Who answers",
        list(_SOURCES),
        index=list(_SOURCES).index(before.source),
        format_func=_SOURCES.__getitem__,
        key="source",
    )
    if source != "endpoint":
        return before.model_copy(update={"source": source})
    url = st.text_input("Address", before.base_url, key="base-url", placeholder="http://localhost:11434/v1")
    model = st.text_input("Model", before.model, key="model", help="Left empty, the only one there.")
    key = st.text_input(
        "Key",
        type="password",
        key="api-key",
        help="Held until the server ends and never written to disk; OPTWRIGHT_API_KEY keeps one.",
    )
    if key:
        desk.key = SecretStr(key)
    return before.model_copy(update={"source": source, "base_url": url.strip(), "model": model.strip()})


def _show_limits(desk: Desk, before: Preferences) -> Preferences:
    st.subheader("Each question")
    samples = st.number_input(
        "Formulations that vote",
        1,
        99,
        before.samples,
        key="samples",
        help="More cost more, and are right more often.",
    )
    limit = st.number_input("Seconds for a solver", 1.0, 86_400.0, before.time_limit_s, key="time-limit")
    left, right = st.columns(2)
    calls = left.number_input(
        "Most calls of the language model",
        1,
        None,
        before.budget_calls,
        key="budget-calls",
        placeholder=_FREE,
    )
    tokens = right.number_input(
        "Most tokens, read and written", 1, None, before.budget_tokens, key="budget-tokens", placeholder=_FREE
    )
    seconds = left.number_input(
        "Most seconds in all", 1.0, None, before.budget_seconds, key="budget-seconds", placeholder=_FREE
    )
    is_priced = desk.settings.price_prompt is not None and desk.settings.price_completion is not None
    money = right.number_input(
        "Most money",
        0.01,
        None,
        before.budget_money,
        key="budget-money",
        placeholder=_FREE,
        disabled=not is_priced,
        help="Counts where OPTWRIGHT\\_PRICE\\_PROMPT and OPTWRIGHT\\_PRICE\\_COMPLETION are set.",
    )
    confirm = st.checkbox("Show me the model before it is solved", before.confirm, key="confirm-first")
    return before.model_copy(
        update={
            "samples": samples,
            "time_limit_s": limit,
            "budget_calls": calls,
            "budget_tokens": tokens,
            "budget_seconds": seconds,
            "budget_money": money,
            "confirm": confirm,
        }
    )


def _show_test(desk: Desk, chosen: Preferences) -> None:
    st.subheader("Does it work here?")
    if st.button("Test the language model", key="test-model"):
        with office.errors_shown():
            settings = desk.settings if desk.is_shared else chosen.applied(desk.settings, desk.key)
            with st.spinner("asking"):
                check = (
                    doctor.check_embedded(settings) if settings.is_local else doctor.check_endpoint(settings)
                )
            _show_checks([check])


def _show_doctor(desk: Desk) -> None:
    if st.button("Check this machine", key="doctor"):
        with st.spinner("checking"):
            checks = list(doctor.examine(desk.settings))
        _show_checks(checks)


def _show_checks(checks: Sequence[Check]) -> None:
    with st.container(key="findings"):
        for check in checks:
            st.markdown(
                f"**{_MARKS[check.state]}** {safe_text.markdown(check.name)}: {safe_text.markdown(check.text)}"
            )
