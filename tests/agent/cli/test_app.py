import subprocess
import sys
from importlib.metadata import EntryPoint

import typer

import agent
from agent.cli import exits


def test_version(run):
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"optwright {agent.__version__}\n")


def test_help_tells_the_exit_codes(run):
    for arguments in (("--help",), ("solve", "--help")):
        result = run(*arguments)
        assert result.exit_code == 0
        assert "2 infeasible" in " ".join(result.stdout.split())


def test_no_command_prints_the_help(run):
    result = run()
    assert "Usage" in result.stdout and result.exit_code == 1


def test_a_usage_error_is_exit_code_1_with_a_hint(run):
    result = run("solve", "--samples", "many", "x")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "--samples" in result.stderr and "--help" in result.stderr


def test_help_and_version_load_no_engine():
    code = (
        "import sys; from agent.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'pyomo', 'numpy', 'langgraph', 'openai', 'highspy', 'httpx', 'pydantic_settings'}\n"
        "print('loaded', sorted(heavy & sys.modules.keys()))"
    )
    for flag in ("--help", "--version"):
        done = subprocess.run([sys.executable, "-c", code, flag], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "loaded []"


def test_commands_of_other_packages_are_found(run, monkeypatch):
    added = typer.Typer()

    @added.command()
    def ours() -> None:
        typer.echo("it ran")

    class Added(EntryPoint):
        def load(self) -> typer.Typer:
            return added

    entry = Added("elsewhere", "elsewhere.cli:app", "optwright.commands")
    monkeypatch.setattr(exits, "entry_points", lambda group: [entry] if group == "optwright.commands" else [])
    assert run("elsewhere").stdout == "it ran\n"
    assert "elsewhere" in run("--help").stdout
