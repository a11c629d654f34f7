"""The reference of the algebra: the grammar from the parser, every construct with an example that is solved.

A page is not written if a name of the algebra has no example, or if an example does not give what it says.
"""

import inspect
import re
from collections.abc import Iterable
from textwrap import dedent

from agent.errors import FormulationError
from agent.formulation import syntax
from docs.algebra_examples import CONSTRUCTS, FAULTS, FUNCTIONS, Example, Outcome

_INTRO = """# The algebra

A formulation has five elements: sets, parameters, variables, one objective, constraints. Expressions are text
in a small algebra, a checked subset of Python's expressions. They are parsed, never evaluated as code. Every
name is looked up, every subscript counted and every kind checked before a model is built; what is wrong is
told with the element, the place and, where there is one, a near name.

Every example on this page was parsed, compiled and solved when the page was made.
"""


def page() -> str:
    """The page."""
    _check_complete()
    parts = [_INTRO.strip(), "## Grammar", _fenced(_grammar()), "## Constructs", *map(_section, CONSTRUCTS)]
    parts += ["## Functions", _functions(FUNCTIONS), "## Faults", _faults()]
    return "\n\n".join(parts)


def _check_complete() -> None:
    """Every name that means something must be shown."""
    texts = " ".join(example.text for example in (*CONSTRUCTS, *FUNCTIONS))
    shown = set(re.findall(r"\w+", texts))
    missing = (set(syntax.RESERVED_NAMES) | set(syntax.FOLDS)) - shown - {"len"}
    if missing:
        raise SystemExit(f"docs/algebra_examples.py has no example of {', '.join(sorted(missing))}")


def _grammar() -> str:
    text = inspect.getdoc(syntax) or ""
    return dedent(text.split("\n\n", 2)[2])


def _section(example: Example) -> str:
    outcome = example.solved()
    parts = [f"### {example.title}", example.note, _fenced(example.text), _result(outcome)]
    return "\n\n".join(filter(None, parts))


def _result(outcome: Outcome) -> str:
    values = ", ".join(f"`{name}` = {value:.4g}" for name, value in outcome.values.items())
    return f"{outcome.status.capitalize()}, objective {outcome.objective:.5g}" + (
        f": {values}." if values else "."
    )


def _functions(examples: Iterable[Example]) -> str:
    """A table: what the solver finds for each function alone."""
    rows = ["| Function | Its largest value for x from 0.1 to 0.9 |", "| --- | --- |"]
    for example in examples:
        outcome = example.solved()
        found = "no engine takes it yet" if outcome.objective is None else f"{outcome.objective:.5g}"
        rows.append(f"| {example.title} | {found} |")
    return "\n".join(rows)


def _faults() -> str:
    parts = ["What is wrong is told so that a person, or a language model, can mend it."]
    for example in FAULTS:
        try:
            example.solved()
        except FormulationError as error:
            parts.append(_fenced(str(error)))
        else:
            raise SystemExit(f"the example of a fault has none: {example.text}")
    return "\n\n".join(parts)


def _fenced(text: str) -> str:
    return f"```text\n{text.strip(chr(10))}\n```"
