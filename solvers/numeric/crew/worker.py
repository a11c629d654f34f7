"""The process that takes groups of lanes further for another: it is given programs, states and inputs as bytes.

It ends as soon as its parent does, whatever it is at: then nobody holds the other end of its socket.
"""

import os
import signal
import threading
from multiprocessing.connection import Connection
from queue import SimpleQueue

import jax
import numpy as np

from solvers.arrays import pack, unpack
from solvers.numeric.cache import Program, program_of
from solvers.numeric.crew.group import Group

_Arrays = dict[str, np.ndarray]


def main() -> None:
    """Serve the parent at the other end of standard input, which is a socket."""
    jax.config.update("jax_platforms", "cpu")  # type: ignore[no-untyped-call]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    link: Connection[bytes, bytes] = Connection(os.dup(0))
    requests: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_read, args=(link, requests), daemon=True).start()
    programs: dict[str, Program] = {}
    groups: dict[int, Group] = {}
    link.send_bytes(pack({}, {}))
    while True:
        arrays, told = unpack(requests.get())
        if "load" in told:
            programs[told["load"]] = program_of(told["load"], arrays["entry"].tobytes())
            link.send_bytes(pack({}, {}))
        elif "take" in told:
            state, inputs = _listed("state", arrays), _listed("input", arrays)
            groups[told["take"]] = Group(programs[told["program"]], state, inputs)
        else:
            link.send_bytes(_stepped(groups[told["step"]], arrays))


def _read(link: "Connection[bytes, bytes]", requests: "SimpleQueue[bytes]") -> None:
    """Take requests from the socket as they come, so that the parent never waits with one."""
    try:
        while True:
            requests.put(link.recv_bytes())
    except (EOFError, OSError):
        os._exit(0)


def _stepped(group: Group, arrays: _Arrays) -> bytes:
    """The answer of a group that goes on, with the inputs that have changed."""
    fresh = arrays.pop("fresh")
    changed = {int(name.removeprefix("input")): leaf for name, leaf in arrays.items()}
    count = max([len(group.inputs), *(1 + number for number in changed)])
    inputs = [changed[number] if number in changed else group.inputs[number] for number in range(count)]
    group.send(inputs, fresh)
    return pack(group.receive()._asdict(), {})


def _listed(name: str, arrays: _Arrays) -> list[np.ndarray]:
    return [arrays[key] for key in arrays if key.startswith(name)]


if __name__ == "__main__":
    main()
