"""Identifiers and units from the headers, file stems and keys that people write."""

import keyword
import re
import unicodedata
from collections.abc import Iterable, Sequence

MAX_NAME_CHARS = 60
_UNIT = re.compile(r"(?P<base>.*\S)\s*(?:\[(?P<square>[^\[\]()]{1,24})\]|\((?P<round>[^\[\]()]{1,24})\))")
_CURRENCY_AND_SIGNS = "%‰°€$£¥₹"


def identifier(label: str, fallback: str) -> str:
    """A Python identifier close to the label; letters of any script stay.

    >>> identifier("Unit cost", "column_1"), identifier("2024", "column_2"), identifier("?", "column_3")
    ('Unit_cost', 'n2024', 'column_3')
    """
    text = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", label)).strip("_")[:MAX_NAME_CHARS].rstrip("_")
    if text[:1].isdigit():
        text = "n" + text
    if not text.isidentifier():
        text = re.sub(r"[^0-9A-Za-z_]+", "_", text).strip("_")
    if not text.isidentifier():
        return fallback
    return text + "_" if keyword.iskeyword(text) else text


def split_unit(label: str) -> tuple[str, str | None]:
    """The header without its unit, and the unit, if a bracket at the end holds one.

    >>> split_unit("Cost (EUR/t)"), split_unit("speed [km/h]"), split_unit("Demand (2024)")
    (('Cost', 'EUR/t'), ('speed', 'km/h'), ('Demand (2024)', None))
    """
    match = _UNIT.fullmatch(label)
    if match is None:
        return label, None
    unit = (match["square"] or match["round"]).strip()
    if not any(char.isalpha() or char in _CURRENCY_AND_SIGNS for char in unit):
        return label, None
    return match["base"], unit


def column_names(labels: Sequence[str]) -> list[str]:
    """One identifier for each header, all different.

    The unit is left out unless two headers differ in nothing else.

    >>> column_names(["Cost (EUR)", "Cost (USD)", "Weight (t)", ""])
    ['Cost_EUR', 'Cost_USD', 'Weight', 'column_4']
    """
    short = [identifier(split_unit(label)[0], f"column_{i}") for i, label in enumerate(labels, start=1)]
    full = [identifier(label, f"column_{i}") for i, label in enumerate(labels, start=1)]
    return unique(f if short.count(s) > 1 else s for s, f in zip(short, full, strict=True))


def unique(names: Iterable[str]) -> list[str]:
    """The names in order; a repeated one gets the first free number: cost, cost_2, cost_3."""
    wanted = list(names)
    taken: set[str] = set()
    result = []
    for name in wanted:
        number, free = 1, name
        while free in taken or (number > 1 and free in wanted):
            number += 1
            free = f"{name}_{number}"
        taken.add(free)
        result.append(free)
    return result
