"""Numbers as people write them in text files: decimal commas, thousands separators, percent.

A column is a number column if all its filled cells are numbers in one style, point or comma. Which style it
is follows from the whole column ("0,5" and "1.234,5" can only be comma style, "1234.5" only point style).
Where a column leaves it open ("1,234" alone is either 1234 or 1.234), the other columns of the file decide;
where they are silent or disagree, the file's delimiter: a semicolon means comma style, anything else point
style. Numbers of both styles in one column are an error.

A column whose filled cells all carry a percent sign holds fractions: "35%" becomes 0.35.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.data.number_style import BLANKS, PATTERNS, WHOLE, Style
from agent.data.table import Cell, Origin, shown
from agent.errors import DataError

_TO_PLAIN = {
    Style.POINT: str.maketrans("", "", ",'’" + BLANKS),
    Style.COMMA: str.maketrans(",", ".", ".'’" + BLANKS),
}
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class _Evidence:
    """A column of texts and the styles in which all of it can be read."""

    texts: list[str]
    filled: list[str]
    is_whole: bool
    is_percent: bool
    styles: frozenset[Style]


def parse_columns(
    columns: Sequence[Sequence[str]], titles: Sequence[str], origin: Origin, delimiter: str
) -> tuple[list[list[Cell]], list[str]]:
    """Typed cells for columns of text, and notes on what was decided without proof.

    Args:
        columns: the texts; blanks at their ends do not matter and an empty text is a missing cell.
        titles: the headers, for messages.
        origin: the rows' places, for messages.
        delimiter: decides the style where no column does.

    Raises:
        DataError: a column mixes decimal points and decimal commas.
    """
    evidence = [_examine(column) for column in columns]
    proven = {style for item in evidence if len(item.styles) == 1 for style in item.styles}
    fallback = Style.COMMA if delimiter == ";" else Style.POINT
    shared = next(iter(proven)) if len(proven) == 1 else fallback
    cells: list[list[Cell]] = []
    notes: list[str] = []
    for item, title in zip(evidence, titles, strict=True):
        if not item.styles:
            _refuse_mixture(item, title, origin)
        cells.append(_convert(item, shared))
        unsure = _unsure(item)
        if unsure and len(proven) != 1:
            notes.append(f"column {title!r}: {shown(unsure)} was read as {_number(unsure, shared):g}")
    return cells, notes


def _examine(column: Sequence[str]) -> _Evidence:
    texts = list(map(str.strip, column))
    filled = list(filter(None, texts))
    if all(map(WHOLE.fullmatch, filled)):
        return _Evidence(texts, filled, is_whole=True, is_percent=False, styles=frozenset(Style))
    is_percent = all(text.endswith("%") for text in filled)
    bare = [text[:-1].rstrip() for text in filled] if is_percent else filled
    styles = frozenset(style for style, pattern in PATTERNS.items() if all(map(pattern.fullmatch, bare)))
    return _Evidence(texts, filled, is_whole=False, is_percent=is_percent, styles=styles)


def _convert(item: _Evidence, shared: Style) -> list[Cell]:
    if not item.filled:
        return [None] * len(item.texts)
    if item.is_whole:
        return [int(text) if text else None for text in item.texts]
    if not item.styles:
        if all(text.lower() in _BOOLEANS for text in item.filled):
            return [_BOOLEANS[text.lower()] if text else None for text in item.texts]
        return [text or None for text in item.texts]
    style = shared if len(item.styles) == 2 else next(iter(item.styles))
    table = _TO_PLAIN[style]
    plain = "\n".join(item.texts).translate(table).split("\n")  # no number holds a line break
    if item.is_percent:
        return [_percent(text) if text else None for text in plain]
    if all(map(WHOLE.fullmatch, filter(None, plain))):
        return [int(text) if text else None for text in plain]
    return [float(text) if text else None for text in plain]


def _number(text: str, style: Style) -> float:
    return float(text.translate(_TO_PLAIN[style]))


def _percent(text: str) -> float:
    # Shifting the exponent gives the nearest float to the fraction; dividing by 100 would round twice.
    number, _, exponent = text.removesuffix("%").lower().partition("e")
    return float(f"{number}e{int(exponent or 0) - 2}")


def _unsure(item: _Evidence) -> str | None:
    """The first text that is another number in the other style, if the column does not say which it is."""
    if item.is_whole or item.is_percent or len(item.styles) < 2:
        return None
    return next((text for text in item.filled if "." in text or "," in text), None)


def _refuse_mixture(item: _Evidence, title: str, origin: Origin) -> None:
    first: dict[Style, int] = {}
    for row, text in enumerate(item.texts):
        styles = [style for style, pattern in PATTERNS.items() if not text or pattern.fullmatch(text)]
        if not styles:
            return
        if len(styles) == 1:
            first.setdefault(styles[0], row)
    one, other = sorted(first.values())
    words = {first[Style.POINT]: "decimal point", first[Style.COMMA]: "decimal comma"}
    raise DataError(
        f"{origin.place(other, title)}: {shown(item.texts[other])} has a {words[other]}, "
        f"but {origin.row_word} {origin.row_numbers[one]} ({shown(item.texts[one])}) has a {words[one]}; "
        "write the whole column one way"
    )
