"""Learning: what helps is kept, what does not is not, and nothing is paid for twice."""

from pathlib import Path
from typing import Any

import pytest
from insights import conservation, setup_costs
from practice import RIGHT, WRONG, ScriptedSolver, ScriptedTeacher, draft, formulation, none_apply

from library import Library, Task
from library.credit import Bar
from library.insight import Insight, Status
from library.learning import Effort, Outcome
from library.library import open_library

MACHINES = "Each machine needs a preparation before its first unit. Plan the cheapest production."
OVENS = "Each oven needs a preparation before its first loaf. Plan the cheapest baking."
PIPES = "Send the most water through the pipes."
GOOD = draft("Applies when machines must be prepared before they make anything.", "Use binary setups.")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """An empty library."""
    return open_library(f"sqlite:///{tmp_path}/library.db")


def teacher(*drafts: dict[str, Any], **replies: Any) -> ScriptedTeacher:
    return ScriptedTeacher(**{"applies": none_apply, "extract": {"insights": list(drafts)}, **replies})


def solver(**rules: Any) -> ScriptedSolver:
    """On MACHINES right with "binary" only, on PIPES always, unless told otherwise."""
    told = {
        MACHINES: lambda advice, seed: "binary" in advice,
        OVENS: lambda advice, seed: "binary" in advice,
        PIPES: lambda advice, seed: True,
    }
    return ScriptedSolver({**told, **rules})


GOLD = Task(id="t1", question=MACHINES, formulation=formulation(RIGHT))
GUARD = [Task(id="g1", question=PIPES, answer=RIGHT)]


async def test_a_helpful_insight_is_accepted_with_its_counts(library: Library) -> None:
    told: list[Outcome] = []
    (outcome,) = await library.learn(
        [GOLD], solver=solver(), ask=teacher(GOOD), guard=GUARD, tell=told.append
    )
    assert outcome.verdict == "learned" and told == [outcome]
    (insight,) = library.store.insights()
    assert insight.status is Status.ACTIVE and insight.provenance.tasks == ("t1",)
    evidence = insight.evidence
    assert (evidence.runs, evidence.helped, evidence.harmed) == (3, 3, 0)
    assert (evidence.guard_runs, evidence.guard_harmed) == (1, 0)
    assert "helped 3" in insight.provenance.verified_by


async def test_a_useless_insight_is_refused(library: Library) -> None:
    useless = draft("Applies always.", "Think harder.")
    (outcome,) = await library.learn([GOLD], solver=solver(), ask=teacher(useless), guard=GUARD)
    assert outcome.verdict == "refused"
    assert [i.status for i in library.store.insights()] == [Status.RETIRED]


async def test_luck_is_no_credit(library: Library) -> None:
    by_chance = solver(**{MACHINES: lambda advice, seed: seed == 1})
    useless = draft("Applies always.", "Think harder.")
    (outcome,) = await library.learn([GOLD], solver=by_chance, ask=teacher(useless))
    assert outcome.verdict == "refused" and "helped 0, harmed 0" in outcome.note


async def test_an_insight_that_harms_others_is_refused(library: Library) -> None:
    harmful = solver(**{PIPES: lambda advice, seed: "binary" not in advice})
    (outcome,) = await library.learn([GOLD], solver=harmful, ask=teacher(GOOD), guard=GUARD)
    assert outcome.verdict == "refused" and "harmed 1" in outcome.note
    assert library.store.insights(status=Status.ACTIVE) == ()


async def test_what_goes_right_teaches_nothing(library: Library) -> None:
    (outcome,) = await library.learn(
        [Task(id="t", question=PIPES, answer=RIGHT)], solver=solver(), ask=ScriptedTeacher(applies=none_apply)
    )
    assert outcome.verdict == "right" and library.store.insights() == ()


async def test_with_only_the_answer_a_right_formulation_is_looked_for_among_samples(library: Library) -> None:
    lucky = solver(**{MACHINES: lambda advice, seed: seed == 2 or "binary" in advice})
    ask = teacher(GOOD)
    task = Task(id="t", question=MACHINES, answer=RIGHT)
    (outcome,) = await library.learn([task], solver=lucky, ask=ask)
    assert outcome.verdict == "learned"
    assert ask.asked["extract"][0]["right"] == formulation(RIGHT)
    assert ask.asked["hint"] == []


async def test_with_only_the_answer_hints_are_tried_when_no_sample_is_right(library: Library) -> None:
    ask = teacher(GOOD, hint=[{"hint": "Look at the units."}, {"hint": "A binary is missing."}])
    task = Task(id="t", question=MACHINES, answer=RIGHT)
    (outcome,) = await library.learn([task], solver=solver(), ask=ask)
    assert outcome.verdict == "learned"
    assert "Look at the units." in ask.asked["hint"][1]["tried"]
    assert "A binary is missing." in ask.asked["extract"][0]["right"]


