"""The worker process: reads a task a line on standard input, and writes replies a line on its own descriptor.

It keeps what it has compiled. It is killed at a deadline or when its job is no longer wanted, so it owns nothing that
would be lost.
"""

import os
import signal
import sys
from typing import TextIO

from solvers.numeric.tasks import answered
from solvers.numeric.wire import Reply
from solvers.sandbox.libc import PR_SET_PDEATHSIG, prctl


def main() -> None:
    """Serve tasks until standard input ends."""
    if sys.platform == "linux":
        prctl("PR_SET_PDEATHSIG", PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not look like a reply
    _write(replies, Reply())
    for line in sys.stdin:
        _write(replies, answered(line, lambda told: _write(replies, Reply(progress=told))))


def _write(replies: TextIO, reply: Reply) -> None:
    replies.write(reply.model_dump_json(exclude_none=True) + "\n")
    replies.flush()


if __name__ == "__main__":
    main()
