"""The transport problem as methods by name take it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Transport:
    """min sum C_ij P_ij over plans P >= 0 whose rows sum to `source` and whose columns sum to `target`.

    Attributes:
        cost: C, (m, n), of any sign.
        source: (m,) masses, 0 or more.
        target: (n,) masses of the same total.
        reg: in units of the cost. For sinkhorn-newton the factor of the entropy, for sparse that of the squared
            masses, each relative to the target's mean mass; default: a thousandth of the range of C. exact has none.
        nonzeros: for sparse: at most so many in a column.
        tolerance: of the marginals, as a part of the total mass.
    """

    cost: Any
    source: Any
    target: Any
    reg: float | None = None
    nonzeros: int | None = None
    tolerance: float = 1e-9
