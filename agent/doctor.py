"""What Optwright needs of a machine, each need checked by trying it."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from agent.errors import AgentError, ModelReplyInvalid
from agent.settings import Settings

if TYPE_CHECKING:
    from solvers.sandbox import Layers

ENDPOINT_LIMIT_S = 20.0
_TRIAL_LIMIT_S = 10.0
_LOW_SPACE_BYTES = 500_000_000
_OLDEST_PYTHON = (3, 11)


class State(StrEnum):
    """How a need is met; a warning hinders nothing, or only some uses."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


class Check(BaseModel):
    """One need: its name, how it is met, and a sentence that says so with the next step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    state: State
    text: str


def examine(settings: Settings) -> Iterator[Check]:
    """Every check, each as soon as it is done; none raises and none shows a secret."""
    yield check_python(sys.version_info[:3])
    yield check_embedded(settings) if settings.is_local else check_endpoint(settings)
    yield from check_engines()
    yield from check_sandbox()
    yield check_gpu()
    yield check_folder("state folder", settings.state_dir, "OPTWRIGHT_STATE_DIR")
    yield check_folder("cache folder", settings.cache_dir, "OPTWRIGHT_CACHE_DIR")


def is_healthy(checks: Iterable[Check]) -> bool:
    """Whether nothing that is needed is broken."""
    return all(check.state is not State.BROKEN for check in checks)


def check_python(version: tuple[int, ...]) -> Check:
    """Whether this Python is new enough."""
    shown = ".".join(map(str, version))
    if version < _OLDEST_PYTHON:
        return _broken("Python", f"{shown} is too old; install Python 3.11 or newer")
    return _ok("Python", f"{shown} at {sys.executable}")


def check_endpoint(settings: Settings) -> Check:
    """Whether the endpoint answers a call of one token."""
    from agent.llm import Message, connect

    host = urlsplit(settings.base_url or "https://api.openai.com").netloc.rpartition("@")[2]
    patient = settings.model_copy(update={"max_retries": 0, "request_timeout_s": ENDPOINT_LIMIT_S})
    name = "language model"
    try:
        model = connect(patient)
        try:
            reply = model.complete([Message("user", "Say ok.")], max_tokens=1, timeout_s=ENDPOINT_LIMIT_S)
        finally:
            model.close()
    except ModelReplyInvalid as error:
        return _warning(
            name, f"the endpoint {host} can be reached, but its answer to one token is odd: {error}"
        )
    except AgentError as error:
        return _broken(name, f"the endpoint {host} gave no answer: {error}")
    return _ok(name, f"{reply.model} at {host} answered in {reply.seconds:.1f} s")


def check_embedded(settings: Settings) -> Check:
    """Whether the embedded model can serve: its package, and its file."""
    name = "language model"
    if find_spec("xllamacpp") is None:
        return _broken(
            name,
            'no endpoint is set and the embedded model is not installed: pip install "optwright[local]", '
            "or set OPTWRIGHT_BASE_URL",
        )
    if settings.model_path is not None:
        return _check_named_file(settings.model_path)
    return _check_cached_file(settings.cache_dir)


def _check_named_file(path: Path) -> Check:
    try:
        with path.open("rb") as file:
            is_model = file.read(4) == b"GGUF"
    except OSError as error:
        return _broken(
            "language model", f"OPTWRIGHT_MODEL_PATH names {path}: {error.strerror}; name a GGUF file"
        )
    if not is_model:
        return _broken("language model", f"OPTWRIGHT_MODEL_PATH names {path}, which is no GGUF file")
    return _ok("language model", f"embedded, {path}")


def _check_cached_file(cache_dir: Path) -> Check:
    from agent.llm.model_file import QWEN_CODER

    path, size = cache_dir / "models" / QWEN_CODER.name, f"{QWEN_CODER.size_bytes / 1e9:.1f} GB"
    if not path.exists():
        return _warning(
            "language model", f"the embedded model will be downloaded with the first question ({size})"
        )
    if path.stat().st_size == QWEN_CODER.size_bytes:
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == QWEN_CODER.sha256:
                return _ok("language model", f"embedded, {path}, size and SHA-256 are right")
    return _warning(
        "language model", f"{path} is damaged; delete it, and it will be downloaded again ({size})"
    )


def check_engines() -> Iterator[Check]:
    """Whether each engine solves a model whose optimum is known, in its worker process; the extra ones if installed."""
    import pyomo.environ as pyo

    from solvers import ENGINES

    linear, whole, binary, curved = (pyo.ConcreteModel() for _ in range(4))
    domains = ((linear, pyo.Reals), (whole, pyo.Integers), (binary, pyo.Binary), (curved, pyo.Reals))
    for model, domain in domains:
        model.x = pyo.Var(bounds=(0, 1 if model is binary else 4), domain=domain)
    for model in (linear, whole, binary):
        model.goal = pyo.Objective(expr=3 * model.x, sense=pyo.maximize)
        model.limit = pyo.Constraint(expr=model.x <= 4)
    curved.goal = pyo.Objective(expr=(curved.x - 1) ** 2 + 5)
    trials = dict.fromkeys(("highs", "pdlp", "network"), (linear, 12.0))
    trials |= {"cpsat": (whole, 12.0), "knapsack": (binary, 3.0)}
    for name, engine in ENGINES.items():
        model, optimum = trials.get(name, (curved, 5.0))
        if engine.is_installed or name in ("highs", "scip"):
            yield _check_engine(engine.title, name, model, optimum)
        else:
            yield _ok(engine.title, f"not installed; where it is wanted: {engine.install}")


def _check_engine(title: str, engine: str, model: Any, optimum: float) -> Check:
    import solvers
    from solvers.sandbox import SandboxError

    try:
        report = solvers.solve(model, engine=engine, time_limit=_TRIAL_LIMIT_S)
    except (solvers.SolversError, SandboxError, ImportError, OSError) as error:
        return _broken(title, f"it cannot be used: {error}; install Optwright again")
    if report.objective is None or abs(report.objective - optimum) > 1e-4:
        return _broken(
            title, f"a trial model failed ({report.status.value}): {report.message or report.status.text}"
        )
    return _ok(title, f"{report.engine} solved a trial model in {report.seconds:.2f} s")


def check_sandbox() -> Iterator[Check]:
    """How well written programs are held here, and by which layers."""
    from solvers.sandbox import probe

    layers = probe()
    if layers.tier.is_strong:
        yield _ok("sandbox", f"tier {layers.tier.value}: {layers.tier.text}")
    else:
        text = f"tier {layers.tier.value}: {layers.tier.text} Written programs are refused, all else works."
        yield _warning("sandbox", text)
    yield from _check_layers(layers)


def _check_layers(layers: "Layers") -> Iterator[Check]:
    works = {
        "rlimits": layers.rlimits,
        "seccomp": layers.seccomp,
        "landlock": layers.landlock_abi > 0,
        "userns": layers.userns,
        "bubblewrap": layers.bubblewrap is not None,
    }
    for name, is_there in works.items():
        reason = layers.reasons.get(name) or ("works" if is_there else "not available")
        yield (_ok if is_there else _warning)(f"sandbox layer {name}", reason)


def check_gpu() -> Check:
    """Which NVIDIA GPUs there are; none is needed."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return _ok("GPU", "no NVIDIA driver found; none is needed")
    query = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=_TRIAL_LIMIT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return _warning("GPU", "nvidia-smi does not run; none is needed, but the driver may be broken")
    return _ok("GPU", "; ".join(done.stdout.split("\n")).strip("; ") or "nvidia-smi lists none")


def check_folder(name: str, folder: Path, setting: str) -> Check:
    """Whether a folder can be written to, and how much room it has."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        return _broken(name, f"{folder} cannot be written to ({error.strerror}); set {setting}")
    room = f"{free / 1e9:.1f} GB free"
    if free < _LOW_SPACE_BYTES:
        return _warning(name, f"{folder} is nearly full, {room}; make room or set {setting}")
    return _ok(name, f"{folder}, {room}")


def _ok(name: str, text: str) -> Check:
    return Check(name=name, state=State.OK, text=text)


def _warning(name: str, text: str) -> Check:
    return Check(name=name, state=State.WARNING, text=text)


def _broken(name: str, text: str) -> Check:
    return Check(name=name, state=State.BROKEN, text=text)
