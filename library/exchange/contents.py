"""What a file of a library holds, and how its faults are told."""

from dataclasses import dataclass

from pydantic import ValidationError

from library.errors import ExchangeError
from library.insight import Definition, Insight


@dataclass(frozen=True, slots=True)
class Contents:
    """Insights and the meaning of labels."""

    insights: tuple[Insight, ...] = ()
    taxonomy: tuple[Definition, ...] = ()


def refused(source: str, where: str, error: ValidationError | str) -> ExchangeError:
    """The error for an entry of a file that cannot be used."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        error = f"{'.'.join(map(str, first['loc'])) or 'entry'}: {first['msg']}"
    return ExchangeError(f"{source}, {where}: {error}")
