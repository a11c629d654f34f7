"""Solve each built model in a worker process."""

import asyncio
import threading

import solvers
from agent.formulation.model import Formulation
from agent.state import Deps, Outcome, RunState, Stage
from agent.workbench import Built
from solvers.numeric.remote import Service

MAX_SIDE_BY_SIDE = 2
"""Engines share the cores and their limits are wall-clock seconds: more at once would each get less."""
SHORTEST_LIMIT_S = 1.0
"""What a model gets when the budget's seconds are spent on writing it: enough for small ones."""


async def solve(state: RunState, deps: Deps) -> RunState:
    """The state with an outcome for each built candidate; equal formulations are solved once."""
    gate = asyncio.Semaphore(MAX_SIDE_BY_SIDE)

    async def run(formulation: Formulation) -> Outcome:
        async with gate:
            built = deps.workbench.built(formulation)
            cancelled = threading.Event()
            try:
                return await asyncio.to_thread(
                    outcome_of, built, time_left(state, deps), cancelled, deps.service
                )
            finally:
                cancelled.set()  # where the run was given up, the engine must not go on to its limit

    waiting = [candidate for candidate in state.at(Stage.BUILT) if candidate.formulation is not None]
    distinct: list[Formulation] = []
    for candidate in waiting:
        if candidate.formulation is not None and candidate.formulation not in distinct:
            distinct.append(candidate.formulation)
    outcomes = await asyncio.gather(*(run(formulation) for formulation in distinct))
    return state.with_candidates(
        *(
            candidate.model_copy(
                update={"stage": Stage.SOLVED, "outcome": outcomes[distinct.index(candidate.formulation)]}
            )
            for candidate in waiting
            if candidate.formulation is not None
        )
    )


def time_left(state: RunState, deps: Deps) -> float:
    """Seconds that a solver may take: the run's limit for one, or what is left of its budget."""
    left_s = deps.meter.remaining().seconds
    limit_s = state.plan.time_limit_s if left_s is None else min(left_s, state.plan.time_limit_s)
    return max(limit_s, SHORTEST_LIMIT_S)


def outcome_of(
    built: Built,
    time_limit_s: float,
    cancelled: threading.Event | None = None,
    service: Service | None = None,
) -> Outcome:
    """What the engine said, with the values in the order of each variable's keys."""
    try:
        report = solvers.solve(built.model, time_limit=time_limit_s, cancelled=cancelled, service=service)
    except solvers.SolversError as error:
        return Outcome(status="failed", message=str(error))
    values: dict[str, tuple[float, ...]] = {}
    if report.primal:
        report.load()
        values = built.values()
    return Outcome(
        status=report.status.value,
        values=values,
        reported=report.objective,
        bound=report.bound,
        is_bound_ours=report.certificate is not None and report.certificate.dual_bound is not None,
        duals=report.duals,
        unlimited=tuple(sorted(report.ray, key=lambda name: -abs(report.ray[name]))[:5]),
        engine=report.engine,
        seconds=report.seconds,
        message=report.message,
    )
