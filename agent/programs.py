"""The code road: a Pyomo program in a reply, run in the sandbox, becomes a formulation like any other.

The program only builds its model; the jail exports it as plain data, and from there on it is parsed, solved and
verified by the same code as a formulation that the language model wrote itself.
"""

import json
import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, FailFast, Field, ValidationError

from agent.data import Tables
from agent.errors import ModelReplyInvalid
from agent.formulation.faults import Fault, FaultyFormulation
from agent.formulation.model import Constraint, Domain, Formulation, Objective, Sense, Variable
from solvers.sandbox import Policy, Sandbox
from solvers.sandbox.screen import screen

TIME_LIMIT_S = 20.0
MAX_ENTRIES = 100_000
MAX_RESULT_BYTES = 32 * 1024**2
"""Variables or constraints of a program; what it hands over is checked in this process, which must not suffer."""
_BLOCK = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)


class _Exported(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class _Variable(_Exported):
    name: str
    label: str
    domain: Domain = Field(strict=False)
    lower: float | None
    upper: float | None


class _Constraint(_Exported):
    name: str
    label: str
    expression: str


class _Model(_Exported):
    sense: Sense = Field(strict=False)
    objective: str
    variables: Annotated[list[_Variable], FailFast()] = Field(min_length=1, max_length=MAX_ENTRIES)
    constraints: Annotated[list[_Constraint], FailFast()] = Field(max_length=MAX_ENTRIES)
    warnings: Annotated[list[str], FailFast()] = Field(max_length=MAX_ENTRIES)


def formulation_of_program(reply: str, tables: Tables, sandbox: Sandbox) -> Formulation:
    """The model that the program in a reply builds, as a formulation with plain variables.

    Raises:
        ModelReplyInvalid: there is not exactly one program, or what it handed over is no model.
        FaultyFormulation: the program failed; the text names its line, for the repair step.
        SandboxUnavailable: this machine cannot run untrusted code safely.
    """
    source = program_in(reply)
    objections = screen(source)
    if objections:
        raise FaultyFormulation([Fault("program", str(text)) for text in objections])
    data = {
        name: {column.name: list(column.cells) for column in table.columns} for name, table in tables.items()
    }
    payload = json.dumps({"source": source, "data": data}).encode()
    outcome = sandbox.run(
        "program", payload, Policy(time_limit_s=TIME_LIMIT_S, result_limit_bytes=MAX_RESULT_BYTES)
    )
    if not outcome.is_ok:
        raise FaultyFormulation([Fault("program", outcome.text)])
    answer = _strict_json(outcome.result)
    if "error" in answer:
        raise FaultyFormulation([Fault("program", _error_text(answer["error"]))])
    try:
        return _formulation(_Model.model_validate(answer))
    except ValidationError as error:
        first = error.errors()[0]
        raise ModelReplyInvalid(f"the program gave no usable model: {first['loc']}: {first['msg']}") from None


def program_in(reply: str) -> str:
    """The one Python block of a reply.

    Raises:
        ModelReplyInvalid: there is none, or more than one.
    """
    blocks = _BLOCK.findall(reply)
    if len(blocks) != 1:
        raise ModelReplyInvalid(f"answer with exactly one block of Python, not {len(blocks)}")
    return str(blocks[0])


def _strict_json(data: bytes) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError("a key stands twice")
        return found

    def refuse(word: str) -> Any:
        raise ValueError(f"{word} is no number")

    try:
        answer = json.loads(data, object_pairs_hook=unique, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise ModelReplyInvalid(f"the program handed over something that is no model: {error}") from None
    if not isinstance(answer, dict):
        raise ModelReplyInvalid("the program handed over something that is no model")
    return answer


def _error_text(error: Any) -> str:
    if not isinstance(error, dict):
        return "the program failed"
    where = (
        f" in line {error.get('line')!s:.12}: {error.get('source_line')!s:.200}" if error.get("line") else ""
    )
    return f"{error.get('type')!s:.60}: {error.get('message')!s:.500}{where}"


def _formulation(model: _Model) -> Formulation:
    return Formulation(
        variables=tuple(
            Variable(name=v.name, meaning=v.label, domain=v.domain, lower=v.lower, upper=v.upper)
            for v in model.variables
        ),
        objective=Objective(sense=model.sense, expression=model.objective),
        constraints=tuple(
            Constraint(name=c.name, meaning=c.label, expression=c.expression) for c in model.constraints
        ),
        assumptions=("the model was built by a program",),
    )
