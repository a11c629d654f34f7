"""The commands that this package adds to the command line."""

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.cli import app, exits

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry points as the project declares them, whatever is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    points = project["entry-points"]["optwright.commands"]
    found = {name: EntryPoint(name, value, "optwright.commands") for name, value in points.items()}
    monkeypatch.setattr(exits, "_added", lambda: found)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_the_commands_are_among_the_others() -> None:
    listed = run("--help").output
    assert "Open the app in a browser" in listed and "Model Context" in listed and "solve" in listed


@pytest.mark.parametrize("command", [("ui",), ("mcp", "--http")])
def test_others_are_not_let_in_without_a_token(command: tuple[str, ...]) -> None:
    result = run(*command, "--host", "0.0.0.0")
    assert result.exit_code == 1
    assert "OPTWRIGHT_UI_TOKENS" in result.output and "Traceback" not in result.output


@pytest.mark.parametrize("port", ["0", "70000", "x"])
def test_a_port_that_is_none_is_a_usage_error(port: str) -> None:
    result = run("ui", "--port", port)
    assert result.exit_code == 1 and "--port" in result.output
