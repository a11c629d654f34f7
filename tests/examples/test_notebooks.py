"""Every notebook of the documents runs from top to bottom, and says what its text promises."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import replies
from scripted_endpoint import ScriptedEndpoint

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "docs" / "notebooks"
PROMISED = {
    "analyst": ("from 340 to 156", "No plan is possible", "pyo.ConcreteModel()"),
    "developer": ("enough_protein", "lower `much` by 3"),
    "researcher": ("2 of 2 right", "formulate"),
}


def code_of(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


@pytest.mark.parametrize("name", PROMISED)
def test_a_notebook_runs(name: str, endpoint: ScriptedEndpoint) -> None:
    endpoint.otherwise = lambda body: replies.BAKERY if "bread" in json.dumps(body) else replies.SIMPLE
    environment = {**os.environ, "OPENAI_BASE_URL": endpoint.url, "OPTWRIGHT_MODEL": "m"}
    command = [sys.executable, "-c", code_of(NOTEBOOKS / f"{name}.ipynb")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    missing = [words for words in PROMISED[name] if words not in done.stdout]
    assert missing == [], done.stdout


def test_every_notebook_is_tested() -> None:
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb")} == PROMISED.keys()
