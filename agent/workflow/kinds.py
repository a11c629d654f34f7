"""What values a parameter may take.

A kind turns a JSON value that somebody proposes into a value of the parameter, or refuses it in words; it never
mends it. Proposals, journals and profiles all hold JSON values.
"""

import ast
import json
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from agent.errors import WorkflowError

MAX_TEXT_CHARS = 8_000
MAX_CODE_CHARS = 20_000


class Kind(ABC):
    """What values a parameter may take."""

    @abstractmethod
    def decode(self, proposed: Any) -> Any:
        """The value that a JSON value stands for.

        Raises:
            ValueError: it stands for none; the text says what is allowed.
        """

    def encode(self, value: Any) -> Any:
        """The JSON value that stands for a value."""
        return value

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """The JSON schema of what may be proposed."""

    @abstractmethod
    def __str__(self) -> str: ...


@dataclass(frozen=True)
class Text(Kind):
    """Any text up to a length."""

    max_chars: int = MAX_TEXT_CHARS

    def decode(self, proposed: Any) -> str:
        """The text itself."""
        if not isinstance(proposed, str):
            raise ValueError(f"it must be text, not {_shown(proposed)}")
        if len(proposed) > self.max_chars:
            raise ValueError(f"it has {len(proposed):,} characters, at most {self.max_chars:,} are allowed")
        if not proposed.isascii():
            proposed.encode()  # a lone surrogate is no character; the error says where it stands
        return proposed

    def schema(self) -> dict[str, Any]:
        """A string."""
        return {"type": "string"}

    def __str__(self) -> str:
        return f"text of at most {self.max_chars} characters"


@dataclass(frozen=True)
class Number(Kind):
    """A finite number between bounds, both included."""

    low: float = -math.inf
    high: float = math.inf
    is_integer: bool = False

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise WorkflowError(f"a number's bounds are [{self.low:g}, {self.high:g}]; give the lower first")

    def decode(self, proposed: Any) -> float:
        """The number itself; whole where it must be."""
        if isinstance(proposed, bool) or not isinstance(proposed, int | float):
            raise ValueError(f"it must be a number, not {_shown(proposed)}")
        try:
            number = float(proposed)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise ValueError("it must be a finite number")
        if self.is_integer and not number.is_integer():
            raise ValueError(f"it must be a whole number, not {number:g}")
        if not self.low <= number <= self.high:
            raise ValueError(f"it must be from {self.low:g} to {self.high:g}, not {number:g}")
        return int(proposed) if self.is_integer else number

    def schema(self) -> dict[str, Any]:
        """A number; bounds are left out, since many endpoints refuse them."""
        return {"type": "integer" if self.is_integer else "number"}

    def __str__(self) -> str:
        noun = "a whole number" if self.is_integer else "a number"
        return f"{noun} from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Choice(Kind):
    """One of some JSON values."""

    options: tuple[Any, ...]

    def __post_init__(self) -> None:
        if not self.options:
            raise WorkflowError("a choice has no options; give at least one")

    def decode(self, proposed: Any) -> Any:
        """The option itself."""
        for option in self.options:
            if type(option) is type(proposed) and option == proposed:
                return option
        raise ValueError(f"it must be one of {list(self.options)!r}, not {_shown(proposed)}")

    def schema(self) -> dict[str, Any]:
        """An enumeration."""
        return {"enum": list(self.options)}

    def __str__(self) -> str:
        return f"one of {list(self.options)!r}"


@dataclass(frozen=True)
class Boolean(Kind):
    """True or False."""

    def decode(self, proposed: Any) -> bool:
        """The truth value; also of its name as text, which is not its truth as text: ``'False'`` is False."""
        if isinstance(proposed, bool):
            return proposed
        if isinstance(proposed, str) and proposed.strip().lower() in ("true", "false"):
            return proposed.strip().lower() == "true"
        raise ValueError(f"it must be true or false, not {_shown(proposed)}")

    def schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}

    def __str__(self) -> str:
        return "true or false"


@dataclass(frozen=True)
class Json(Kind):
    """What a pydantic type accepts, strictly."""

    of: Any

    def decode(self, proposed: Any) -> Any:
        """The instance of the type."""
        try:
            # From text, where strictness still lets a date or an enumeration be what JSON can say.
            return self._adapter().validate_json(json.dumps(proposed, allow_nan=False), strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "it"
            raise ValueError(f"{place}: {first['msg']}") from None
        except Exception as error:  # of a validator of the user's own
            raise ValueError(f"the type refuses it with {type(error).__name__}: {error}") from None

    def encode(self, value: Any) -> Any:
        """The JSON value of an instance."""
        return self._adapter().dump_python(value, mode="json")

    def schema(self) -> dict[str, Any]:
        """The type's own schema."""
        return self._adapter().json_schema()

    def _adapter(self) -> TypeAdapter[Any]:
        return _adapter(self.of)

    def __str__(self) -> str:
        return f"JSON of the schema {self.schema()!r:.1000}"


@dataclass(frozen=True)
class Code(Kind):
    """Python source of one function, whose name and arguments stay as they are."""

    function: str
    arguments: tuple[str, ...]

    def decode(self, proposed: Any) -> str:
        """The source itself; it is read, not run."""
        if not isinstance(proposed, str):
            raise ValueError(f"it must be Python source, not {_shown(proposed)}")
        if len(proposed) > MAX_CODE_CHARS:
            raise ValueError(f"it has {len(proposed):,} characters, at most {MAX_CODE_CHARS:,} are allowed")
        from solvers.sandbox.screen import screen

        objections = screen(proposed)
        if objections:
            raise ValueError("; ".join(f"line {o.line}: {o.message}" for o in objections[:5]))
        found = [node for node in ast.parse(proposed).body if isinstance(node, ast.FunctionDef)]
        own = [node for node in found if node.name == self.function]
        if len(own) != 1:
            raise ValueError(f"it must define the function {self.function} once, at its top level")
        names = tuple(argument.arg for argument in (*own[0].args.posonlyargs, *own[0].args.args))
        names += tuple(argument.arg for argument in own[0].args.kwonlyargs)
        if names != self.arguments:
            raise ValueError(
                f"{self.function} must take ({', '.join(self.arguments)}), not ({', '.join(names)})"
            )
        return proposed

    def schema(self) -> dict[str, Any]:
        """A string."""
        return {"type": "string"}

    def __str__(self) -> str:
        return f"Python source of the function {self.function}({', '.join(self.arguments)})"


@cache
def _adapter(of: Any) -> TypeAdapter[Any]:
    return TypeAdapter(of)


def _shown(value: Any) -> str:
    return f"{type(value).__name__} {value!r:.60}"
