"""The agent itself as a workflow: its instructions and settings are the parameters, a question is an item."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import DataError, UserError, WorkflowError
from agent.experience import NONE
from agent.llm import ChatModel
from agent.profiles import Evidence, TunedProfile
from agent.prompts import load as load_prompt
from agent.settings import Settings
from agent.solution import Solution
from agent.solving import solve
from agent.state import Tuning
from agent.workflow import Number, Parameter, Result, Text, charge
from agent.workflow.recording import note
from agent.workflow.result import Comparison

TOLERANCE = 1e-6
PERFECT = 1.0
"""The score of a right answer; a wrong one has 0."""
ROLES = ("formulate_scalar", "formulate_indexed")
_NEED_SAMPLES = ("sample_temperature", "warned_weight")
_NEED_LIBRARY = ("max_insights", "max_advice_chars")
_SETTINGS = {
    "threshold": (Number(0, 1), "confidence below which the answer is that one is not sure"),
    "max_repairs": (Number(0, 4, is_integer=True), "how often a faulty reply is sent back"),
    "sample_temperature": (Number(0, 1.5), "temperature of further samples"),
    "repair_temperature": (Number(0, 1.5), "temperature of a reply that mends a faulty one"),
    "repair_penalty": (Number(0.3, 1), "factor on the confidence for each repair"),
    "warned_weight": (Number(0, 1), "votes of a formulation that looks odd"),
    "max_insights": (Number(0, 20, is_integer=True), "entries of the experience library that are shown"),
    "max_advice_chars": (Number(100, 3000, is_integer=True), "characters of one such entry that are shown"),
}


class Item(BaseModel):
    """A question with its right objective."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    question: str = Field(min_length=1)
    answer: float


T = TypeVar("T")


class AgentWorkflow:
    """``agent.solve`` with parameters for a tuning.

    Attributes:
        parameters: instructions by role, and settings by name; those that change nothing here are left out.
    """

    def __init__(
        self, model: ChatModel, settings: Settings, *, only: Sequence[str] = (), samples: int = 1
    ) -> None:
        """Makes the parameters.

        Args:
            model: who answers the questions.
            settings: the process's settings.
            only: names of the parameters to change; default: all.
            samples: formulations a question.

        Raises:
            WorkflowError: there is no parameter of a name, or it changes nothing here.
        """
        self._model, self._settings, self._samples = model, settings, samples
        self.parameters = _parameters(settings, samples, only)

    def __call__(self, item: Item) -> Solution:
        """The solution of the item's question with the values on trial."""
        solution = solve(
            item.question,
            samples=self._samples,
            model=self._model,
            profile=self.tuning(),
            settings=self._settings,
        )
        charge(solution.ledger)
        self._note_reads(solution)
        return solution

    def tuning(self) -> Tuning:
        """The tuning with the parameters' present values."""
        values = {name: parameter.value() for name, parameter in self.parameters.items()}
        instructions = {role: values.pop(role) for role in ROLES if role in values}
        changed = {role: text for role, text in instructions.items() if text != _shipped(role)}
        return Tuning(**values, instructions=changed)

    def _note_reads(self, solution: Solution) -> None:
        """What the run depended on: the instructions of the profile that was used, and the settings."""
        used = {f"formulate_{candidate.profile}" for candidate in solution.candidates}
        for name, parameter in self.parameters.items():
            if name in _SETTINGS or name in used:
                note(parameter)


def score(solution: Solution, item: Item) -> tuple[float, str]:
    """1 for the right objective, relative to 1e-6, else 0; with what was done and what was right."""
    objective = solution.objective if solution.status in ("optimal", "feasible") else None
    if objective is not None and abs(objective - item.answer) <= TOLERANCE * max(1.0, abs(item.answer)):
        return PERFECT, "right"
    found = f"none ({solution.status}: {solution.reason})" if objective is None else f"{objective:.10g}"
    parts = [f"wrong: the objective is {item.answer:.10g}, the answer was {found}"]
    if solution.formulation is not None:
        parts.append("it was formulated as " + solution.formulation.model_dump_json(exclude_defaults=True))
    parts += [candidate.fault for candidate in solution.candidates if candidate.fault]
    return 0.0, "; ".join(parts)


