"""What client, server and job say to each other, and in which bytes.

Client to server, over one control socket: a configuration when it starts, then one byte a job with the job's
own descriptors attached. Client to job: a header and the payload, through a pipe. Job to client: one frame,
through a pipe; the job may be hostile, so a frame is exact or refused. Server to client, over a socket that
belongs to one job and that the job never sees: how the process ended. The client closes that socket to have
the job killed.
"""

import json
import socket
import struct
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any

from solvers.sandbox.layers import Layers
from solvers.sandbox.policy import Policy

START = b"J"
"""Precedes the descriptors of a new job on the control socket."""

MOST_DESCRIPTORS = 5
"""Payload, result and output pipe, scratch folder (for some jobs), and last the status socket."""

DETAIL_LIMIT = 2_000
"""Characters of an error text that travel; the rest is cut."""

_LENGTH = struct.Struct("!Q")
_MAGIC = b"OWR1"
_FRAME = struct.Struct("!4sBQ")
_EXIT = struct.Struct("!iqd")

FRAME_OVERHEAD = _FRAME.size
EXIT_SIZE = _EXIT.size


class FrameKind(IntEnum):
    """What a job's frame carries."""

    RESULT = 0
    ERROR = 1
    OUT_OF_MEMORY = 2
    REFUSED = 3


@dataclass(frozen=True, slots=True)
class Exit:
    """How a job's process ended, as the server saw it.

    Attributes:
        code: The exit code, or minus the signal.
        max_rss_bytes: The most memory that was resident.
        cpu_s: Processor seconds of all threads.
    """

    code: int
    max_rss_bytes: int
    cpu_s: float

    def pack(self) -> bytes:
        """The bytes that travel."""
        return _EXIT.pack(self.code, self.max_rss_bytes, self.cpu_s)

    @classmethod
    def unpack(cls, data: bytes) -> "Exit":
        """The inverse of ``pack``."""
        return cls(*_EXIT.unpack(data))


@dataclass(frozen=True, slots=True)
class Header:
    """What a job is told about itself before its payload."""

    kind: str
    payload_bytes: int
    has_scratch: bool
    policy: Policy

    def pack(self) -> bytes:
        """The bytes that travel, length first."""
        fields = asdict(self)
        del fields["policy"]["scratch"]
        return prefixed(fields)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "Header":
        """The inverse of ``pack``; the scratch folder travels as a descriptor."""
        return cls(fields["kind"], fields["payload_bytes"], fields["has_scratch"], Policy(**fields["policy"]))


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a server is told when it starts.

    Attributes:
        targets: The function of each kind, as ``module:function``.
        layers: What its jobs are confined by.
        readable: Folders that its jobs may read.
    """

    targets: dict[str, str]
    layers: Layers
    readable: list[str]

    def pack(self) -> bytes:
        """The bytes that travel, length first."""
        return prefixed(asdict(self))

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "Configuration":
        """The inverse of ``pack``."""
        return cls(fields["targets"], Layers(**fields["layers"]), fields["readable"])


def prefixed(value: object) -> bytes:
    """A value as JSON with its length before it."""
    body = json.dumps(value).encode()
    return _LENGTH.pack(len(body)) + body


def receive_json(sock: socket.socket) -> dict[str, Any]:
    """Reads what ``prefixed`` wrote.

    Raises:
        EOFError: The other side closed before the end.
    """
    (length,) = _LENGTH.unpack(receive_exactly(sock, _LENGTH.size))
    value: dict[str, Any] = json.loads(receive_exactly(sock, length))
    return value


def receive_exactly(sock: socket.socket, count: int) -> bytes:
    """Reads a known number of bytes.

    Raises:
        EOFError: The other side closed before the end.
    """
    data = bytearray()
    while len(data) < count:
        chunk = sock.recv(count - len(data))
        if not chunk:
            raise EOFError(f"the other side closed after {len(data)} of {count} bytes")
        data += chunk
    return bytes(data)


def pack_frame(kind: FrameKind, body: bytes) -> bytes:
    """A job's whole answer."""
    return _FRAME.pack(_MAGIC, kind, len(body)) + body


def unpack_frame(data: bytes | bytearray) -> tuple[FrameKind, bytes]:
    """A job's answer, if the bytes are one frame and nothing else.

    Raises:
        ValueError: They are not; the text says how.
    """
    if len(data) < _FRAME.size:
        raise ValueError(f"the answer has {len(data)} bytes, less than a frame's header")
    magic, kind, length = _FRAME.unpack_from(data)
    if magic != _MAGIC:
        raise ValueError("the answer does not begin as a frame")
    if length != len(data) - _FRAME.size:
        raise ValueError(f"the frame announces {length} bytes but {len(data) - _FRAME.size} came")
    return FrameKind(kind), bytes(data[_FRAME.size :])
