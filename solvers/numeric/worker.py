"""The worker process: reads a task a line on standard input, and writes replies a line on its own descriptor.

It keeps what it has compiled. It is killed at a deadline or when its job is no longer wanted, so it owns nothing that
would be lost.
"""

import contextlib
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from solvers.numeric.fitting.form import CurveFit
from solvers.numeric.wire import Reply, Task, Told, solved_of
from solvers.sandbox.libc import PR_SET_PDEATHSIG, prctl

if TYPE_CHECKING:  # what loads JAX is loaded in the process itself, once its memory is limited
    from solvers.numeric.lanes import Progress

PROGRESS_PERIOD_S = 0.2


def main() -> None:
    """Serve tasks until standard input ends."""
    if sys.platform == "linux":
        prctl("PR_SET_PDEATHSIG", PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not look like a reply
    _write(replies, Reply())
    for line in sys.stdin:
        try:
            reply = _answer(Task.model_validate_json(line), replies)
        except MemoryError:
            reply = Reply(error="the model needs more memory than the job may use; solve fewer at once")
        except (
            ValueError
        ) as error:  # all that a model can have wrong with it, see `solvers.errors.ModelError`
            reply = Reply(error=str(error))
        except Exception as error:
            reply = Reply(error=_told(error))
        _write(replies, reply)


def _answer(task: Task, replies: TextIO) -> Reply:
    """The results of a task; progress is written as it comes."""
    with contextlib.suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (task.memory_limit_bytes, task.memory_limit_bytes))
    from solvers.numeric.linear import is_mps

    begun, told_at = time.monotonic(), 0.0

    def tell(progress: "Progress") -> None:
        nonlocal told_at
        if time.monotonic() - told_at < PROGRESS_PERIOD_S:
            return
        told_at = time.monotonic()
        told = Told(
            done=progress.done,
            total=progress.total,
            best=progress.best,
            violation=progress.violation,
            iterations=progress.sweeps,
        )
        _write(replies, Reply(progress=told))

    deadline = begun + min(options.time_limit_s for options in task.options)
    if task.fit is not None:
        return _answer_fit(task.fit, deadline, tell)
    if any(map(is_mps, task.models)):
        return _answer_linear(task, deadline)
    return _answer_models(task, deadline, tell)


def _answer_models(task: Task, deadline: float, tell: "Callable[[Progress], None]") -> Reply:
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
        cache=shared_cache(Path(task.cache_folder) if task.cache_folder else None),
        on_progress=tell,
    )
    seconds = time.monotonic() - begun
    return Reply(results=[solved_of(one).model_copy(update={"seconds": seconds}) for one in found])


def _answer_fit(fit: CurveFit, deadline: float, tell: "Callable[[Progress], None]") -> Reply:
    """The results of a curve fit."""
    import jax

    from solvers.numeric.fitting.batches import fit_sets

    with jax.enable_x64(True):
        return Reply(fits=fit_sets(fit, deadline=deadline, on_progress=tell))


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


def _write(replies: TextIO, reply: Reply) -> None:
    replies.write(reply.model_dump_json(exclude_none=True) + "\n")
    replies.flush()


if __name__ == "__main__":
    main()
