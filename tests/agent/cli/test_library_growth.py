"""`optwright library learn`, with a teacher of its own beside the model that solves."""

import json

import replies
from scripted_endpoint import serving

LIMIT = "Read the larger limit."
RIGHT = replies.scalar("maximize x", {"x at most 5": "x <= 5"}, {"x": "real x"})
DRAFT = {
    "labels": ["formulation > Bounds > Limits"],
    "condition": "The problem names a limit of a total",
    "explanation": LIMIT,
    "example": "",
}


def solves(body):
    """Right only with the advice."""
    return RIGHT if LIMIT in json.dumps(body["messages"]) else replies.SIMPLE


def teaches(body):
    schema = json.dumps(body["response_format"])
    return json.dumps({"hint": LIMIT} if '"hint"' in schema else {"insights": [DRAFT]})


def test_a_stronger_model_teaches_the_one_that_solves(run, endpoint, monkeypatch, tmp_path):
    endpoint.otherwise = solves
    monkeypatch.setenv("OPTWRIGHT_LIBRARY_URL", f"sqlite:///{tmp_path}/own.db")
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text(
        json.dumps({"id": "t", "question": "What is the largest total under the limit?", "answer": 5})
    )
    with serving() as teacher:
        teacher.otherwise = teaches
        monkeypatch.setenv("OPTWRIGHT_PROPOSER_BASE_URL", teacher.url)
        monkeypatch.setenv("OPTWRIGHT_PROPOSER_API_KEY", "k")
        monkeypatch.setenv("OPTWRIGHT_PROPOSER_MODEL", "strong")
        result = run("library", "learn", str(tasks), "--json")
        assert result.exit_code == 0, result.stderr
        assert {body["model"] for body in teacher.bodies} == {"strong"}
    summary = json.loads(result.stdout)
    assert [one["verdict"] for one in summary["results"]] == ["learned"]
    assert summary["calls"] == len(endpoint.bodies) + len(teacher.bodies)
    (insight,) = json.loads(run("library", "list", "--json").stdout)
    assert (insight["explanation"], insight["status"]) == (LIMIT, "active")
