"""Two engines side by side on one model: the first proof counts, the other is stopped."""

import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from solvers.report import SolveReport, Status

Racer = Callable[[threading.Event], SolveReport]
"""Runs one engine until it ends or the event is set."""
_PROOFS = (Status.OPTIMAL, Status.INFEASIBLE, Status.UNBOUNDED)


def first_proof(racers: Sequence[Racer]) -> SolveReport:
    """The first report that proves something; else, when all have ended, the best of them.

    Raises:
        BaseException: what the last racer raised, where no other gave a report.
    """
    ended: SimpleQueue[SolveReport | BaseException] = SimpleQueue()
    cancelled = threading.Event()

    def race(racer: Racer) -> None:
        try:
            ended.put(racer(cancelled))
        except BaseException as error:  # whatever it is, the race must hear of it
            ended.put(error)

    threads = [threading.Thread(target=race, args=(racer,), daemon=True) for racer in racers]
    for thread in threads:
        thread.start()
    outcomes = []
    for _ in threads:
        outcome = ended.get()
        outcomes.append(outcome)
        if isinstance(outcome, SolveReport) and outcome.status in _PROOFS:
            break
    cancelled.set()
    for thread in threads:
        thread.join()
    reports = [outcome for outcome in outcomes if isinstance(outcome, SolveReport)]
    if reports:
        return min(reports, key=_rank)
    (*_, last) = (outcome for outcome in outcomes if isinstance(outcome, BaseException))
    raise last


def _rank(report: SolveReport) -> tuple[bool, bool, float]:
    """Proofs first, then solutions, then those with the smaller gap."""
    gap = report.gap
    return report.status not in _PROOFS, not report.primal, float("inf") if gap is None else gap
