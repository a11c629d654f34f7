"""The two ways to write a number: decimal point and decimal comma, each with thousands separators.

    point   1,234.5   1 234.5   1'234.5   1234.5
    comma   1.234,5   1 234,5   1'234,5   1234,5

No number: leading zeros ("007") and more than 15 digits in a row, which are codes.
"""

import re
from enum import Enum

BLANKS = " \u00a0\u2009\u202f"
WHOLE = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,14})")


def _pattern(decimal: str, thousands: str, fraction: str) -> re.Pattern[str]:
    grouped = "|".join(rf"[1-9][0-9]{{0,2}}(?:[{sign}][0-9]{{3}})+" for sign in (thousands, BLANKS, "'’"))
    whole = rf"(?:0|[1-9][0-9]{{0,14}}|{grouped})"
    return re.compile(rf"[+-]?(?:{whole}(?:{decimal}{fraction})?|{decimal}[0-9]+)(?:[eE][+-]?[0-9]{{1,4}})?")


class Style(Enum):
    """The decimal sign of a number; the value is the sign."""

    POINT = "."
    COMMA = ","


PATTERNS = {Style.POINT: _pattern(r"\.", ",", "[0-9]*"), Style.COMMA: _pattern(",", r"\.", "[0-9]+")}


def is_number(text: str) -> bool:
    """Whether the text is a number in some style, percent included.

    >>> is_number("1.234,5"), is_number("35 %"), is_number("007"), is_number("n/a")
    (True, True, False, False)
    """
    bare = text.strip().removesuffix("%").rstrip()
    return any(pattern.fullmatch(bare) for pattern in PATTERNS.values())
