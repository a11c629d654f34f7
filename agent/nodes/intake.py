"""Take in the question: refuse what cannot be one, note what is odd, open the first candidates."""

from agent.errors import QuestionError
from agent.formulation.schema import Profile
from agent.state import Candidate, Deps, RunState

MAX_QUESTION_CHARS = 60_000
"""About 15,000 tokens; more does not fit beside the prompt in common context windows."""

LONG_QUESTION_CHARS = 2_500
"""Above this a problem usually has enough numbers to deserve sets and parameters."""


async def intake(state: RunState, deps: Deps) -> RunState:
    """The state with its first candidates.

    Raises:
        QuestionError: the text is empty or too long.
    """
    question = clean(state.question)
    profile = state.plan.profile or _profile(question, has_tables=bool(deps.tables))
    count = first_round(state.plan.samples)
    opened = tuple(Candidate(number=state.plan.first + number, profile=profile) for number in range(count))
    return state.model_copy(update={"question": question, "candidates": opened})


def clean(question: str) -> str:
    """The question without control characters and surrounding blanks.

    Raises:
        QuestionError: nothing is left, or too much.
    """
    if not isinstance(question, str):
        raise QuestionError(
            f"the question must be text, not {type(question).__name__}; of a file, pass what `read_text()` gives"
        )
    text = "".join(sign for sign in question if sign.isprintable() or sign in "\n\t").strip()
    if not text:
        raise QuestionError(
            "the question is empty; tell the problem in words: what to decide, the limits, the goal"
        )
    if len(text) > MAX_QUESTION_CHARS:
        raise QuestionError(
            f"the question has {len(text):,} characters, at most {MAX_QUESTION_CHARS:,} can be read; "
            "put tables into files and pass them with --data"
        )
    return text


def first_round(samples: int) -> int:
    """How many candidates to start with: as many as must agree to settle `samples` votes."""
    return samples // 2 + 1


def _profile(question: str, *, has_tables: bool) -> Profile:
    return "indexed" if has_tables or len(question) > LONG_QUESTION_CHARS else "scalar"
