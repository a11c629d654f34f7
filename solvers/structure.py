"""Linear programs of a single structure that engines of their own solve faster: network flows and knapsacks."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from solvers.matrix import Program

LARGEST_WHOLE = 2**40
"""Of costs, capacities and limits: sums of a million of them fit 64 bits."""
MOST_DECIMALS = 6


class Structure(StrEnum):
    """What a model is, beside its class."""

    NETWORK = "network flow"
    KNAPSACK = "knapsack"


@dataclass(frozen=True, slots=True)
class Network:
    """A program as flow from node to node: minimize cost'flow + offset with lower + flow in place of x.

    Node i is row i, its balance multiplied by `side[i]`; the last node takes what rows leave open. Arc j is column j;
    arcs beyond the columns stand for the slack of rows. Shapes: n + s arcs, m + 1 nodes.

    Attributes:
        tail: node that each arc leaves.
        head: node that it enters.
        capacity: most flow of each arc.
        cost: of a unit of flow, in units of 1 / `price_unit`.
        supply: what each node gives.
        side: 1 or -1 for each row.
        price_unit: a power of ten that makes all costs whole.
    """

    tail: np.ndarray
    head: np.ndarray
    capacity: np.ndarray
    cost: np.ndarray
    supply: np.ndarray
    side: np.ndarray
    price_unit: int


def structure(program: Program) -> Structure | None:
    """The structure of a program, where it has one of those known here."""
    if not program.is_linear or not program.row_count or not len(program.cost):
        return None
    if whole_knapsack(program) is not None:
        return Structure.KNAPSACK
    return Structure.NETWORK if network(program) is not None else None


def network(program: Program) -> Network | None:
    """The program as a network flow, or None where it is none, or none of whole numbers.

    A matrix of 0, 1 and -1 with at most two entries a column is one if its rows can be put on two sides so that
    entries of a column with the same sign are on different sides (Heller and Tompkins 1956). Its vertices are whole,
    so whole variables cost nothing.
    """
    cost, unit = _whole_prices(-program.cost if program.is_maximize else program.cost)
    if cost is None or not _is_whole(program):
        return None
    degree = np.bincount(program.indices, minlength=len(program.cost))
    if not (np.abs(program.data) == 1).all() or degree.max() > 2 or degree.min() < 1:
        return None
    side = _sides(program, degree)
    if side is None:
        return None
    order = np.argsort(program.indices, kind="stable")
    rows, signs = program.entry_rows()[order], (side[program.entry_rows()] * program.data)[order]
    ground = program.row_count
    tail, head = np.full(len(degree), ground), np.full(len(degree), ground)
    columns = program.indices[order]
    tail[columns[signs > 0]], head[columns[signs < 0]] = rows[signs > 0], rows[signs < 0]
    return _with_slack(program, cost, unit, side, tail, head)


def _with_slack(
    program: Program, cost: np.ndarray, unit: int, side: np.ndarray, tail: np.ndarray, head: np.ndarray
) -> Network | None:
    """The network with an arc for each row that is no equation; a row's supply is its upper limit, or its lower."""
    start = program.activities(program.lower)
    low, high = (side * limit - side * start for limit in (program.row_lower, program.row_upper))
    low, high = np.minimum(low, high), np.maximum(low, high)
    supply = np.where(np.isfinite(high), high, low)
    if not np.isfinite(supply).all():
        return None
    widths = program.upper - program.lower
    most = np.abs(supply).sum() + widths[np.isfinite(widths)].sum()
    if (np.isinf(widths) & (cost < 0)).any() or most > LARGEST_WHOLE:
        return None
    loose = np.flatnonzero(low < high)
    ground = program.row_count
    leaves = np.isfinite(
        high[loose]
    )  # what is below the upper limit goes to the ground, what is above the lower comes
    slack = np.minimum(high[loose] - low[loose], most)
    return Network(
        tail=np.concatenate((tail, np.where(leaves, loose, ground))),
        head=np.concatenate((head, np.where(leaves, ground, loose))),
        capacity=np.concatenate((np.minimum(widths, most), slack)).astype(np.int64),
        cost=np.concatenate((cost, np.zeros(len(loose), np.int64))),
        supply=np.append(supply, -supply.sum()).astype(np.int64),
        side=side,
        price_unit=unit,
    )


