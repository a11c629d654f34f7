"""A local HTTP server that speaks enough of OpenAI's chat API and misbehaves on demand."""

import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DEFAULT_MODELS = ("scripted-model",)


@dataclass(frozen=True)
class Step:
    """What the endpoint does with one request: waits, then sends ``body``, or breaks the connection.

    ``text`` makes a completion, streamed if the request wants that. ``body`` is sent as it is.
    """

    text: str | None = None
    finish_reason: str | None = "stop"
    usage: tuple[int, int] | None = (7, 3)
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    break_after: int | None = None


@dataclass(frozen=True)
class Asked:
    """A request that arrived."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    at: float


Script = str | Step | Callable[[dict[str, Any]], "str | Step"]


def say(text: str, **changes: Any) -> Step:
    """A completion with this text."""
    return Step(text=text, **changes)


def fail(status: int, message: str = "scripted failure", **details: Any) -> Step:
    """An error as OpenAI words it; ``param`` and ``code`` go into the body, the rest into the step."""
    error = {
        "message": message,
        "type": "error",
        "param": details.pop("param", None),
        "code": details.pop("code", None),
    }
    return Step(status=status, body=json.dumps({"error": error}).encode(), **details)


def raw(body: bytes | str, content_type: str = "application/json", **changes: Any) -> Step:
    """Exactly these bytes."""
    return Step(body=body.encode() if isinstance(body, str) else body, content_type=content_type, **changes)


def drop(after: int = 0, text: str = "") -> Step:
    """The connection breaks after so many bytes of the answer's body; before any of it with 0."""
    return Step(text=text, break_after=after)


class ScriptedEndpoint:
    """The server; steps are taken in order, then ``otherwise`` serves.

    endpoint.script("first answer", fail(429, headers={"Retry-After": "0.1"}), say("second", delay_s=0.2))
    endpoint.otherwise = lambda body: body["messages"][-1]["content"].upper()
    """

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self.models: tuple[str, ...] = DEFAULT_MODELS
        self.listing: Step | None = None
        self.otherwise: Script = "ok"
        self._steps: deque[Script] = deque()
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """What ``OPTWRIGHT_BASE_URL`` is set to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The bodies of the chat requests so far."""
        return [asked.body for asked in self.requests if asked.path.endswith("/chat/completions")]

    def script(self, *steps: Script) -> None:
        """Adds steps to take, one for each request."""
        self._steps.extend(steps)

    def close(self) -> None:
        """Ends the server."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def step_for(self, asked: Asked) -> Step:
        """Records the request and says what to do with it."""
        with self._lock:
            self.requests.append(asked)
            step = self._steps.popleft() if self._steps else self.otherwise
        if callable(step):
            step = step(asked.body)
        return say(step) if isinstance(step, str) else step


@contextmanager
def serving() -> Iterator[ScriptedEndpoint]:
    """An endpoint for the length of a block."""
    endpoint = ScriptedEndpoint()
    try:
        yield endpoint
    finally:
        endpoint.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, endpoint: ScriptedEndpoint) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.endpoint = endpoint


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        return

    def do_GET(self) -> None:
        endpoint = self.server.endpoint
        endpoint.requests.append(Asked(self.path, _lowered(self.headers), {}, time.monotonic()))
        rows = [{"id": name, "object": "model", "created": 0, "owned_by": "t"} for name in endpoint.models]
        self._send(endpoint.listing or raw(json.dumps({"object": "list", "data": rows})))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        step = self.server.endpoint.step_for(Asked(self.path, _lowered(self.headers), body, time.monotonic()))
        time.sleep(step.delay_s)
        if step.text is None:
            self._send(step)
        elif body.get("stream"):
            self._stream(step, body)
        else:
            self._send(raw(json.dumps(_completion(step, body)), break_after=step.break_after))

    def _send(self, step: Step) -> None:
        self.send_response(step.status)
        self.send_header("Content-Type", step.content_type)
        self.send_header("Content-Length", str(len(step.body)))
        for name, value in step.headers.items():
            self.send_header(name, value)
        if step.break_after == 0:
            self._break()
            return
        self.end_headers()
        self.wfile.write(step.body[: step.break_after])
        if step.break_after is not None:
            self._break()

    def _stream(self, step: Step, body: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        sent = 0
        for chunk in _chunks(step, body):
            if step.break_after is not None and sent >= step.break_after:
                self._break()
                return
            data = f"data: {chunk}\n\n".encode()
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            sent += len(data)
        self.wfile.write(b"0\r\n\r\n")

    def _break(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.shutdown(socket.SHUT_RDWR)


def _completion(step: Step, body: dict[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": step.text}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": step.finish_reason}],
        "usage": _usage(step),
    }


def _chunks(step: Step, body: dict[str, Any]) -> Iterator[str]:
    head = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": body["model"]}
    for piece in (step.text or "").splitlines(keepends=True):
        yield json.dumps(
            {**head, "choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}
        )
    yield json.dumps({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": step.finish_reason}]})
    if body.get("stream_options", {}).get("include_usage") and step.usage:
        yield json.dumps({**head, "choices": [], "usage": _usage(step)})
    yield "[DONE]"


def _usage(step: Step) -> dict[str, int] | None:
    if step.usage is None:
        return None
    asked, said = step.usage
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
