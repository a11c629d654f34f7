"""Play Battleship with code as the parameter: where to shoot next.

    python examples/workflow/battleship.py

The function `shoot` is replaced by better ones, which are written here in advance and run in the sandbox as a
language model's would. One of them does not work: it costs its boards, not the run. After Trace's Battleship.
"""

import random

from agent.workflow import Budget, Margin, Proposer, bundle, optimize

SIZE, SHIPS, SHOTS = 5, (3, 2), 12


@bundle(trainable=True)
def shoot(view):
    """Row and column of the next shot; in `view` rows of '.' unknown, 'o' water, 'x' hit."""
    cells = range(len(view))
    return next([row, column] for row in cells for column in cells if view[row][column] == ".")


BROKEN = """def shoot(view):
    return [len(view), len(view)]
"""
HUNTING = """def shoot(view):
    size = len(view)
    open_cells = [(r, c) for r in range(size) for c in range(size) if view[r][c] == "."]

    def value(cell):
        r, c = cell
        near = [(r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)]
        hits = sum(0 <= a < size and 0 <= b < size and view[a][b] == "x" for a, b in near)
        return 10 * hits + (r + c) % 2

    return list(max(open_cells, key=value))
"""


def board(seed):
    """The cells of the ships, which do not overlap."""
    chance, cells = random.Random(seed), set()
    for length in SHIPS:
        while True:
            row, column = chance.randrange(SIZE), chance.randrange(SIZE - length + 1)
            ship = {(row, column + step) for step in range(length)}
            if chance.random() < 0.5:
                ship = {(c, r) for r, c in ship}
            if not ship & cells:
                cells |= ship
                break
    return cells


def game(seed):
    """The share of ship cells that are hit with a limited number of shots."""
    ships, view = board(seed), [["."] * SIZE for _ in range(SIZE)]
    for _ in range(SHOTS):
        row, column = shoot(view).data
        view[row][column] = "x" if (row, column) in ships else "o"
    return sum(row.count("x") for row in view) / len(ships)


def score(hit, _seed):
    return hit, f"{hit:.0%} of the ships were hit with {SHOTS} shots; shoot beside hits"


scripted = iter([BROKEN, HUNTING])
result = optimize(
    game,
    train=range(2),
    validation=range(100, 105),
    test=range(200, 205),
    score=score,
    budget=Budget(calls=40),
    optimizer=Proposer(lambda _: {"shoot": source} if (source := next(scripted, "")) else {}),
    gate=Margin(0.05),
)
for verdict in result.verdicts[:3]:
    print(f"{verdict.status:8} {verdict.reason}")
print(result)
