"""The five elements of a problem as typed data: sets, parameters, variables, objective, constraints.

A `Formulation` is what the language model writes, the user edits and every later step reads. It holds text
and numbers only; `check` gives its expressions a meaning and `bind` joins it with data.
"""

import keyword
import sys
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from agent.formulation.syntax import RESERVED_NAMES


class Sense(StrEnum):
    """Direction of the objective."""

    MINIMIZE = "minimize"
    MAXIMIZE = "maximize"


class Domain(StrEnum):
    """Values that a variable may take."""

    REAL = "real"
    INTEGER = "integer"
    BINARY = "binary"


def _usable_name(name: str) -> str:
    if not name.isidentifier() or not name.isascii() or keyword.iskeyword(name):
        raise ValueError(
            f"`{name[:60]}` cannot be a name; use letters, digits and _ only, such as `flour_kg`"
        )
    if name in RESERVED_NAMES:
        raise ValueError(f"`{name}` is a function of the algebra; choose another name")
    return name


Name = Annotated[str, Field(max_length=100), AfterValidator(_usable_name)]
Element = int | str
MAX_DEPTH = 20
Number = Annotated[float, Field(allow_inf_nan=False)]


class Item(BaseModel):
    """What all elements share: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    meaning: str = ""


class SetSource(BaseModel):
    """Where a set's elements stand: the distinct rows of one or more columns of a table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str
    columns: tuple[str, ...] = Field(min_length=1)


class ParameterSource(BaseModel):
    """Where a parameter's values stand: `column` holds them, `keys` are the columns of its indices."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str
    column: str
    keys: tuple[str, ...] = ()


class IndexSet(Item):
    """A set to index over: inline `elements` (numbers, words, or tuples of them) or columns of a table."""

    elements: tuple[Element | tuple[Element, ...], ...] | None = None
    source: SetSource | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.elements is None) == (self.source is None):
            raise ValueError(f"set `{self.name}` needs either elements or a source, not both")
        if self.elements is not None:
            sizes = {len(element) if isinstance(element, tuple) else 1 for element in self.elements}
            if len(sizes) > 1:
                raise ValueError(f"set `{self.name}` mixes elements of different lengths")
            if len(set(self.elements)) < len(self.elements):
                raise ValueError(f"set `{self.name}` lists an element twice")
        return self

    @property
    def dimension(self) -> int:
        """How many subscripts an element takes."""
        if self.source is not None:
            return len(self.source.columns)
        first = self.elements[0] if self.elements else 0
        return len(first) if isinstance(first, tuple) else 1


class Parameter(Item):
    """Known data: one number, or one for each combination of its `indices`.

    `values` is a number, a (nested) list in the order of the index sets, or a (nested) mapping by element.
    """

    unit: str = ""
    indices: tuple[Name, ...] = ()
    values: Any = None
    source: ParameterSource | None = None
    default: Number | None = None

    @field_validator("values")
    @classmethod
    def _plain(cls, values: Any) -> Any:
        return _plain_numbers(values)

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.values is None) == (self.source is None):
            raise ValueError(f"parameter `{self.name}` needs either values or a source, not both")
        return self


class Variable(Item):
    """A decision. A bound is a number or an expression of parameters; one of the same indices stands bare."""

    unit: str = ""
    indices: tuple[Name, ...] = ()
    domain: Domain = Domain.REAL
    lower: Number | str | None = 0.0
    upper: Number | str | None = None


class Objective(BaseModel):
    """What is minimized or maximized."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sense: Sense
    expression: str
    meaning: str = ""
    unit: str = ""


class Constraint(Item):
    """A condition that holds for each combination in `forall`, such as ``c in crops, d in days if d > 1``."""

    expression: str
    forall: str = ""


class Formulation(BaseModel):
    """An optimization problem in the five elements, with what was assumed and what stayed open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["formulation/1"] = "formulation/1"
    title: str = ""
    sets: tuple[IndexSet, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    variables: tuple[Variable, ...] = Field(min_length=1)
    objective: Objective
    constraints: tuple[Constraint, ...] = ()
    assumptions: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _unique_names(self) -> Self:
        seen: set[str] = set()
        for item in (*self.sets, *self.parameters, *self.variables, *self.constraints):
            if item.name in seen:
                raise ValueError(f"the name `{item.name}` is used twice; every element needs its own")
            seen.add(item.name)
        return self


def _plain_numbers(values: Any, depth: int = 0) -> Any:
    """Numbers, lists and mappings of numbers only; lists become tuples, which are frozen."""
    if isinstance(values, bool):
        return int(values)
    if values is None or isinstance(values, int | float):
        if values is not None and not abs(values) <= sys.float_info.max:
            raise ValueError("a value is no usable number: NaN, infinite, or too large to compute with")
        return values
    if depth == MAX_DEPTH:
        raise ValueError(f"values nest more than {MAX_DEPTH} deep; there is one level for each index")
    if isinstance(values, list | tuple):
        return tuple(_plain_numbers(value, depth + 1) for value in values)
    if isinstance(values, dict):
        return {key: _plain_numbers(value, depth + 1) for key, value in values.items()}
    raise ValueError(f"{values!r:.60} is not a number")
