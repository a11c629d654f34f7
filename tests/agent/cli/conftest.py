"""The command line under test: in this process, or as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from scripted_endpoint import ScriptedEndpoint
from typer.testing import CliRunner, Result

from agent.cli import app

Run = Callable[..., Result]
Spawn = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(endpoint: ScriptedEndpoint, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``optwright ARGUMENTS`` in this process, with the scripted endpoint as language model."""
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
    monkeypatch.setenv("OPTWRIGHT_MODEL", "m")
    monkeypatch.setenv("OPTWRIGHT_MAX_RETRIES", "0")

    def invoke(*arguments: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(app, list(arguments), input=stdin)

    return invoke


@pytest.fixture
def spawn(endpoint: ScriptedEndpoint) -> Spawn:
    """Runs ``optwright ARGUMENTS`` as a process, with the scripted endpoint as language model."""

    def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "agent.cli", *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "OPENAI_BASE_URL": endpoint.url, "OPTWRIGHT_MODEL": "m", **environment},
        )

    return start