def read_items(path: Path) -> list[Item]:
    """The items of a JSONL file: an object with ``question`` and ``answer`` a line.

    Raises:
        DataError: a line is none; the text names it.
    """
    items = []
    for number, line in lines_of(path):
        try:
            items.append(Item.model_validate(line))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise DataError(f"{path}, line {number}: {place}: {first['msg']}") from None
    return items


def lines_of(path: Path) -> list[tuple[int, Any]]:
    """The JSON values of a JSONL file, with their line numbers.

    Raises:
        DataError: the file cannot be read, or a line is no JSON.
    """
    try:
        texts = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from None
    found = []
    for number, text in enumerate(texts, start=1):
        if text.strip():
            try:
                found.append((number, json.loads(text)))
            except ValueError as error:
                raise DataError(f"{path}, line {number} is no JSON: {error}") from None
    return found


def profile_of(workflow: AgentWorkflow, result: Result, model: str) -> TunedProfile:
    """The profile of a result, with its evidence."""
    return TunedProfile(
        tuning=workflow.tuning(),
        model=model,
        validation=_evidence(result.validation),
        test=_evidence(result.test),
    )


def split(items: Sequence[T], sizes: Sequence[int] | None, seed: int) -> tuple[list[T], list[T], list[T]]:
    """Items for proposals, for choosing, and to be left untouched; drawn by chance, none in two parts.

    Args:
        items: all items.
        sizes: of the three parts; default: equal ones, and what is left over goes to the first.
        seed: of the draw.

    Raises:
        UserError: there are too few items.
    """
    if sizes is None:
        third = len(items) // 3
        sizes = (len(items) - 2 * third, third, third)
    if min(sizes) < 1 or sum(sizes) > len(items):
        raise UserError(
            f"the data have {len(items)} items, which do not make parts of {', '.join(map(str, sizes))}; each needs "
            "one at least, and 20 and more for choosing and for the test prove most"
        )
    drawn = random.Random(seed).sample(list(items), sum(sizes))
    first, second = sizes[0], sizes[0] + sizes[1]
    return drawn[:first], drawn[first:second], drawn[second:]


def _parameters(settings: Settings, samples: int, only: Sequence[str]) -> dict[str, Parameter]:
    has_library = settings.library_url not in (None, NONE)
    idle = {*(_NEED_SAMPLES if samples == 1 else ()), *(() if has_library else _NEED_LIBRARY)}
    live = [name for name in (*ROLES, *_SETTINGS) if name not in idle]
    for name in only:
        if name in idle:
            raise WorkflowError(f"{name} changes nothing here: it needs --samples above 1 or a library")
        if name not in live:
            raise WorkflowError(f"there is no parameter {name!r:.80}; there are: {', '.join(live)}")
    return {name: _parameter(name) for name in live if not only or name in only}


def _parameter(name: str) -> Parameter:
    if name in ROLES:
        text = _shipped(name)
        about = f"instructions to the model that formulates ({name.removeprefix('formulate_')} questions)"
        return Parameter(text, Text(2 * len(text)), name=name, description=about)
    kind, about = _SETTINGS[name]
    return Parameter(getattr(Tuning(), name), kind, name=name, description=about)


def _shipped(role: str) -> str:
    """The instructions that come with the package."""
    return load_prompt(role)[0].content


def _evidence(comparison: Comparison | None) -> Evidence | None:
    if comparison is None:
        return None
    return Evidence(
        before=comparison.before,
        after=comparison.after,
        items=comparison.items,
        p_value=comparison.p_value,
    )
