"""Solve each built model in a worker process."""

import asyncio

import solvers
from agent.state import Candidate, Deps, Outcome, RunState, Stage
from agent.workbench import Built


async def solve(state: RunState, deps: Deps) -> RunState:
    """The state with an outcome for each built candidate."""

    def run(candidate: Candidate) -> Candidate:
        assert candidate.formulation is not None  # what is built has one
        built = deps.workbench.built(candidate.formulation)
        outcome = outcome_of(built, state.plan.time_limit_s)
        return candidate.model_copy(update={"stage": Stage.SOLVED, "outcome": outcome})

    solved = await asyncio.gather(*(asyncio.to_thread(run, candidate) for candidate in state.at(Stage.BUILT)))
    return state.with_candidates(*solved)


def outcome_of(built: Built, time_limit_s: float) -> Outcome:
    """What the engine said, with the values in the order of each variable's keys."""
    try:
        report = solvers.solve(built.model, time_limit=time_limit_s)
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
