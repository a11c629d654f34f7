"""Methods of the literature beside their baselines at equal budgets, with fixed seeds; `docs/methods.md` has figures.

    OPENBLAS_NUM_THREADS=1 python -m benchmarks.methods [--only optimizers schedules]

Objectives and counts of evaluations, which do not depend on the machine's load; of transport a ratio of times, too.
"""

import argparse
from collections.abc import Callable, Iterator

from benchmarks import (
    methods_bilevel,
    methods_boxes,
    methods_composite,
    methods_feedback,
    methods_sets,
    methods_sums,
    methods_transport,
)

SECTIONS: dict[str, Callable[[], Iterator[str]]] = {
    "optimizers": methods_sums.optimizers,
    "schedules": methods_sums.schedules,
    "sets": methods_sets.sets,
    "transport": methods_transport.transport,
    "bilevel": methods_bilevel.bilevel,
    "composite": methods_composite.composite,
    "boxes": methods_boxes.boxes,
    "rows": methods_boxes.rows,
    "fidelities": methods_boxes.fidelities,
    "fronts": methods_boxes.fronts,
    "rankings": methods_feedback.rankings,
    "trainings": methods_feedback.trainings,
    "sequences": methods_feedback.sequences,
}


def main() -> None:
    """Print the chosen sections as Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    for name in parser.parse_args().only:
        print(f"\n## {name}\n")
        for line in SECTIONS[name]():
            print(line, flush=True)


if __name__ == "__main__":
    main()