def potentials(found: Network, flow: np.ndarray) -> np.ndarray:
    """Multipliers of the rows (m values, of the minimization) that prove a flow optimal: shortest ways in what is left.

    Bellman's method, all arcs at once; it ends after as many rounds as the longest such way has arcs.
    """
    onward, back = flow < found.capacity, flow > 0
    tails = np.concatenate((found.tail[onward], found.head[back]))
    heads = np.concatenate((found.head[onward], found.tail[back]))
    length = np.concatenate((found.cost[onward], -found.cost[back]))
    distance = np.zeros(len(found.supply), np.int64)
    for _ in range(len(distance)):
        nearer = distance.copy()
        np.minimum.at(nearer, heads, distance[tails] + length)
        if (nearer == distance).all():
            break
        distance = nearer
    prices: np.ndarray = (distance[-1] - distance[:-1]) * found.side / found.price_unit
    return prices


def whole_knapsack(program: Program) -> dict[str, np.ndarray] | None:
    """The arrays value, weight and capacity of a 0-1 knapsack, all whole (values in a unit of ours); else None."""
    is_one = (
        program.is_linear
        and program.is_maximize
        and program.row_count == 1
        and bool(program.is_integer.all() and (program.lower == 0).all() and (program.upper == 1).all())
        and bool((program.data >= 0).all() and (program.cost >= 0).all())
        and np.isneginf(program.row_lower[0])
        and program.row_upper[0] >= 0
    )
    if not is_one or not _are_whole(program.data) or not _are_whole(program.row_upper):
        return None
    values, _ = _whole_prices(program.cost)
    if values is None:
        return None
    weight = np.bincount(program.indices, program.data, len(values)).astype(np.int64)
    return {"value": values, "weight": weight, "capacity": program.row_upper.astype(np.int64)}


def _sides(program: Program, degree: np.ndarray) -> np.ndarray | None:
    """1 or -1 for each row so that each column leaves one node and enters another; None where there is no such choice.

    Each row is two nodes, one for each choice; a column ties choices that go together.
    """
    order = np.argsort(program.indices, kind="stable")
    paired = degree[program.indices[order]] == 2
    rows, signs = (part[order][paired].reshape(-1, 2).T for part in (program.entry_rows(), program.data))
    count = program.row_count
    other = np.where(signs[0] == signs[1], count, 0)  # the same sign: the rows must be on different sides
    first = np.concatenate((rows[0], rows[0] + count))
    second = np.concatenate((rows[1] + other, rows[1] + count - other))
    graph = csr_array((np.ones(len(first), np.int8), (first, second)), shape=(2 * count, 2 * count))
    _, part = connected_components(graph, directed=False)
    return None if (part[:count] == part[count:]).any() else np.where(part[:count] < part[count:], 1, -1)


def _is_whole(program: Program) -> bool:
    """Whether all bounds and limits are whole, and lower bounds are there."""
    limits = np.concatenate((program.upper, program.row_lower, program.row_upper))
    return _are_whole(program.lower) and _are_whole(limits[np.isfinite(limits)])


def _are_whole(values: np.ndarray) -> bool:
    return bool((np.abs(values) <= LARGEST_WHOLE).all() and (values == np.round(values)).all())


def _whole_prices(values: np.ndarray) -> tuple[np.ndarray | None, int]:
    """The values as whole multiples of 1 / unit with the unit, a power of ten; None where six decimals do not do."""
    for unit in (10**decimals for decimals in range(MOST_DECIMALS + 1)):
        whole = np.round(values * unit)
        if (whole / unit == values).all() and (np.abs(whole) <= LARGEST_WHOLE).all():
            return whole.astype(np.int64), unit
    return None, 1
