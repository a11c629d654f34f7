"""Conversations to fine-tune on end with a reply that the agent reads as the same problem."""

import json
from random import Random

import pytest

import agent
from agent.formulation.schema import read_reply
from benchmarks.synth.chat import conversation, reply
from benchmarks.synth.generators import GENERATORS


@pytest.mark.parametrize("kind", ["diet", "knapsack", "inventory", "facility location", "pricing"])
def test_the_reply_has_the_same_optimum(kind: str) -> None:
    formulation = GENERATORS[kind](Random(3), 2)
    said = reply(formulation)
    again = agent.solve_formulation(read_reply(json.dumps(said), "indexed"))
    assert again.objective == pytest.approx(agent.solve_formulation(formulation).objective, rel=1e-6)


def test_the_conversation_is_that_of_the_agent() -> None:
    chat = conversation("How many?", GENERATORS["knapsack"](Random(1), 1))
    assert chat is not None
    assert [message["role"] for message in chat["messages"]] == ["system", "user", "assistant"]
    assert chat["messages"][1]["content"] == "<problem>\nHow many?\n</problem>"


def test_what_the_reply_cannot_say_has_no_conversation() -> None:
    assert conversation("How many?", GENERATORS["shortest path"](Random(1), 1)) is None
