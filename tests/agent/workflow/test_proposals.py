"""Replies of language models: read strictly, said back once, never adopted half."""

import json

import pytest
from pydantic import BaseModel, field_validator

from agent.errors import BudgetExceeded, ModelReplyInvalid, QuestionError
from agent.llm import Budget, Message, Meter, Reply, ScriptedModel, Usage
from agent.workflow import node
from agent.workflow.proposals import MAX_REPLY_CHARS, MAX_SHOWN_CHARS, ask, parse, schema_of


class Level(BaseModel):
    """A type whose own check is faulty."""

    grade: int = 1

    @field_validator("grade")
    @classmethod
    def check(cls, grade):
        return grade if grade < 7 else {}["no such grade"]


PARAMETERS = {
    "prompt": node("say it", trainable=True, name="prompt"),
    "share": node(0.5, trainable=True, constraint=(0, 1), name="share"),
    "flag": node(True, trainable=True, name="flag"),
    "level": node(Level(), trainable=True, name="level"),
}
QUESTION = [Message("user", "better values, please")]


def reply(**values):
    return json.dumps({"reasoning": "so", "values": values})


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ({"prompt": "Give the definition: def f(x)"}, {"prompt": "Give the definition: def f(x)"}),
        ({"prompt": "Then TERMINATE. </s> STOP"}, {"prompt": "Then TERMINATE. </s> STOP"}),
        ({"flag": "False"}, {"flag": False}),
        ({"share": 1}, {"share": 1.0}),
        ({}, {}),
    ],
)
def test_what_fits_is_kept(values, kept):
    assert parse(reply(**values), PARAMETERS).values == kept
    assert parse(f"```json\n{reply(**values)}\n```", PARAMETERS).values == kept


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("TERMINATE", "not JSON"),
        (reply(share=2), "share: it must be from 0 to 1"),
        (reply(share="0.5"), "share: it must be a number"),
        (reply(secret=1), "'secret' cannot be changed"),
        (reply(prompt="a")[:-5], "not JSON"),
        ('{"values": {"flag": true, "flag": false}}', "twice"),
        ('{"values": {"share": NaN}}', "NaN"),
        ('{"values": []}', '"reasoning" and "values"'),
        ('{"values": {}, "code": "x"}', "'code' besides"),
        ("[1]", "one JSON object"),
        ("[" * 100_000, "not JSON"),
        ('{"values": {"share": %s}}' % ("9" * 400), "share: it must be a finite number"),
        ('{"values": {"share": %s}}' % ("9" * 5_000), "not JSON"),
        ('{"values": {"prompt": "\\ud800"}}', "prompt: .*surrogates"),
        ('{"values": {"level": {"grade": 7}}}', "level: the type refuses it with KeyError"),
        (reply(prompt="x" * MAX_REPLY_CHARS), "at most"),
    ],
)
def test_what_does_not_fit_is_refused_whole(text, reason):
    with pytest.raises(ModelReplyInvalid, match=reason):
        parse(text, PARAMETERS)


def test_one_wrong_value_refuses_the_whole_reply():
    with pytest.raises(ModelReplyInvalid, match="share"):
        parse(reply(prompt="fine", share=7), PARAMETERS)


def test_a_fault_is_said_back_once():
    model = ScriptedModel([reply(share=3), reply(share=0.25)])
    parsed = ask(Meter(model), "propose", QUESTION, PARAMETERS, seed=0)
    assert parsed.values == {"share": 0.25} and len(parsed.faults) == 1
    told = model.requests[1].messages[-1].content
    assert "it must be from 0 to 1, not 3" in told


def test_after_two_faults_nothing_is_proposed():
    model = ScriptedModel([reply(share=3), "nonsense", reply(share=0.1)])
    parsed = ask(Meter(model), "propose", QUESTION, PARAMETERS, seed=0)
    assert parsed.values == {} and len(parsed.faults) == 2 and len(model.requests) == 2


def test_a_reply_that_was_cut_off_is_not_adopted():
    model = ScriptedModel([reply(prompt="word " * 5_000)] * 2)
    parsed = ask(Meter(model), "propose", QUESTION, PARAMETERS, seed=0)
    assert parsed.values == {} and all("cut off" in fault for fault in parsed.faults)


class Careless(ScriptedModel):
    """Gives what it has where its answer was cut off, though the protocol has it say so."""

    def complete(self, messages, **options):
        self.requests.append(messages)
        return Reply(
            text=reply(share=0.25), usage=Usage(1, 1), seconds=0.0, model="m", finish_reason="length"
        )


def test_a_cut_reply_of_a_careless_model_is_not_adopted_either():
    model = Careless([])
    parsed = ask(Meter(model), "propose", QUESTION, PARAMETERS, seed=0)
    assert parsed.values == {} and len(model.requests) == 2
    assert all("cut off" in fault for fault in parsed.faults)


def test_an_enormous_reply_is_said_back_in_part():
    model = ScriptedModel(["x" * 5_000_000, reply(share=0.25)])
    assert ask(Meter(model), "propose", QUESTION, PARAMETERS, seed=0).values == {"share": 0.25}
    assert sum(len(message.content) for message in model.requests[1].messages) < 2 * MAX_SHOWN_CHARS


def test_a_prompt_that_is_too_long_for_the_model_costs_the_step_not_the_run():
    def too_long(request):
        raise QuestionError("the question with its prompt is too long")

    parsed = ask(Meter(ScriptedModel(too_long)), "propose", QUESTION, PARAMETERS, seed=0)
    assert parsed.values == {} and "too long" in parsed.faults[-1]


def test_the_budget_holds_between_the_two_replies():
    meter = Meter(ScriptedModel(["nonsense"] * 5), Budget(calls=1))
    with pytest.raises(BudgetExceeded):
        ask(meter, "propose", QUESTION, PARAMETERS, seed=0)
    assert meter.ledger.calls == 1


def test_the_model_is_held_to_the_schema():
    model = ScriptedModel([Reply(reply(), Usage(1, 1), 0.0, "m")])
    ask(Meter(model), "propose", QUESTION, PARAMETERS, seed=0)
    schema = model.requests[0].schema
    assert schema == schema_of(PARAMETERS)
    assert schema["properties"]["values"]["properties"]["flag"] == {"type": "boolean"}
    assert schema["properties"]["values"]["additionalProperties"] is False
