"""The header row of a file: is it one, and which column has which header?"""

import itertools
from collections.abc import Sequence

from agent.data.number_style import is_number
from agent.errors import DataError


def check_headers(labels: Sequence[str], row_keys: Sequence[str], where: str) -> None:
    """Refuses a first row that is data or that names two columns alike.

    A file without a header would silently lose its first row. Numbers may stand in a header all the same
    where they are keys of a wide table: years, an even progression such as 1, 2, 3, or keys of the first
    column.

    Args:
        labels: the texts of the header row, blank where there is none.
        row_keys: the texts of the first column below the header.
        where: the place of the header row, for messages.

    Raises:
        DataError: the row is no header, or a header stands twice.
    """
    numbers = [label for label in labels if is_number(label)]
    if numbers and (len(numbers) == len(labels) or not _are_keys(numbers, row_keys)):
        raise DataError(
            f"{where}: {numbers[0]!r} stands where a column name is expected, so the first row looks like "
            "data; add a first row with a name for every column"
        )
    seen: dict[str, int] = {}
    for position, label in enumerate(labels, start=1):
        if label and seen.setdefault(label, position) != position:
            raise DataError(
                f"{where}: columns {seen[label]} and {position} are both named {label!r}; rename one"
            )


def _are_keys(numbers: Sequence[str], row_keys: Sequence[str]) -> bool:
    if set(numbers) <= set(row_keys):
        return True
    if not all(number.isdecimal() for number in numbers):
        return False
    values = [int(number) for number in numbers]
    if all(1900 <= value <= 2100 for value in values):
        return True
    steps = {b - a for a, b in itertools.pairwise(values)}
    return len(values) >= 3 and len(steps) == 1 and steps != {0}
