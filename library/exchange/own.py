"""Our own JSON: everything about every insight, and the taxonomy."""

from typing import Literal

from pydantic import ConfigDict, ValidationError

from library.exchange.contents import Contents, refused
from library.insight import Definition, Frozen, Insight

FORMAT: Literal["optwright-library"] = "optwright-library"


class _File(Frozen):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format: Literal["optwright-library"] = FORMAT
    version: Literal[1] = 1
    taxonomy: tuple[Definition, ...] = ()
    insights: tuple[Insight, ...] = ()


def write(contents: Contents) -> str:
    """The file's text."""
    return _File(taxonomy=contents.taxonomy, insights=contents.insights).model_dump_json(indent=1) + "\n"


def read(text: str, source: str) -> Contents:
    """What a file holds.

    Raises:
        ExchangeError: an entry is wrong; names it.
    """
    try:
        file = _File.model_validate_json(text)
    except ValidationError as error:
        raise refused(source, "optwright library", error) from None
    return Contents(file.insights, file.taxonomy)
