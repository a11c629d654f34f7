"""Twenty families of smooth models beside the Hock-Schittkowski set, by the compiled lanes and by IPOPT.

    OPENBLAS_NUM_THREADS=1 python -m benchmarks.families [--only "kelly growth" spring] [--starts 8]

Each road goes from the model's own start and from others spread over its bounds. The table says how many starts each
converges from, the best objective of each, and the violation and first-order residual of ours at its best point.
"""

import argparse
import time

from benchmarks.families import FAMILIES
from solvers.numeric import Result, minimize


def main() -> None:
    """Print one line a family as it comes, and the shares."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--starts", type=int, default=8)
    given = parser.parse_args()
    print(
        "| family | n, m | lanes solve | IPOPT solves | best of lanes | best of IPOPT | violation | residual | s |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    solved = [0, 0]
    names = [name for name in FAMILIES if not given.only or name in given.only]
    for name in names:
        model = FAMILIES[name]()
        begun = time.perf_counter()
        lanes = minimize(model, starts=given.starts, method="lanes", time_limit=300)
        took = time.perf_counter() - begun
        peer = minimize(model, starts=given.starts, method="ipopt", time_limit=300)
        solved = [before + one.outcome.is_solved for before, one in zip(solved, (lanes, peer), strict=True)]
        print(
            f"| {name} | {len(lanes.x)}, {len(lanes.y)} | {_share(lanes)} | {_share(peer)} "
            f"| {lanes.objective:.8g} | {peer.objective:.8g} | {lanes.violation:.1e} | {lanes.error:.1e} "
            f"| {took:.1f} |",
            flush=True,
        )
    print(f"\nSolved {solved[0]} of {len(names)}, by IPOPT {solved[1]}.")


def _share(result: Result) -> str:
    return f"{result.solved} of {result.starts}"


if __name__ == "__main__":
    main()
