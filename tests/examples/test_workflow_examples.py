"""The workflow examples run without a language model and get better."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "workflow"


def start(name: str) -> str:
    """What an example prints, run in the project's folder."""
    done = subprocess.run(
        [sys.executable, FOLDER / f"{name}.py"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def number(pattern: str, text: str) -> float:
    return float(re.search(pattern + r"\s*(-?[\d.]+)", text)[1])


def test_numerical():
    printed = start("numerical")
    assert number("x =", printed) == pytest.approx(2.545, abs=1e-3)


@pytest.mark.jail
def test_battleship():
    printed = start("battleship")
    assert "dropped" in printed and "adopted" in printed
    assert "test: 0.56 -> 0.8 on 5 items" in printed


def test_packing():
    printed = start("packing")
    assert 0.19 < number("radius", printed) <= 0.2072 and "1200 calls" in printed


def test_traffic():
    pytest.importorskip("uxsim")
    pytest.importorskip("optuna")
    printed = start("traffic")
    before, after = re.search(r"test: (-?[\d.]+) -> (-?[\d.]+)", printed).groups()
    assert float(after) > float(before) / 5  # a fifth of the delay at most


def test_langgraph_pipeline():
    printed = start("langgraph_pipeline")
    assert "pick_prompt: List the amounts, not years." in printed
    assert "test: 0 -> 1 on 6 items (p = 0.0156)" in printed


def test_every_example_is_tested():
    names = {path.stem for path in FOLDER.glob("*.py")}
    assert names <= {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
