"""Tune the prompts of a LangGraph graph that keeps checkpoints; the graph's nodes stay as they are.

    python examples/workflow/langgraph_pipeline.py

Two nodes ask a model: one picks the amounts out of a note, one answers. So that no language model is needed, both the
model and the proposals are scripted; one reply is cut off, and is not adopted. `OptoPrime` and the strict reading of
replies are the real ones.
"""

import json
import re
from typing import TypedDict

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from agent.llm import ScriptedModel
from agent.workflow import Budget, OptoPrime, node, optimize
from agent.workflow.langgraph_recording import GraphWorkflow


class State(TypedDict, total=False):
    note: str
    amounts: list[int]
    answer: str


def model(prompt, text):
    """What a very small model does with a prompt: it counts only what it was told to count."""
    numbers = [int(word) for word in re.findall(r"\d+", text)]
    if "amounts" in prompt:
        return [n for n in numbers if n < 1900] if "not years" in prompt else numbers
    return f"{sum(numbers)} dollars" if "with the unit" in prompt else str(sum(numbers))


def pick(state: State, runtime: Runtime[dict]):
    """The amounts in the note."""
    return {"amounts": model(runtime.context["pick_prompt"], state["note"])}


def answer(state: State, runtime: Runtime[dict]):
    """The total, in words."""
    return {"answer": model(runtime.context["answer_prompt"], " ".join(map(str, state["amounts"])))}


builder = StateGraph(State, context_schema=dict)
builder.add_node("pick", pick)
builder.add_node("answer", answer)
builder.add_edge(START, "pick")
builder.add_edge("pick", "answer")
builder.add_edge("answer", END)
graph = builder.compile(checkpointer=InMemorySaver())

prompts = {
    "pick_prompt": node("List the amounts.", trainable=True, name="pick_prompt"),
    "answer_prompt": node("Say the total.", trainable=True, name="answer_prompt"),
}
workflow = GraphWorkflow(graph, output="answer", context=prompts)

notes = [
    (f"In {1990 + k} we paid {k} for tea and {2 * k} for cake.", f"{3 * k} dollars") for k in range(1, 19)
]
data = [({"note": note}, gold) for note, gold in notes]


def run(item):
    given, _gold = item
    return workflow(given)


def score(said, item):
    gold = item[1]
    number_is_right = said.split()[0] == gold.split()[0]
    advice = [] if number_is_right else ["years were added up as if they were amounts"]
    advice += [] if said.endswith("dollars") else ["the unit is missing"]
    return 1.0 - 0.5 * len(advice), "; ".join(advice) or "right"


def reply(**values):
    return json.dumps({"reasoning": "as the feedback says", "values": values})


proposals = [
    reply(pick_prompt="List the amounts, not years.")[:-20],  # cut off: said back once
    reply(pick_prompt="List the amounts, not years."),
    reply(answer_prompt="Say the total with the unit."),
]
result = optimize(
    run,
    data[:6],
    data[6:12],
    data[12:],
    score=score,
    budget=Budget(calls=100),
    parameters=list(prompts.values()),
    optimizer=OptoPrime(),
    model=ScriptedModel(proposals),
    target=1.0,
    concurrency=4,
)
for name, prompt in prompts.items():
    print(f"{name}: {prompt.data}")
print(result)
