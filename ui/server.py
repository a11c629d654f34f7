"""The server of the app: Streamlit behind the gate."""

import logging
from pathlib import Path
from typing import Any

import pandas  # noqa: F401  # altair looks for it in a page's thread, where another may be half way importing it
import streamlit as st
from starlette.middleware import Middleware
from streamlit.starlette import App

from agent.settings import Settings
from ui import uploads
from ui.access import Gate, check_binding, is_loopback

SCRIPT = Path(__file__).with_name("app.py")
_ACCENT = "#3b76b8"
_LOOPBACK_NAMES = ["localhost", "127.0.0.1", "::1", "[::1]"]
_log = logging.getLogger(__name__)


def serve(settings: Settings, host: str, port: int, *, headless: bool) -> None:
    """Serves the app until it is interrupted.

    Args:
        settings: the process's; its tokens decide who may come in.
        host: the address to listen on.
        port: the port.
        headless: whether to leave the browser closed.

    Raises:
        ConfigError: others could reach the app and no token is set.
    """
    check_binding(host, settings.ui_tokens)
    app(settings).run(config=_options(host, port, headless=headless))


def app(settings: Settings) -> App:
    """The app behind the gate, for any ASGI server."""
    gate: Any = Gate
    return App(
        SCRIPT, middleware=[Middleware(gate, tokens=settings.ui_tokens)], on_script_error=_tell_surprise
    )


def _options(host: str, port: int, *, headless: bool) -> dict[str, Any]:
    options: dict[str, Any] = {
        "server.address": host,
        "server.port": port,
        "server.headless": headless,
        "server.showEmailPrompt": False,
        "server.maxUploadSize": uploads.MAX_MEGABYTES,
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        "runner.magicEnabled": False,
        "runner.postScriptGC": False,  # a whole collection after each redraw stops every other session
        "theme.light.primaryColor": _ACCENT,
        "theme.dark.primaryColor": _ACCENT,
    }
    if is_loopback(host):  # against DNS rebinding: no other name leads here
        options["server.allowedHosts"] = _LOOPBACK_NAMES
    return options


def _tell_surprise(error: Exception) -> bool:
    """Tells of an error that no page expected, without its insides; those go to the log."""
    _log.error("a page failed", exc_info=error)
    st.error(
        f"Something unexpected went wrong ({type(error).__name__}). Nothing was lost: reload the page. If it "
        "happens again, please report it with what the server's log says."
    )
    return True
