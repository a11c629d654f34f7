"""Tasks to learn from: a question, and something by which an answer can be judged."""

import hashlib
import json
import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationError

from library.errors import ExchangeError
from library.insight import Frozen, Insight
from library.protocol import Attempt
from library.terms import terms

TOLERANCE = 1e-6
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_LINE_END = re.compile(r"\r\n|\r|\n")  # no others: JSON may hold them inside a string
_QUOTE_WORDS = 8
_SHOWN = 60


def _as_number(value: object) -> object:
    """An answer as people may write it: 1,200 is a number, and true is none."""
    if isinstance(value, bool):
        raise ValueError("a truth value is no answer")
    return value.replace(",", "") if isinstance(value, str) and _GROUPED.fullmatch(value) else value


Answer = Annotated[float | Literal["infeasible", "unbounded"], BeforeValidator(_as_number)]


class Task(Frozen):
    """A question with a right formulation, only its right answer, or only what a user said was wrong.

    Attributes:
        id: its name in provenance and evidence.
        answer: optimal value, or `infeasible` or `unbounded`.
        formulation: a right formulation as JSON; its optimum becomes the answer where that is not given.
        correction: what a user said of a wrong answer, in words.
    """

    id: str
    question: str
    answer: Answer | None = None
    formulation: str = ""
    correction: str = ""

    def is_right(self, attempt: Attempt) -> bool:
        """Whether an attempt gives the task's answer, to a relative 1e-6."""
        if isinstance(self.answer, str):
            return attempt.status == self.answer
        if self.answer is None or attempt.status not in ("optimal", "feasible") or attempt.objective is None:
            return False
        return abs(attempt.objective - self.answer) <= TOLERANCE * max(1.0, abs(self.answer))

    def leak(self, insight: Insight) -> str:
        """What of this task an insight gives away, in words; empty where nothing.

        Numbers of three digits and more, and eight words in a row, are the task's own; general know-how has no need
        of them.
        """
        text = "\n".join((insight.condition, insight.explanation, insight.example))
        told = _numbers(self.question) | (
            _numbers(f"{self.answer:.12g}") if isinstance(self.answer, float) else set()
        )
        shared = sorted(told & _numbers(text))
        if shared:
            return f"it holds the task's number {shared[0]}"
        words, inside = self.question.lower().split(), " ".join(text.lower().split())
        for start in range(len(words) - _QUOTE_WORDS + 1):
            quote = " ".join(words[start : start + _QUOTE_WORDS])
            if quote in inside:
                return f"it quotes the task: {quote!r}"
        return ""


def fingerprint(question: str) -> str:
    """What stands for a question in provenance: a digest of its words in order, without numbers and endings."""
    return hashlib.sha256(" ".join(terms(question)).encode()).hexdigest()[:16]


def read_tasks(text: str, source: str) -> tuple[Task, ...]:
    """The tasks of a JSONL file: one object a line with `question`, and `answer`, `formulation` or `correction`.

    `id` is made of the line's number where it is missing; a number may be written as text; other keys are ignored.

    Raises:
        ExchangeError: a line is wrong, or an id stands twice; names the line.
    """
    tasks: dict[str, Task] = {}
    for number, line in enumerate(_LINE_END.split(text), start=1):
        if not line.strip():
            continue
        try:
            task = _task(json.loads(line), number)
        except ValidationError as error:
            raise ExchangeError(f"{source}, line {number}: {_fault(error)}") from None
        except (ValueError, RecursionError) as error:
            raise ExchangeError(f"{source}, line {number}: {error}") from None
        if task.id in tasks:
            raise ExchangeError(f"{source}, line {number}: the id {task.id} stands twice")
        tasks[task.id] = task
    return tuple(tasks.values())


def _task(record: Any, number: int) -> Task:
    if not isinstance(record, dict):
        raise ValueError(
            f'a task is an object, {{"question": ..., "answer": ...}}, and no {type(record).__name__}'
        )
    fields = {name: record[name] for name in Task.model_fields if record.get(name) is not None}
    if isinstance(fields.get("formulation"), dict):
        fields["formulation"] = json.dumps(fields["formulation"])
    return Task.model_validate({**fields, "id": str(fields.get("id", f"line-{number}"))})


def _fault(error: ValidationError) -> str:
    first = error.errors()[0]
    if first["loc"][0] == "answer":
        given = json.dumps(first["input"])[:_SHOWN]
        return f"answer: {given} cannot be compared with a result; write one number, infeasible or unbounded"
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def _numbers(text: str) -> set[str]:
    """The numbers of a text that could give it away: three digits or more, powers of ten excepted."""
    found = {number.replace(",", "") for number in _NUMBER.findall(text)}
    digits = {number: number.replace(".", "").strip("0") for number in found}
    return {n for n in found if len(n.replace(".", "")) >= 3 and digits[n] not in ("", "1")}
