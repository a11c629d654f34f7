import json
from pathlib import Path

import pytest
from scripted_endpoint import ScriptedEndpoint, fail, say
from typer.testing import CliRunner

from agent import doctor
from agent.cli import app
from agent.doctor import Check, State
from agent.settings import Settings
from solvers import ENGINES
from solvers.sandbox import Layers

KEY = "sk-very-secret"


def settings_for(endpoint: ScriptedEndpoint) -> Settings:
    return Settings(base_url=endpoint.url, api_key=KEY, model="m")


@pytest.mark.parametrize(("version", "state"), [((3, 11, 0), State.OK), ((3, 10, 14), State.BROKEN)])
def test_python(version, state):
    assert doctor.check_python(version).state is state


def test_an_endpoint_that_answers_is_well(endpoint):
    check = doctor.check_endpoint(settings_for(endpoint))
    assert check.state is State.OK
    assert (
        endpoint.bodies[0]["max_tokens" if "max_tokens" in endpoint.bodies[0] else "max_completion_tokens"]
        == 1
    )


@pytest.mark.parametrize("step", [fail(500), fail(401, f"bad key {KEY}")])
def test_an_endpoint_that_refuses_is_broken_and_the_key_stays_hidden(endpoint, step):
    endpoint.otherwise = step
    check = doctor.check_endpoint(settings_for(endpoint))
    assert check.state is State.BROKEN
    assert KEY not in check.text


def test_an_endpoint_that_is_not_there_is_broken():
    check = doctor.check_endpoint(
        Settings(base_url="http://user:secret@127.0.0.1:9/v1", api_key=KEY, model="m")
    )
    assert check.state is State.BROKEN
    assert "secret" not in check.text


def test_an_endpoint_with_an_odd_answer_is_a_warning(endpoint):
    endpoint.otherwise = say("")
    assert doctor.check_endpoint(settings_for(endpoint)).state in (State.WARNING, State.OK)


@pytest.mark.parametrize(
    ("content", "state"), [(b"GGUF....", State.OK), (b"<html>", State.BROKEN), (None, State.BROKEN)]
)
def test_a_named_model_file(tmp_path: Path, content, state):
    pytest.importorskip("xllamacpp")
    path = tmp_path / "m.gguf"
    if content is not None:
        path.write_bytes(content)
    assert doctor.check_embedded(Settings(model_path=path)).state is state


@pytest.mark.parametrize(("content", "words"), [(None, "will be downloaded"), (b"GGUF", "damaged")])
def test_a_model_file_that_is_not_in_the_cache_is_a_warning(tmp_path: Path, content, words):
    pytest.importorskip("xllamacpp")
    from agent.llm.model_file import QWEN_CODER

    (tmp_path / "models").mkdir()
    if content is not None:
        (tmp_path / "models" / QWEN_CODER.name).write_bytes(content)
    check = doctor.check_embedded(Settings(cache_dir=tmp_path).model_copy(update={"model_path": None}))
    assert check.state is State.WARNING
    assert words in check.text


def test_without_the_extra_the_embedded_model_is_broken(monkeypatch):
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    check = doctor.check_embedded(Settings())
    assert check.state is State.BROKEN
    assert "optwright[local]" in check.text


def test_every_engine_solves_its_trial_model():
    checks = list(doctor.check_engines())
    assert [check.state for check in checks] == [State.OK] * len(ENGINES)
    assert all("solved a trial model" in check.text for check in checks)


def test_an_extra_engine_that_is_not_installed_is_no_fault(monkeypatch):
    monkeypatch.setattr("solvers.engines.find_spec", lambda module: None if module == "casadi" else module)
    check = next(check for check in doctor.check_engines() if check.name == "IPOPT")
    assert check.state is State.OK and "not installed" in check.text


def test_an_engine_with_a_wrong_optimum_is_broken():
    import pyomo.environ as pyo

    model = pyo.ConcreteModel()
    model.x = pyo.Var(bounds=(0, 1))
    model.goal = pyo.Objective(expr=model.x)
    assert doctor._check_engine("HiGHS", "highs", model, 7.0).state is State.BROKEN


def test_a_weak_sandbox_is_a_warning_with_the_reason_of_each_layer(monkeypatch):
    layers = Layers(rlimits=True, seccomp=True, reasons={"landlock": "the kernel has no Landlock."})
    monkeypatch.setattr("solvers.sandbox.probe", lambda: layers)
    checks = {check.name: check for check in doctor.check_sandbox()}
    assert checks["sandbox"].state is State.WARNING
    assert checks["sandbox layer landlock"] == Check(
        name="sandbox layer landlock", state=State.WARNING, text="the kernel has no Landlock."
    )


def test_no_gpu_is_no_fault(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    assert doctor.check_gpu().state is State.OK


def test_a_folder_that_is_a_file_is_broken(tmp_path: Path):
    (tmp_path / "file").touch()
    check = doctor.check_folder("state folder", tmp_path / "file" / "deeper", "OPTWRIGHT_STATE_DIR")
    assert check.state is State.BROKEN
    assert "OPTWRIGHT_STATE_DIR" in check.text


@pytest.mark.parametrize(("answer", "code"), [("ok", 0), (fail(500), 1)])
def test_the_command_prints_every_check_and_ends_with_1_where_one_is_broken(
    endpoint, monkeypatch, answer, code
):
    endpoint.otherwise = answer
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPTWRIGHT_MODEL", "m")
    result = CliRunner().invoke(app, ["doctor", "--json"])
    told = json.loads(result.stdout)
    assert (result.exit_code, told["healthy"]) == (code, code == 0)
    names = [check["name"] for check in told["checks"]]
    assert {
        "Python",
        "language model",
        "HiGHS",
        "OR-Tools CP-SAT",
        "OR-Tools PDLP",
        "SCIP",
        "IPOPT",
        "sandbox",
        "GPU",
        "state folder",
        "cache folder",
    } <= set(names)
    people = CliRunner().invoke(app, ["doctor"])
    assert people.exit_code == code
    assert KEY not in result.output + people.output