async def test_what_cannot_be_explained_is_said(library: Library) -> None:
    ask = teacher(GOOD, hint={"hint": "Try again."})
    task = Task(id="t", question=MACHINES, answer=RIGHT)
    (outcome,) = await library.learn([task], solver=solver(), ask=ask, effort=Effort(samples=1, hints=2))
    assert (outcome.verdict, outcome.note) == ("unexplained", "no right formulation was found")


async def test_a_users_correction_is_enough(library: Library) -> None:
    ask = teacher(GOOD)
    task = Task(id="chat", question=MACHINES, correction="You forgot the binary for the preparation.")
    (outcome,) = await library.learn([task], solver=solver(), ask=ask)
    assert outcome.verdict == "learned"
    assert ask.asked["extract"][0]["wrong"] == formulation(WRONG)


async def test_a_correction_that_changes_nothing_teaches_nothing(library: Library) -> None:
    task = Task(id="chat", question=MACHINES, correction="I do not like it.")
    (outcome,) = await library.learn([task], solver=solver(), ask=teacher(GOOD))
    assert outcome.verdict == "unexplained" and library.store.insights() == ()


@pytest.mark.parametrize(
    ("task", "note"),
    [
        (Task(id="t", question=MACHINES), "neither a formulation, nor an answer"),
        (Task(id="t", question=MACHINES, formulation="{"), "gives no optimum"),
        (Task(id="t", question=MACHINES, formulation=formulation(5), answer=6), "gives 5 and not its answer"),
    ],
)
async def test_a_task_that_cannot_teach_is_named_unusable(library: Library, task: Task, note: str) -> None:
    (outcome,) = await library.learn([task], solver=solver(), ask=teacher())
    assert outcome.verdict == "unusable" and note in outcome.note


async def test_the_answer_is_in_no_prompt(library: Library) -> None:
    secret = 31415.926
    world = solver()
    world.answer = secret
    ask = teacher(GOOD, hint={"hint": "A binary is missing."})
    task = Task(id="t", question=MACHINES, answer=secret)
    await library.learn([task], solver=world, ask=ask)
    assert not [text for _, text, _ in world.attempts if "31415" in text]
    shown = "\n".join(
        text for many in ask.asked.values() for data in many for name, text in data.items() if name != "right"
    )
    assert "31415" not in shown  # `right` is what the agent itself wrote; here it stands for a formulation


@pytest.mark.parametrize(
    "leaky",
    [
        draft("Applies when the answer is near 31,415.926.", "Use binary setups."),
        draft("Applies when 8125 units are asked for.", "Use binary setups."),
        draft("Applies to plans.", "Each machine makes 8125 units at first and never stops: use a binary."),
    ],
)
async def test_an_insight_that_gives_its_task_away_is_dropped(
    library: Library, leaky: dict[str, Any]
) -> None:
    question = "Each machine makes 8125 units at first and never stops. Plan the cheapest production."
    world = solver(**{question: lambda advice, seed: "binary" in advice})
    world.answer = 31415.926
    task = Task(id="t", question=question, formulation=formulation(31415.926))
    (outcome,) = await library.learn([task], solver=world, ask=teacher(leaky))
    assert outcome.verdict == "unexplained" and "was dropped" in outcome.note
    assert library.store.insights() == ()


@pytest.mark.parametrize("reply", ["", "no json", '{"insights": [{"labels": ["A"]}]}', '{"insights": 3}'])
async def test_a_reply_that_cannot_be_used_costs_the_task_only(library: Library, reply: str) -> None:
    ask = teacher(extract=[reply, {"insights": [GOOD]}])
    outcomes = await library.learn(
        [GOLD, Task(id="t2", question=OVENS, formulation=formulation(RIGHT))], solver=solver(), ask=ask
    )
    assert [outcome.verdict for outcome in outcomes] == ["unexplained", "learned"]


async def test_near_duplicates_are_merged_where_the_merged_one_holds(library: Library) -> None:
    twin = draft("Applies when ovens must be prepared before they make anything.", "Use binary setups.")
    both = draft("Applies when things must be prepared before they make anything.", "Use binary setups.")
    ask = teacher(
        extract=[{"insights": [GOOD]}, {"insights": [twin]}], merge={"is_same": True, "insight": both}
    )
    tasks = [GOLD, Task(id="t2", question=OVENS, formulation=formulation(RIGHT))]
    await library.learn(tasks, solver=solver(), ask=ask)
    (active,) = library.store.insights(status=Status.ACTIVE)
    assert active.condition == both["condition"]
    assert set(active.provenance.tasks) == {"t1", "t2"} and len(active.provenance.parents) == 2
    assert active.evidence.helped == 6
    assert len(library.store.insights(status=Status.RETIRED)) == 2


