"""Two engines side by side on one model: the first proof counts, the other is stopped."""

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue

from solvers.report import SolveReport, Status

Racer = Callable[[threading.Event], SolveReport]
"""Runs one engine until it ends or the event is set."""
_POLL_S = 0.1
_PROOFS = (Status.OPTIMAL, Status.INFEASIBLE, Status.UNBOUNDED)


def first_proof(racers: Sequence[Racer], stopped: threading.Event | None = None) -> SolveReport:
    """The first report that proves something; else, when all have ended or are `stopped`, the best of them.

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
        outcome = _next(ended, stopped, cancelled)
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


def _next(
    ended: SimpleQueue[SolveReport | BaseException],
    stopped: threading.Event | None,
    cancelled: threading.Event,
) -> SolveReport | BaseException:
    """The next end of a racer; all are cancelled when the race is stopped from outside."""
    while True:
        try:
            return ended.get(timeout=_POLL_S)
        except Empty:
            if stopped is not None and stopped.is_set():
                cancelled.set()


def _rank(report: SolveReport) -> tuple[bool, bool, float]:
    """Proofs first, then solutions, then those with the smaller gap."""
    gap = report.gap
    return report.status not in _PROOFS, not report.primal, float("inf") if gap is None else gap
