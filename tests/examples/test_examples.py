"""Every example of the folder runs and gives what the documents say."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import replies
from scripted_endpoint import ScriptedEndpoint

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]


def start(endpoint: ScriptedEndpoint | None, *command: str) -> str:
    """What a command prints, run in the project's folder."""
    environment = dict(os.environ)
    if endpoint is not None:
        environment |= {"OPENAI_BASE_URL": endpoint.url, "OPTWRIGHT_MODEL": "m"}
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_bakery(endpoint):
    endpoint.otherwise = replies.BAKERY
    assert "objective 340 dollars" in start(endpoint, "-m", "agent.cli", "solve", "examples/bakery.txt")


def test_cargo(endpoint):
    def answer(body):
        described = body["messages"][-1]["content"]
        profit, weight = (re.search(rf"\b{word}\w*", described)[0] for word in ("value", "weight"))
        return json.dumps(replies.pick_rows("cargo", key="item", profit=profit, weight=weight, limit="70"))

    endpoint.otherwise = answer
    options = ("--data", "examples/cargo.csv", "--json")
    printed = start(endpoint, "-m", "agent.cli", "solve", "examples/cargo.txt", *options)
    assert json.loads(printed)["objective"] == 360.0


def test_shifts(endpoint):
    endpoint.otherwise = replies.SHIFTS
    printed = start(endpoint, "examples/shifts.py")
    assert printed.startswith("optimal 3870.0")
    assert "checked: True by HiGHS" in printed


def test_workshop():
    printed = start(None, "examples/workshop.py")
    assert "optimal: 25 dollars" in printed
    assert "the saw serves one order at a time" in printed


def test_mix():
    printed = start(None, "examples/mix.py").splitlines()
    assert [line.split(",")[0] for line in printed] == ["winter: optimal", "summer: optimal"]


def test_jobshop():
    printed = start(None, "examples/jobshop.py")
    assert printed.startswith("ft06: optimal, makespan 55, bound 55") and "CP-SAT" in printed


def test_pooling():
    printed = start(None, "examples/pooling.py")
    assert printed.startswith("optimal: 400.00 dollars") and "SCIP" in printed


def test_diet():
    printed = start(None, "examples/diet.py")
    assert (
        "infeasible: No plan is possible. These cannot hold together: (1) at least 80 g of protein" in printed
    )
    assert "It becomes possible if one gives way: (1) by" in printed
    assert "with 1700 kcal optimal" in printed and "easing it by" in printed


def test_every_example_is_tested():
    names = {path.stem for path in (ROOT / "examples").iterdir() if path.is_file()}
    assert names <= {name.removeprefix("test_") for name in globals() if name.startswith("test_")}


def test_numeric():
    pytest.importorskip("jax", reason="the numerical optimizer needs the extra serve")
    printed = start(None, "examples/numeric.py")
    assert "17.014017" in printed and "profit 400" in printed
