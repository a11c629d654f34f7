"""A set of tiny problems, an endpoint's script that answers most of them, and answers in few words."""

import json
import re
from pathlib import Path
from typing import Any

from replies import scalar

from benchmarks.answering import Answer


def question(limit: int) -> str:
    """How large can x be?"""
    return f"How large can x be, if it is at most {limit}?"


def write_set(path: Path, count: int) -> Path:
    """A set of `count` problems in JSON Lines; the answer to the i-th is 10 + i."""
    rows = [
        {"id": f"p{i}", "question": question(10 + i), "answer": 10 + i, "type": "odd" if i % 2 else "even"}
        for i in range(count)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def limit_of(body: dict[str, Any]) -> int:
    """The limit that a request's question states."""
    return int(re.findall(r"at most (\d+)\?", body["messages"][-1]["content"])[-1])


def reply(body: dict[str, Any]) -> str:
    """Right for most problems; wrong where the limit ends in 3."""
    limit = limit_of(body)
    bound = limit if limit % 10 != 3 else limit - 1
    return scalar("maximize x", {"x at most its limit": f"x <= {bound}"}, {"x": "real x"})


def optimal(item: str, objective: float, confidence: float = 0.67, **more: Any) -> Answer:
    """An answer with an objective."""
    return Answer(id=item, status="optimal", objective=objective, confidence=confidence, **more)
