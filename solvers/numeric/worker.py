"""The worker process: reads a task a line on standard input, and writes replies a line on its own descriptor.

It keeps what it has compiled. It is killed at a deadline or when its job is no longer wanted, so it owns nothing that
would be lost.
"""

import os
import signal
import sys
import threading
from queue import SimpleQueue
from typing import TextIO

from solvers.numeric.tasks import answered
from solvers.numeric.wire import Reply


def main() -> None:
    """Serve tasks until standard input ends, which ends the process whatever it is at."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not look like a reply
    _write(replies, Reply())
    tasks: SimpleQueue[str] = SimpleQueue()
    threading.Thread(target=_read, args=(tasks,), daemon=True).start()
    while True:
        _write(replies, answered(tasks.get(), lambda told: _write(replies, Reply(progress=told))))


def _read(tasks: "SimpleQueue[str]") -> None:
    for line in sys.stdin:
        tasks.put(line)
    os._exit(0)


def _write(replies: TextIO, reply: Reply) -> None:
    replies.write(reply.model_dump_json(exclude_none=True) + "\n")
    replies.flush()


if __name__ == "__main__":
    main()
