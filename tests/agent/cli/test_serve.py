"""`optwright serve`: what it refuses before it listens, and what it hands to the server."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.settings import load


def test_an_open_address_needs_tokens() -> None:
    done = CliRunner().invoke(app, ["serve", "--host", "0.0.0.0"])
    assert done.exit_code == 1 and "give --token-file" in done.output


def test_a_token_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text("ann " + "a" * 20)
    file.chmod(0o644)
    done = CliRunner().invoke(app, ["serve", "--token-file", str(file)])
    assert done.exit_code == 1 and "chmod 600" in done.output.replace("\n", " ")


def test_it_listens_where_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    started: dict[str, Any] = {}
    monkeypatch.setattr(
        "uvicorn.run", lambda service, **options: started.update(options, title=service.title)
    )
    done = CliRunner().invoke(app, ["serve", "--port", "8123"])
    assert done.exit_code == 0, done.output
    assert started["host"] == "127.0.0.1" and started["port"] == 8123
    assert started["title"] == "Optwright's numerical optimizer"


def test_the_workers_are_placed_on_ray_where_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    configs: list[Any] = []
    monkeypatch.setattr("uvicorn.run", lambda service, **options: configs.append(service.state.config))
    monkeypatch.setenv("OPTWRIGHT_SERVE_RAY", "auto")
    monkeypatch.setenv("OPTWRIGHT_SERVE_GPUS", "0.5")
    monkeypatch.setattr("agent.cli.serve.find_spec", lambda name: object())
    for arguments in ([], ["--ray", "local", "--gpus", "1"]):
        done = CliRunner().invoke(app, ["serve", *arguments])
        assert done.exit_code == 0, done.output
        load.cache_clear()
    assert [(one.ray, one.worker_gpus) for one in configs] == [("auto", 0.5), ("local", 1.0)]


def test_ray_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.cli.serve.find_spec", lambda name: None)
    done = CliRunner().invoke(app, ["serve", "--ray", "auto"])
    assert done.exit_code == 1 and "optwright[ray]" in done.output.replace("\n", " ")
