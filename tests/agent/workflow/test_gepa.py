"""The library's search runs behind our budget, journal and gate."""

import json

import pytest

from agent.llm import Budget, ScriptedModel
from agent.workflow import Margin, Proposer, node, optimize

pytest.importorskip("gepa")
from agent.workflow.optimizers.gepa import Gepa

ITEMS = [float(item) for item in range(6)]
WORDS = ["good", "better", "best"]


class Words:
    """A text and a number; the score counts the words that are there, less the number's distance to 2."""

    def __init__(self):
        self.prompt = node("start", trainable=True, name="prompt")
        self.level = node(0, trainable=True, constraint=(0, 5), name="level")
        self.calls = []

    def __call__(self, item):
        self.calls.append((self.prompt.data, self.level.data, item))
        return self.prompt.data, self.level.data

    @staticmethod
    def score(output, item):
        text, level = output
        return sum(word in text.split() for word in WORDS) - abs(level - 2) / 10, "more words"


def propose(situation):
    text, level = situation.values["prompt"], situation.values["level"]
    missing = [word for word in WORDS if word not in text.split()]
    return {
        name: f"{text} {missing[0]}"
        if name == "prompt" and missing
        else text
        if name == "prompt"
        else level + 1
        for name in situation.targets
        if name == "prompt" or level < 5
    }


def run(words, **options):
    defaults = {"budget": Budget(calls=400), "optimizer": Gepa(Proposer(propose)), "gate": Margin()}
    return optimize(words, ITEMS[:3], ITEMS[3:], score=words.score, **{**defaults, **options})


def test_it_finds_what_there_is_to_find_and_pays_for_nothing_twice():
    words = Words()
    result = run(words)
    assert result.values == {"prompt": "start good better best", "level": 2}
    assert len(words.calls) == len(set(words.calls)) == result.ledger.calls
    assert {verdict.status for verdict in result.verdicts} >= {"start", "adopted"}


@pytest.mark.parametrize("calls", [2, 7, 20])
def test_its_budget_is_exact(calls):
    words = Words()
    assert run(words, budget=Budget(calls=calls)).ledger.calls == calls == len(words.calls)


def test_an_interrupted_search_goes_on_without_paying_twice(tmp_path):
    path, first, second, whole = tmp_path / "run.sqlite", Words(), Words(), Words()
    run(first, journal=path, budget=Budget(calls=17))
    result = run(second, journal=path)
    expected = run(whole)
    assert result.values == expected.values
    assert first.calls + second.calls == whole.calls


def test_an_error_of_the_proposer_is_not_swallowed():
    def broken(situation):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        run(Words(), optimizer=Gepa(Proposer(broken)))


def test_it_asks_the_model_through_the_inner_optimizer():
    def answer(request):
        targets = request.schema["properties"]["values"]["properties"]
        return json.dumps({"reasoning": "", "values": {n: "good" if n == "prompt" else 2 for n in targets}})

    words = Words()
    result = run(words, optimizer=Gepa(), model=ScriptedModel(answer))
    assert result.values == {"prompt": "good", "level": 2}
