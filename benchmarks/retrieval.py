"""How well the search of the experience library finds what helped: recall and how much is let through.

    python -m benchmarks.retrieval --library alphaopt_library.json nl4opt.jsonl industryor.jsonl ...

A pair is an insight and a problem that it helped (its evidence says so, or it was learned there). Problems are found by
their id or its last part (`nl4opt-F140` or `F140`). For each least share of a condition (`Retrieval.least_share`):
how many of these pairs the filter lets through, how many of all pairs, and how many of them the whole search offers to
be judged.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import datasets
from library.exchange import loads
from library.insight import Insight, Status
from library.library import open_library
from library.retrieval import Retrieval, candidates
from library.store import Store

SHARES = (0.0, 0.1, 0.15, 0.2, 0.3)


def main() -> None:
    """Print a row for each least share."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--library", required=True, metavar="FILE", help="insights, in any form that we read")
    parser.add_argument("problems", nargs="+", metavar="FILE")
    arguments = parser.parse_args()
    questions = {
        record.id.rsplit("-", 1)[-1]: record.question
        for path in arguments.problems
        for record in datasets.load("jsonl", path).records
    }
    with tempfile.TemporaryDirectory() as folder:
        store = open_library(f"sqlite:///{folder}/library.db").store
        read = loads(Path(arguments.library).read_text(), arguments.library).insights
        insights = [one for one in read if one.track == "formulation"]
        stored = store.put(
            [one.model_copy(update={"status": Status.ACTIVE}) for one in insights], author="benchmark"
        )
        print(f"{len(stored)} insights, {len(questions)} problems, {len(_helped(stored, questions))} pairs")
        print(
            "| least share | pairs let through | of all pairs | offered to be judged | insights a problem |"
        )
        print("| --- | --- | --- | --- | --- |")
        for share in SHARES:
            print(asyncio.run(row(store, stored, questions, replace(Retrieval(), least_share=share))))
        store.close()


async def row(store: Store, insights: Sequence[Insight], questions: dict[str, str], how: Retrieval) -> str:
    """What one setting lets through."""
    helped = _helped(insights, questions)
    let = {(one.id, task) for one in insights for task, text in questions.items() if how.is_near(one, text)}
    offered = {
        (hit.insight.id, task)
        for task, text in questions.items()
        for hit in await candidates(store, text, "formulation", how)
    }
    everything = len(insights) * len(questions)
    return (
        f"| {how.least_share} | {len(helped & let)} of {len(helped)} | {len(let) / everything:.0%} "
        f"| {len(helped & offered)} of {len(helped)} | {len(offered) / len(questions):.1f} |"
    )


def _helped(insights: Sequence[Insight], questions: dict[str, str]) -> set[tuple[str, str]]:
    pairs = {
        (one.id, task.rsplit("-", 1)[-1])
        for one in insights
        for task in (*one.evidence.positive, *one.provenance.tasks)
    }
    return {(insight, task) for insight, task in pairs if task in questions}


if __name__ == "__main__":
    main()
