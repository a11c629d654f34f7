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
from pathlib import Path
from typing import TextIO

from solvers.numeric.wire import Reply, Task, Told, solved_of
from solvers.sandbox.libc import PR_SET_PDEATHSIG, prctl

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
    import numpy as np

    from solvers.errors import ModelError
    from solvers.numeric.lanes import Progress
    from solvers.numeric.multistart import spread
    from solvers.numeric.roads import shared_cache, solve_models
    from solvers.numeric.source import as_model

    begun, told_at = time.monotonic(), 0.0

    def tell(progress: Progress) -> None:
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

    models = [as_model(text) for text in task.models]
    points = []
    for model, options in zip(models, task.options, strict=True):
        parsed = model.parsed
        start = parsed.start if options.start is None else np.array(options.start, float)
        if start.shape != parsed.start.shape:
            raise ModelError(f"the start has {len(start)} values; the model has {parsed.variables} variables")
        points.append(spread(start, parsed.lower, parsed.upper, options.starts, options.seed))
    deadline = begun + min(options.time_limit_s for options in task.options)
    found = solve_models(
        models,
        points,
        method=task.options[0].method,
        deadline=deadline,
        cache=shared_cache(Path(task.cache_folder) if task.cache_folder else None),
        on_progress=tell,
    )
    seconds = time.monotonic() - begun
    return Reply(results=[solved_of(one).model_copy(update={"seconds": seconds}) for one in found])


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
