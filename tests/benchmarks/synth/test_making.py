"""Both roads with a scripted language model: what is accepted, what becomes hard, what is rejected and why."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from replies import scalar

from agent.formulation import Formulation
from agent.llm import ScriptedModel
from agent.llm.base import Request
from benchmarks import datasets
from benchmarks.errors import RunError
from benchmarks.synth import making
from benchmarks.synth.attempts import Outcome
from benchmarks.synth.chat import reply
from benchmarks.synth.export import export
from benchmarks.synth.making import Plan
from benchmarks.synth.telling import data_numbers

FILLER = "This story has many words. " * 100
"""Long questions are formulated with sets, as the generated ones are."""


class Teller:
    """Tells formulations, judges, and answers its own stories; `spoil` changes a story or a reply."""

    def __init__(self, **spoil: Callable[[str], str]) -> None:
        self.spoil = spoil
        self.told: dict[str, Formulation] = {}
        self.model = ScriptedModel(self.said, name="teller")

    def said(self, request: Request) -> str:
        system, last = request.messages[0].content, request.messages[-1].content
        if system.startswith("You write optimization problems"):
            return self._spoilt("tell", self._story(last))
        if system.startswith("You compare"):
            return self._spoilt("judge", json.dumps({"complete": True, "missing": ""}))
        if system.startswith("You invent") and "Add one more" in system:
            return self._spoilt("add", self.added(last))
        if system.startswith("You invent"):
            return self._spoilt("begin", self.begun)
        (story,) = (story for story in self.told if story in last)
        answer = reply(self.told[story])
        assert answer is not None
        return self._spoilt("answer", json.dumps(answer))

    def _spoilt(self, role: str, text: str) -> str:
        return self.spoil.get(role, str)(text)

    def _story(self, prompt: str) -> str:
        found = re.search(r"<model>\n(.*?)\n</model>", prompt, re.DOTALL)
        assert found is not None
        formulation = Formulation.model_validate_json(found[1])
        numbers = ", ".join(f"{value:g}" for value in data_numbers(formulation))
        story = f"Story {len(self.told)} of {formulation.title}: {numbers}. {FILLER}What is best?"
        self.told[story] = formulation
        return story

    begun = scalar("maximize 3*a + 50*b", {}, {"a": "real crates", "b": "integer boxes"})

    @staticmethod
    def added(prompt: str) -> str:
        step = prompt.count('"step_') + 1
        return json.dumps(
            {"meaning": f"limit {step}", "forall": "", "expression": f"{step}*a + 20*b <= {400 + step}"}
        )


async def attempts_of(
    teller: Teller, folder: Path, road: Any = "optmath", wanted: int = 2, most: int = 4
) -> list[Any]:
    plan = Plan(road=road, model="teller")
    making.begin(folder, plan)
    await making.make(folder, plan, teller.model, wanted=wanted, most=most, workers=2)
    return sorted(making.journal(folder), key=lambda attempt: attempt.number)


async def test_what_is_answered_rightly_from_its_words_is_accepted(tmp_path: Path) -> None:
    attempts = await attempts_of(Teller(), tmp_path)
    assert [attempt.outcome for attempt in attempts] == [Outcome.ACCEPTED] * 2
    assert [attempt.type for attempt in attempts] == ["diet", "blending"]
    assert all(attempt.answered == pytest.approx(attempt.objective) for attempt in attempts)
    assert all(attempt.calls >= 2 for attempt in attempts)


def other_objective(text: str) -> str:
    """A reply that answers another question: 7 is added to the objective."""
    fields = json.loads(text)
    fields["objective"]["expression"] += " + 7"
    return json.dumps(fields)


async def test_what_is_complete_but_answered_wrongly_is_hard(tmp_path: Path) -> None:
    attempts = await attempts_of(Teller(answer=other_objective), tmp_path, wanted=1, most=1)
    assert [(a.outcome, a.reason) for a in attempts] == [
        (Outcome.HARD, "the forward pass finds another optimum")
    ]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ({"tell": lambda text: re.sub(r"\d", "", text)}, "numbers are missing"),
        ({"tell": lambda text: "Too short."}, "the text is too short or too long"),
        (
            {
                "answer": other_objective,
                "judge": lambda text: json.dumps({"complete": False, "missing": "the stock"}),
            },
            "the judge finds the text incomplete",
        ),
    ],
)
async def test_why_attempts_are_rejected(tmp_path: Path, spoil: dict[str, Any], reason: str) -> None:
    attempts = await attempts_of(Teller(**spoil), tmp_path, wanted=1, most=2)
    assert [(a.outcome, a.reason) for a in attempts] == [(Outcome.REJECTED, reason)] * 2


async def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    await attempts_of(Teller(), tmp_path, wanted=1)
    teller = Teller()
    attempts = await attempts_of(teller, tmp_path, wanted=3)
    assert [attempt.number for attempt in attempts] == [0, 1, 2]
    assert len(teller.told) == 2
    with pytest.raises(RunError, match="another plan"):
        making.begin(tmp_path, Plan(road="optmath", model="another"))


@pytest.mark.parametrize("torn", ["", "[]", '{"road": "another"}'])
def test_a_plan_that_cannot_be_read_is_named(tmp_path: Path, torn: str) -> None:
    (tmp_path / "synth.json").write_text(torn, encoding="utf-8")
    with pytest.raises(RunError, match=r"synth\.json is no plan .* another --out"):
        making.begin(tmp_path, Plan(road="optmath"))


async def test_the_sets_that_are_written(tmp_path: Path) -> None:
    attempts = await attempts_of(Teller(), tmp_path)
    summary = export(tmp_path, Plan(road="optmath", model="teller"), attempts)
    assert (summary["accepted"], summary["hard"], summary["accept_rate"]) == (2, 0, 1.0)
    assert summary["reasons"] == {"accepted: the forward pass agrees": 2}
    problems = datasets.load("jsonl", tmp_path / "accepted.jsonl")
    assert not problems.flaws
    assert [problem.answer for problem in problems] == [attempt.objective for attempt in attempts]
    assert all(problem.formulation for problem in problems)
    chats = (tmp_path / "chat.jsonl").read_text("utf-8").splitlines()
    assert [len(json.loads(chat)["messages"]) for chat in chats] == [3, 3]
    assert "2 accepted of 2 attempts (100.0%)" in (tmp_path / "card.md").read_text("utf-8")


async def test_a_task_that_repeats_another_is_left_out(tmp_path: Path) -> None:
    attempts = await attempts_of(Teller(), tmp_path, wanted=1)
    again = attempts[0].model_copy(update={"number": 7})
    summary = export(tmp_path, Plan(road="optmath"), [*attempts, again])
    assert (summary["accepted"], summary["duplicates"]) == (1, 1)


async def test_demonstrations_grow_step_by_step(tmp_path: Path) -> None:
    (attempt,) = await attempts_of(Teller(), tmp_path, road="resocratic", wanted=1, most=1)
    assert (attempt.outcome, attempt.type) == (Outcome.ACCEPTED, "linear")
    assert attempt.formulation is not None
    assert [c.expression for c in attempt.formulation.constraints] == [
        "1*a + 20*b <= 401",
        "2*a + 20*b <= 402",
    ]
    assert attempt.objective == pytest.approx(1003)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ({"begin": lambda text: "{}"}, "the first step cannot be read"),
        ({"add": lambda text: text.replace("20*b", "20*c")}, "the formulation is unbounded"),
        ({"add": lambda text: text.replace("<=", ">=").replace("40", "-40")}, "the formulation is unbounded"),
        ({"begin": lambda text: text.replace("50*b", "50*b - a**2")}, "the demonstration is of another kind"),
    ],
)
async def test_why_demonstrations_are_rejected(tmp_path: Path, spoil: dict[str, Any], reason: str) -> None:
    (attempt,) = await attempts_of(Teller(**spoil), tmp_path, road="resocratic", wanted=1, most=1)
    assert (attempt.outcome, attempt.reason) == (Outcome.REJECTED, reason)