async def test_an_insight_is_not_judged_by_tasks_of_another_file_with_the_same_ids(library: Library) -> None:
    twin = draft("Applies when ovens must be prepared before they make anything.", "Use binary setups.")
    ask = teacher(
        extract=[{"insights": [GOOD]}, {"insights": [twin]}], merge={"is_same": True, "insight": twin}
    )
    await library.learn([GOLD], solver=solver(), ask=ask)
    await library.learn(
        [Task(id=GOLD.id, question=OVENS, answer=RIGHT, formulation=formulation(RIGHT))],
        solver=solver(),
        ask=ask,
    )
    assert len(library.store.insights(status=Status.ACTIVE)) == 2 and ask.asked["merge"] == []


async def test_a_merged_insight_that_helps_less_is_not_taken(library: Library) -> None:
    twin = draft("Applies when ovens must be prepared before they make anything.", "Use binary setups.")
    vague = draft("Applies when things must be prepared before they make anything.", "Be careful.")
    ask = teacher(
        extract=[{"insights": [GOOD]}, {"insights": [twin]}], merge={"is_same": True, "insight": vague}
    )
    tasks = [GOLD, Task(id="t2", question=OVENS, formulation=formulation(RIGHT))]
    await library.learn(tasks, solver=solver(), ask=ask)
    assert len(library.store.insights(status=Status.ACTIVE)) == 2


async def test_a_run_that_breaks_goes_on_and_pays_for_nothing_twice(library: Library) -> None:
    tasks = [GOLD, Task(id="t2", question=OVENS, formulation=formulation(RIGHT))]
    two = {"is_same": False, "insight": None}
    reference, whole = solver(), teacher(GOOD, merge=two)
    other = open_library(library.store.url.replace("library.db", "other.db"))
    await other.learn(tasks, solver=reference, ask=whole, guard=GUARD, run="same")
    world, ask = solver(), teacher(GOOD, merge=two)
    for survived in range(1, 9):
        world.fails_after = survived
        try:
            await library.learn(tasks, solver=world, ask=ask, guard=GUARD, run="same")
        except ConnectionError:
            continue
    world.fails_after = None
    await library.learn(tasks, solver=world, ask=ask, guard=GUARD, run="same")
    assert len(world.attempts) == len(set(world.attempts)) == len(reference.attempts)
    assert _content(library) == _content(other)
    assert {name: len(many) for name, many in ask.asked.items()} == {
        name: len(many) for name, many in whole.asked.items()
    }


async def test_tasks_of_another_file_are_worked_through_though_run_and_ids_are_the_same(
    library: Library,
) -> None:
    world, ask = solver(), teacher(GOOD, hint={"hint": "Try again."}, merge={"is_same": False})
    (first,) = await library.learn([GOLD], solver=world, ask=ask)
    other = Task(id=GOLD.id, question=OVENS, answer=999)
    (second,) = await library.learn([other], solver=world, ask=ask)
    assert (first.verdict, second.verdict) == ("learned", "unexplained")
    paid = len(world.attempts)
    (again,) = await library.learn([GOLD], solver=world, ask=ask)
    assert again.note == first.note and len(world.attempts) == paid


async def test_other_guards_are_asked_though_run_and_ids_are_the_same(library: Library) -> None:
    harmful = solver(**{PIPES: lambda advice, seed: "binary" not in advice})
    (without,) = await library.learn([GOLD], solver=harmful, ask=teacher(GOOD))
    guard = [Task(id=GOLD.id, question=PIPES, answer=RIGHT)]
    (guarded,) = await library.learn([GOLD], solver=harmful, ask=teacher(GOOD), guard=guard)
    assert (without.verdict, guarded.verdict) == ("learned", "refused")


def _content(library: Library) -> list[tuple[str, str, int]]:
    return sorted((i.condition, i.status.value, i.evidence.helped) for i in library.store.insights())


async def test_the_bar_can_be_raised(library: Library) -> None:
    flaky = solver(**{MACHINES: lambda advice, seed: "binary" in advice and seed < 2})
    (outcome,) = await library.learn([GOLD], solver=flaky, ask=teacher(GOOD), bar=Bar(pairs=5, margin=3))
    assert outcome.verdict == "refused" and "5 paired runs on its tasks: helped 2" in outcome.note


async def test_what_is_known_is_offered_while_learning(library: Library) -> None:
    library.store.put([setup_costs(), conservation()], author="me")
    world = solver(**{MACHINES: lambda advice, seed: "binary variable" in advice})
    ask = ScriptedTeacher(applies={"applies": [1]})
    task = Task(id="t", question=f"{MACHINES}", answer=RIGHT)
    (outcome,) = await library.learn([task], solver=world, ask=ask)
    assert outcome.verdict == "right"


def test_a_label_that_nobody_defined_becomes_part_of_the_taxonomy(library: Library) -> None:
    (stored,) = library.store.put(
        [Insight(**{**draft("a", "b"), "labels": setup_costs().labels})], author="me"
    )
    assert {d.label for d in library.store.taxonomy()} == set(stored.labels)
