"""A GGUF file served inside this process by llama.cpp, as a ``ChatModel``.

The server listens on a free loopback port behind a random key of its own, so that no other user of the
machine can spend its time, and is spoken to like any other endpoint: there is one client to get right, not
two.
"""

import asyncio
import os
import secrets
import threading
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from agent.errors import ConfigError
from agent.llm import model_file
from agent.llm.base import Request, RequestModel
from agent.llm.openai_model import OpenAIModel, Price
from agent.llm.progress import Progress
from agent.llm.protocol import OnText, Reply
from agent.settings import Settings

CONTEXT_TOKENS_PER_SLOT = 8192
PROMPT_CACHE_MIB = 512
_GGUF_MAGIC = b"GGUF"
_SILENT = -1
_FREE = Price(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class _Service:
    """The running server and the client that talks to it."""

    server: list[Any]
    client: OpenAIModel

    def stop(self) -> None:
        """Ends the client, then the server, whose threads end when its last reference goes."""
        self.client.close()
        self.server.clear()


class EmbeddedModel(RequestModel):
    """A language model on this machine's own cores; starts with its first call."""

    def __init__(
        self, model_path: Path, *, slots: int = 4, threads: int | None = None, timeout_s: float = 300.0
    ) -> None:
        """Describes the model without loading it.

        Args:
            model_path: the GGUF file.
            slots: requests served side by side; more of them wait.
            threads: threads that compute; default: the cores this process may use.
            timeout_s: default limit of one call, waiting for a slot included.
        """
        self._path = model_path
        self._slots = slots
        self._threads = threads or _usable_cores()
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._service: _Service | None = None
        self._finalizer: weakref.finalize[Any, Any] | None = None

    def __repr__(self) -> str:
        return f"EmbeddedModel({self.name!r}, slots={self._slots}, threads={self._threads})"

    @property
    def name(self) -> str:
        """The file's name, without its ending."""
        return self._path.stem

    def start(self) -> OpenAIModel:
        """The client of the running server; loads the model, which takes seconds, unless that was done.

        Raises:
            ConfigError: the extra is not installed, or the file is no model that llama.cpp can load.
        """
        with self._lock:
            if self._service is None:
                self._service = self._serve()
                self._finalizer = weakref.finalize(self, self._service.stop)
            return self._service.client

    def answer(self, request: Request, on_text: OnText | None) -> Reply:
        """The answer; the first call waits for the model to load."""
        return self.start().answer(request, on_text)

    async def aanswer(self, request: Request, on_text: OnText | None) -> Reply:
        """The answer; the first call loads the model in a thread."""
        service = self._service
        client = service.client if service else await asyncio.to_thread(self.start)
        return await client.aanswer(request, on_text)

    def close(self) -> None:
        """Ends the server and frees its memory; a later call starts it again."""
        with self._lock:
            finalizer, self._finalizer, self._service = self._finalizer, None, None
        if finalizer is not None:
            finalizer()

    def _serve(self) -> _Service:
        _check_magic(self._path)
        key = SecretStr(secrets.token_urlsafe(32))
        try:
            import xllamacpp
        except ImportError:
            raise ConfigError(
                'the embedded model needs the extra "local": run pip install "optwright[local]", '
                "or set OPTWRIGHT_BASE_URL to an endpoint"
            ) from None
        try:
            server = xllamacpp.Server(self._parameters(xllamacpp, key))
        except RuntimeError as error:
            raise ConfigError(
                f"llama.cpp cannot load {self._path}: {error} It is damaged, of an unknown architecture "
                "or too large for this machine's memory; set OPTWRIGHT_MODEL_PATH to another GGUF file"
            ) from None
        client = OpenAIModel(
            f"{server.listening_address}/v1",
            key,
            self.name,
            timeout_s=self._timeout_s,
            max_retries=0,
            price=_FREE,
            use_proxy=False,
            label=f"the embedded model {self.name}",
        )
        return _Service([server], client)

    def _parameters(self, xllamacpp: Any, key: SecretStr) -> Any:
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(self._path)
        parameters.model_alias = {self.name}
        parameters.api_keys = [key.get_secret_value()]
        parameters.n_parallel = self._slots
        parameters.n_ctx = CONTEXT_TOKENS_PER_SLOT * self._slots
        parameters.kv_unified = False  # else each request attends to the idle slots, too
        parameters.cache_ram_mib = PROMPT_CACHE_MIB
        parameters.cpuparams.n_threads = self._threads
        parameters.cpuparams_batch.n_threads = self._threads
        parameters.cache_idle_slots = False
        parameters.endpoint_slots = False
        parameters.ui = False
        parameters.verbosity = _SILENT
        return parameters


_shared: dict[tuple[Path, int, int | None, float], EmbeddedModel] = {}
_shared_lock = threading.Lock()


def shared(settings: Settings, progress: Progress | None = None) -> EmbeddedModel:
    """The process's one embedded model for these settings; its file is downloaded where it is missing.

    Raises:
        ConfigError: the file cannot be had; the text says which roads were tried.
    """
    path = model_file.resolve(settings, progress)
    key = (path, settings.model_slots, settings.threads, settings.request_timeout_s)
    with _shared_lock:
        if key not in _shared:
            _shared[key] = EmbeddedModel(
                path,
                slots=settings.model_slots,
                threads=settings.threads,
                timeout_s=settings.request_timeout_s,
            )
        return _shared[key]


def _check_magic(path: Path) -> None:
    try:
        with path.open("rb") as file:
            magic = file.read(len(_GGUF_MAGIC))
    except OSError as error:
        raise ConfigError(
            f"the model file {path} cannot be read: {error.strerror}; see OPTWRIGHT_MODEL_PATH"
        ) from None
    if magic != _GGUF_MAGIC:
        raise ConfigError(f"{path} is no GGUF file: it begins with {magic!r}; see OPTWRIGHT_MODEL_PATH")


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
