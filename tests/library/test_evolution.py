"""Evolution: the five diagnoses, changes that prove themselves, and those that do not."""

import json
from pathlib import Path
from typing import Any

import pytest
from insights import FLOW
from practice import RIGHT, ScriptedSolver, ScriptedTeacher, all_apply, draft, none_apply

from library import Library, Task
from library.diagnosis import DIAGNOSES
from library.errors import UnusableRun
from library.insight import Insight, Status
from library.library import open_library

WORDS = "Pipes and junctions of a network"


def task(name: str) -> Task:
    return Task(id=name, question=f"{WORDS}: the case of {name}.", answer=RIGHT)


def insight(**changes: Any) -> Insight:
    fields = {
        "labels": (FLOW,),
        "condition": f"Applies to {WORDS}.",
        "explanation": "Balance every junction.",
        "status": Status.ACTIVE,
    }
    return Insight(**{**fields, **changes})


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A library with one insight."""
    opened = open_library(f"sqlite:///{tmp_path}/library.db")
    opened.store.put([insight()], author="me")
    return opened


def world(**rules: Any) -> ScriptedSolver:
    """Rules by the names of tasks."""
    return ScriptedSolver({task(name).question: rule for name, rule in rules.items()})


def helps(advice: str, seed: int) -> bool:
    return "junction" in advice


def harms(advice: str, seed: int) -> bool:
    return "junction" not in advice


def always(advice: str, seed: int) -> bool:
    return True


def never(advice: str, seed: int) -> bool:
    return False


@pytest.mark.parametrize(
    ("rule", "judge", "expected"),
    [
        (helps, all_apply, "positive"),
        (harms, all_apply, "negative"),
        (always, all_apply, "irrelevant"),
        (never, all_apply, "invalid"),
        (helps, none_apply, "unretrieved"),
        (never, none_apply, None),
        (harms, none_apply, None),
    ],
)
async def test_each_diagnosis_is_found_by_solving(
    library: Library, rule: Any, judge: Any, expected: str | None
) -> None:
    ask = ScriptedTeacher(applies=judge, condition="", advice="")
    await library.evolve([task("t")], [], solver=world(t=rule), ask=ask)
    (after,) = library.store.insights()
    found = {name: getattr(after.evidence, name) for name in DIAGNOSES}
    assert found == {name: ("t",) if name == expected else () for name in DIAGNOSES}


async def test_what_only_harms_is_retired(library: Library) -> None:
    (change,) = await library.evolve(
        [task("t")], [], solver=world(t=harms), ask=ScriptedTeacher(applies=all_apply)
    )
    assert change.verdict == "retired" and "astray" in change.note
    assert library.store.insights(status=Status.ACTIVE) == ()


def judge_by(word: str) -> Any:
    """Judges a note to apply where the case of the problem is named by a word in the note."""

    def judge(data: Any) -> str:
        case = data["problem"].rsplit(" ", 1)[1].rstrip(".")
        applies = [
            n for n, note in enumerate(data["notes"].splitlines(), 1) if case in note or word not in note
        ]
        return json.dumps({"applies": applies})

    return judge


async def test_a_condition_that_fits_better_is_taken(library: Library) -> None:
    better = f"Applies to {WORDS}, only good1 good2."
    ask = ScriptedTeacher(applies=judge_by("only"), condition={"conditions": [better]})
    rules = world(good1=helps, bad1=harms, good2=helps, bad2=harms)
    (change,) = await library.evolve(
        [task("good1"), task("bad1")], [task("good2"), task("bad2")], solver=rules, ask=ask
    )
    assert change.verdict == "condition" and "fit +0 -> +1" in change.note
    (after,) = library.store.insights()
    assert after.condition == better and after.version == 3
    assert "good2" not in ask.asked["condition"][0]["helps"]


@pytest.mark.parametrize("worse", [f"Applies to {WORDS}, only bad2.", f"Applies to {WORDS}, only nothing."])
async def test_a_condition_that_fits_worse_is_not_taken(library: Library, worse: str) -> None:
    ask = ScriptedTeacher(applies=judge_by("only"), condition={"conditions": [worse]})
    rules = world(good1=helps, bad1=harms, good2=helps, bad2=harms)
    (change,) = await library.evolve(
        [task("good1"), task("bad1")], [task("good2"), task("bad2")], solver=rules, ask=ask
    )
    assert change.verdict == "kept"
    assert library.store.insights()[0].condition == f"Applies to {WORDS}."


async def test_advice_that_does_not_help_is_written_anew_where_that_helps(library: Library) -> None:
    better = draft(f"Applies to {WORDS}.", "Add a valve.", label=str(FLOW))
    ask = ScriptedTeacher(applies=all_apply, advice={"insights": [better]})
    rules = world(t=lambda advice, seed: "valve" in advice, v=always)
    (change,) = await library.evolve([task("t")], [task("v")], solver=rules, ask=ask)
    assert change.verdict == "advice"
    assert library.store.insights()[0].explanation == "Add a valve."


async def test_advice_that_harms_validation_tasks_is_not_taken(library: Library) -> None:
    better = draft(f"Applies to {WORDS}.", "Add a valve.", label=str(FLOW))
    ask = ScriptedTeacher(applies=all_apply, advice={"insights": [better]})
    rules = world(t=lambda advice, seed: "valve" in advice, v=lambda advice, seed: "valve" not in advice)
    (change,) = await library.evolve([task("t")], [task("v")], solver=rules, ask=ask)
    assert change.verdict == "kept" and library.store.insights()[0].explanation == "Balance every junction."


async def test_an_insight_that_mixes_two_rules_is_split(library: Library) -> None:
    parts = [
        draft(f"Applies to {WORDS}, {word}.", "Add a valve.", label=str(FLOW)) for word in ("hot", "cold")
    ]
    ask = ScriptedTeacher(applies=all_apply, advice={"insights": parts})
    rules = world(t=lambda advice, seed: "valve" in advice)
    (change,) = await library.evolve([task("t")], [], solver=rules, ask=ask)
    assert change.verdict == "split"
    old, *new = library.store.insights()
    assert old.status is Status.RETIRED and [one.provenance.parents for one in new] == [(old.id,)] * 2
    assert library.unreachable() == ()


async def test_labels_that_nothing_carries_are_pruned(library: Library) -> None:
    (stored,) = library.store.insights()
    new = stored.model_copy(update={"labels": (FLOW.model_copy(update={"name": "Other"}),)})
    library.store.put([new], author="me")
    await library.evolve([], [], solver=world(), ask=ScriptedTeacher())
    assert [d.label.name for d in library.store.taxonomy()] == ["Other"]


async def test_training_tasks_may_not_judge(library: Library) -> None:
    again = Task(id="other", question=task("t").question, answer=RIGHT)
    with pytest.raises(UnusableRun, match="task other is in both parts"):
        await library.evolve([task("t")], [again], solver=world(), ask=ScriptedTeacher())


async def test_tasks_of_two_files_may_have_the_same_ids(library: Library) -> None:
    validation = [Task(id="t", question=task("v").question, answer=RIGHT)]
    ask = ScriptedTeacher(applies=all_apply)
    (change,) = await library.evolve([task("t")], validation, solver=world(t=harms, v=always), ask=ask)
    assert change.verdict == "retired"


async def test_a_run_that_breaks_goes_on(library: Library) -> None:
    better = f"Applies to {WORDS}, only good1 good2."
    ask = ScriptedTeacher(applies=judge_by("only"), condition={"conditions": [better]})
    rules = world(good1=helps, bad1=harms, good2=helps, bad2=harms)
    parts = [task("good1"), task("bad1")], [task("good2"), task("bad2")]
    for survived in range(1, 30):
        rules.fails_after = survived
        try:
            (change,) = await library.evolve(*parts, solver=rules, ask=ask)
        except ConnectionError:
            continue
        break
    assert change.verdict == "condition"
    assert len(rules.attempts) == len(set(rules.attempts))
    assert len(ask.asked["condition"]) == 1
    (again,) = await library.evolve(*parts, solver=rules, ask=ask)
    assert again == change and library.store.insights()[0].version == 3


async def test_other_tasks_are_diagnosed_though_run_and_ids_are_the_same(library: Library) -> None:
    ask = ScriptedTeacher(applies=all_apply)
    (first,) = await library.evolve([task("t")], [], solver=world(t=helps), ask=ask)
    others = [Task(id="t", question=task("u").question, answer=RIGHT)]
    (second,) = await library.evolve(others, [], solver=world(u=harms), ask=ask)
    assert (first.verdict, second.verdict) == ("kept", "retired")
