"""The job body: a task in, a reply out, wherever it runs; see `worker` for a process, `service.ray_workers` for Ray."""

import contextlib
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from solvers.numeric.fitting.form import CurveFit
from solvers.numeric.methods.transport.form import Transported, TransportForm
from solvers.numeric.wire import Reply, Task, Told, solved_of

if TYPE_CHECKING:  # what loads JAX is loaded by the task itself, once the memory is limited
    from solvers.numeric.lanes import Progress

PROGRESS_PERIOD_S = 0.2
OnProgress = Callable[["Progress"], None]


def answered(task: str, tell: Callable[[Told], None]) -> Reply:
    """The results of a task, which is JSON, or why there are none; how far it is is told now and then.

    It limits the memory of the process that it runs in.
    """
    try:
        return _answered(Task.model_validate_json(task), tell)
    except MemoryError:
        return Reply(error="the model needs more memory than the job may use; solve fewer at once")
    except ValueError as error:  # all that a model can have wrong with it, see `solvers.errors.ModelError`
        return Reply(error=str(error))
    except Exception as error:
        return Reply(error=_told(error))


def _answered(task: Task, tell: Callable[[Told], None]) -> Reply:
    with contextlib.suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (task.memory_limit_bytes, task.memory_limit_bytes))
    from solvers.numeric.linear import is_mps

    begun, told_at = time.monotonic(), 0.0

    def on_progress(progress: "Progress") -> None:
        nonlocal told_at
        if time.monotonic() - told_at < PROGRESS_PERIOD_S:
            return
        told_at = time.monotonic()
        tell(
            Told(
                done=progress.done,
                total=progress.total,
                best=progress.best,
                violation=progress.violation,
                iterations=progress.sweeps,
            )
        )

    deadline = begun + min(options.time_limit_s for options in task.options)
    if task.fit is not None:
        return _answer_fit(task.fit, deadline, _folder_of(task), on_progress)
    if task.transport is not None:
        return _answer_transport(task.transport, deadline)
    if any(map(is_mps, task.models)):
        return _answer_linear(task, deadline)
    return _answer_models(task, deadline, on_progress)


def _answer_models(task: Task, deadline: float, on_progress: OnProgress) -> Reply:
    """The results of a task of NL texts, or of variants of one."""
    import numpy as np

    from solvers.errors import ModelError
    from solvers.numeric.multistart import spread
    from solvers.numeric.roads import shared_cache, solve_models
    from solvers.numeric.source import Model, as_model
    from solvers.numeric.variants import varied

    begun = time.monotonic()
    models, every = [as_model(text) for text in task.models], task.options
    method = every[0].method
    if task.variants is not None:
        (model,), method = models, "lanes"
        models = [Model(model.text, one) for one in varied(model.parsed, task.variants)]
        every = task.options * len(models)
    points = []
    for model, options in zip(models, every, strict=True):
        parsed = model.parsed
        start = parsed.start if options.start is None else np.array(options.start, float)
        if start.shape != parsed.start.shape:
            raise ModelError(f"the start has {len(start)} values; the model has {parsed.variables} variables")
        points.append(spread(start, parsed.lower, parsed.upper, options.starts, options.seed))
    found = solve_models(
        models,
        points,
        method=method,
        deadline=deadline,
        cache=shared_cache(_folder_of(task)),
        processes=task.processes,
        on_progress=on_progress,
    )
    seconds = time.monotonic() - begun
    return Reply(results=[solved_of(one).model_copy(update={"seconds": seconds}) for one in found])


def _folder_of(task: Task) -> Path | None:
    return Path(task.cache_folder) if task.cache_folder else None


def _answer_fit(fit: CurveFit, deadline: float, folder: Path | None, on_progress: OnProgress) -> Reply:
    """The results of a curve fit."""
    import jax

    from solvers.numeric.fitting.batches import fit_sets

    with jax.enable_x64(True):
        return Reply(fits=fit_sets(fit, deadline=deadline, cache_folder=folder, on_progress=on_progress))


def _answer_transport(form: TransportForm, deadline: float) -> Reply:
    """The plan of a transport."""
    import numpy as np

    from solvers.numeric.minimization import minimize

    left = max(0.1, deadline - time.monotonic())
    found = minimize(form.problem(), method=form.method, time_limit=left)
    rows, columns = np.nonzero(found.point)
    told = Transported(
        outcome=found.outcome.name.lower(),
        message=found.outcome.text,
        rows=rows.tolist(),
        columns=columns.tolist(),
        masses=found.point[rows, columns].tolist(),
        prices=found.y.tolist(),
        objective=found.objective,
        violation=found.violation,
        gap=found.gap,
        route=found.route,
        seconds=found.seconds,
    )
    return Reply(transported=told)


def _answer_linear(task: Task, deadline: float) -> Reply:
    """The results of a task of MPS texts, one after the other."""
    from solvers.errors import ModelError
    from solvers.numeric.linear import is_mps, solve_linear

    if not all(map(is_mps, task.models)):
        raise ModelError("a job holds NL files or MPS files, not both; send two jobs")
    return Reply(
        results=[
            solve_linear(text, time_limit_s=max(0.1, deadline - time.monotonic())) for text in task.models
        ]
    )


def _told(error: Exception) -> str:
    """A failure of a library in words; JAX tells of an accelerator's memory by the name of an error code."""
    if "RESOURCE_EXHAUSTED" in str(error):
        return "the device has too little memory for this job; solve fewer starts or models at once"
    return f"the solve failed: {type(error).__name__}: {error}"[:2_000]
