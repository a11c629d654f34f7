"""What a program hands over: malformed, hostile or contradictory results never become an answer."""

import json
from typing import Any

import pytest
from replies import SIMPLE_QUESTION, scalar

import agent
from agent.data import load
from agent.errors import ModelReplyInvalid
from agent.formulation.faults import FaultyFormulation
from agent.llm import ScriptedModel
from agent.programs import formulation_of_program, program_in
from solvers.sandbox import Outcome, Policy, Status, Tier

REPLY = "```python\nimport pyomo.environ as pyo\nmodel = pyo.ConcreteModel()\n```"


class Jail:
    """A sandbox whose program hands over what it is told to."""

    def __init__(self, result: bytes, status: Status = Status.OK) -> None:
        self.result, self.status = result, status
        self.payloads: list[dict[str, Any]] = []

    def run(self, kind: str, payload: bytes, policy: Policy) -> Outcome:
        assert kind == "program" and policy.time_limit_s < 60
        self.payloads.append(json.loads(payload))
        return Outcome(status=self.status, result=self.result, tier=Tier.A)


def model(**changes: Any) -> dict[str, Any]:
    variable = {"name": "x", "label": "x", "domain": "real", "lower": 0.0, "upper": 3.0}
    return {
        "sense": "maximize",
        "objective": "x",
        "variables": [variable],
        "constraints": [],
        "warnings": [],
    } | changes


def test_a_model_becomes_a_formulation() -> None:
    jail = Jail(json.dumps(model()).encode())
    formulation = formulation_of_program(REPLY, load({"t": [{"a": 1}, {"a": 2}]}), jail)  # type: ignore[arg-type]
    assert formulation.variables[0].upper == 3 and "built by a program" in formulation.assumptions[0]
    assert jail.payloads[0]["data"] == {"t": {"a": [1, 2]}}


@pytest.mark.parametrize(
    "result",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'"optimal"',
        json.dumps(model()).replace("3.0", "NaN").encode(),
        json.dumps(model()).replace("3.0", "Infinity").encode(),
        json.dumps(model()).replace("3.0", "1e999").encode(),
        json.dumps(model()).replace("3.0", "9" * 5_000).encode(),
        b"[" * 100_000 + b"]" * 100_000,
        json.dumps(model())[:-1].encode() + b', "sense": "minimize"}',
        json.dumps(model(objective=3)).encode(),
        json.dumps(model(status="optimal")).encode(),
        json.dumps(model(variables=[])).encode(),
        json.dumps({key: value for key, value in model().items() if key != "sense"}).encode(),
        json.dumps(model(variables=[{"name": "x"}])).encode(),
        json.dumps(model(sense="best")).encode(),
    ],
    ids=lambda result: result[:40].decode(errors="replace") + f"...{len(result)}",
)
def test_what_is_no_model_is_refused(result: bytes) -> None:
    with pytest.raises(ModelReplyInvalid, match=r"no usable model|no model"):
        formulation_of_program(REPLY, load(None), Jail(result))  # type: ignore[arg-type]


@pytest.mark.parametrize("reply", ["no program", "", REPLY + REPLY])
def test_there_must_be_one_program(reply: str) -> None:
    with pytest.raises(ModelReplyInvalid, match="exactly one block"):
        program_in(reply)


def test_a_program_that_fails_says_where() -> None:
    error = {"type": "KeyError", "message": "'price'", "line": 7, "source_line": "cost['price']"}
    with pytest.raises(FaultyFormulation, match=r"KeyError: 'price' in line 7: cost\['price'\]"):
        formulation_of_program(REPLY, load(None), Jail(json.dumps({"error": error}).encode()))  # type: ignore[arg-type]
    with pytest.raises(FaultyFormulation, match="stopped at its time limit"):
        formulation_of_program(REPLY, load(None), Jail(b"", Status.TIMEOUT))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("forged", "message"),
    [
        ({"primal": (4.0,)}, "the solution does not hold"),
        ({"primal": (3.001,)}, "the solution does not hold"),
        ({"primal": (float("nan"),)}, "its value is nan"),
        ({"primal": (3.0,), "objective": 5.0}, "reports the objective 5, but it is 3"),
    ],
)
def test_a_report_that_lies_about_its_solution_is_not_believed(
    forged: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine, or a program that patched one, claims an optimum that breaks a bound or its own objective."""
    import solvers

    honest = solvers.solve

    def lie(built: Any, **options: Any) -> Any:
        from dataclasses import replace

        report = honest(built, **options)
        return replace(report, **forged)

    monkeypatch.setattr(solvers, "solve", lie)
    reply = scalar("maximize x", {"x at most 3": "x <= 3"}, {"x": "real x"})
    solution = agent.solve(SIMPLE_QUESTION, model=ScriptedModel([reply] * 3 + ["no program"] * 3))
    assert solution.status == "failed" and message in solution.reason


def test_an_optimum_that_its_own_bound_contradicts_is_only_feasible(monkeypatch: pytest.MonkeyPatch) -> None:
    """The claim is optimal, but a better point is known to exist: the bound does not prove it."""
    from dataclasses import replace

    import solvers

    honest = solvers.solve
    monkeypatch.setattr(
        solvers, "solve", lambda built, **more: replace(honest(built, **more), primal=(2.0,), objective=2.0)
    )
    reply = scalar("maximize x", {"x at most 3": "x <= 3"}, {"x": "real x"})
    solution = agent.solve(SIMPLE_QUESTION, model=ScriptedModel([reply] * 3))
    assert solution.status == "feasible"
    assert solution.certificate is not None and solution.certificate.bound == 3
