"""How large an NL file may be: checked while it is read, before memory is spent on what it declares."""

from dataclasses import dataclass

MIB = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class NLLimits:
    """Limits of one file.

    Attributes:
        size_bytes: bytes of text.
        variables: variables declared.
        rows: constraints declared.
        entries: linear coefficients of all rows together.
        nodes: operators, numbers and variables of all expressions together.
        depth: how deep operators nest; longer sums are written as lists.
    """

    size_bytes: int = 256 * MIB
    variables: int = 2_000_000
    rows: int = 2_000_000
    entries: int = 20_000_000
    nodes: int = 10_000_000
    depth: int = 2_000
