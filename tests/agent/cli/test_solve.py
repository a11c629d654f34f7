import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import replies
from scripted_endpoint import ScriptedEndpoint, fail, raw, say

QUESTION = replies.SIMPLE_QUESTION


@pytest.mark.parametrize(
    ("reply", "code", "status", "objective"),
    [
        (replies.SIMPLE, 0, "optimal", 3.0),
        (replies.INFEASIBLE, 2, "infeasible", None),
        (replies.UNBOUNDED, 2, "unbounded", None),
        (replies.scalar("maximize y", {"x at most 3": "x <= 3"}, {"x": "real x"}), 1, "failed", None),
    ],
)
def test_the_exit_code_and_the_json_object_tell_the_status(run, endpoint, reply, code, status, objective):
    endpoint.otherwise = reply
    result = run("solve", f"{QUESTION} Or at least 5?", "--json")
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["status"], answer["objective"]) == (code, status, objective)
    assert ("error" in answer) == (status == "failed")


def test_disagreement_ends_as_unsure_with_candidates_and_question(run, endpoint: ScriptedEndpoint):
    def answer(body):
        limit = 3 + body["seed"] % 97
        return replies.scalar("maximize x", {"a limit": f"x <= {limit}"}, {"x": "real x"})

    endpoint.otherwise = answer
    result = run("solve", "How large can x be?", "--samples", "3")
    assert result.exit_code == 3
    assert "Candidates" in result.stdout and "Question" in result.stdout


def test_people_get_the_answer_and_what_was_checked(run, endpoint):
    endpoint.otherwise = replies.BAKERY
    result = run("solve", "examples/bakery.txt")
    assert result.exit_code == 0, result.output
    for words in (
        "optimal",
        "objective 340 dollars",
        "bread",
        "60",
        "Checked:",
        "Confidence:",
        "Cost: 1 model call",
    ):
        assert words in result.stdout


def test_a_failure_tells_what_was_wrong_with_each_attempt(run, endpoint):
    endpoint.otherwise = replies.scalar("maximize y", {"x at most 3": "x <= 3"}, {"x": "real x"})
    result = run("solve", QUESTION)
    assert result.exit_code == 1
    assert "Attempt 1: objective: unknown name `y`" in result.stdout


def test_nothing_but_the_answer_is_printed_where_there_is_no_terminal(run, endpoint):
    endpoint.otherwise = replies.SIMPLE
    assert run("solve", QUESTION).stderr == ""


def test_the_question_comes_from_standard_input(run, endpoint):
    endpoint.otherwise = replies.SIMPLE
    result = run("solve", "-", "--json", stdin=f"\ufeff{QUESTION}")
    assert result.exit_code == 0
    assert QUESTION in endpoint.bodies[0]["messages"][-1]["content"]


def test_data_files_reach_the_formulation(run, endpoint, tmp_path: Path):
    (tmp_path / "goods.csv").write_text("item,value,kilos\nlamp,60,10\nrug,100,20\nclock,120,30\n")
    reply = replies.pick_rows("goods", key="item", profit="value", weight="kilos", limit="50")
    endpoint.otherwise = json.dumps(reply)
    result = run(
        "solve", "Which goods to take within 50 kilos?", "--data", str(tmp_path / "goods.csv"), "--json"
    )
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["objective"]) == (0, 220.0)
    assert answer["values"]["take"]["rug"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("formulation", '"expression": "x"'),
        ("latex", r"\text{maximize}"),
        ("markdown", "## Objective"),
        ("pyomo", "pyo.ConcreteModel()"),
    ],
)
def test_show_prints_the_document_alone_on_standard_output(run, endpoint, form, words):
    endpoint.otherwise = replies.SIMPLE
    result = run("solve", QUESTION, "--show", form)
    assert result.exit_code == 0
    assert words in result.stdout
    assert "objective 3" in result.stderr and "Checked:" not in result.stdout


def test_show_with_json_adds_the_document_to_the_object(run, endpoint):
    endpoint.otherwise = replies.SIMPLE
    answer = json.loads(run("solve", QUESTION, "--show", "pyomo", "--json").stdout)
    assert "pyo.ConcreteModel()" in answer["pyomo"]


def test_the_shown_program_gives_the_same_optimum(run, endpoint, tmp_path: Path):
    endpoint.otherwise = replies.BAKERY
    script = tmp_path / "model.py"
    script.write_text(run("solve", "examples/bakery.txt", "--show", "pyomo").stdout)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=True)
    assert "340" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("solve", "", "--json"), "QuestionError"),
        (("solve", "--json"), "UserError"),
        (("solve", "missing.txt", "--json"), "QuestionError"),
        (("solve", "x" * 70_000, "--json"), "QuestionError"),
        (("solve", QUESTION, "--data", "missing.csv", "--json"), "DataError"),
        (("solve", "--session", "never-was", "--json"), "SessionError"),
        (("solve", QUESTION, "--session", "../x", "--json"), "SessionError"),
        (("solve", QUESTION, "--samples", "0", "--json"), "UsageError"),
        (("solve", QUESTION, "--frobnicate", "--json"), "UsageError"),
        (("solve", QUESTION, "--time-limit", "-1", "--json"), "QuestionError"),
        (("frobnicate", "--json"), "UsageError"),
    ],
)
def test_bad_input_is_one_json_object_and_exit_code_1(run, endpoint, arguments, kind):
    result = run(*arguments)
    answer = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (answer["status"], answer["objective"], answer["error"]["type"]) == ("failed", None, kind)
    assert answer["error"]["message"]
    assert endpoint.bodies == []


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (fail(500), "ModelUnavailable"),
        (fail(401), "ConfigError"),
        (raw("<html>", "text/html"), "ModelUnavailable"),
    ],
)
def test_a_faulty_endpoint_is_one_json_object_and_exit_code_1(run, endpoint, step, kind):
    endpoint.otherwise = step
    result = run("solve", QUESTION, "--json")
    assert (result.exit_code, json.loads(result.stdout)["status"]) == (1, "failed")


def test_an_error_is_one_line_without_traceback(run):
    result = run("solve", "missing.txt")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: there is no file missing.txt")
    assert "Traceback" not in result.output and result.stderr.count("\n") == 1


def test_a_surprise_says_how_to_report_it_and_shows_its_traceback_only_when_asked(run, monkeypatch, caplog):
    def explode(*_, **__):
        raise ZeroDivisionError("it broke")

    monkeypatch.setattr("agent.stream", explode, raising=False)
    quiet = run("solve", QUESTION)
    assert quiet.exit_code == 1
    assert "it broke" in quiet.stderr and "report" in quiet.stderr and "Traceback" not in quiet.stderr
    assert json.loads(run("solve", QUESTION, "--json").stdout)["error"]["type"] == "UnexpectedError"
    caplog.clear()
    run("solve", QUESTION, "-v")
    assert caplog.records[-1].exc_info


def test_a_session_goes_on_after_the_endpoint_was_gone(run, endpoint):
    endpoint.otherwise = fail(503)
    broken = run("solve", QUESTION, "--session", "demo one")
    assert broken.exit_code == 1
    assert 'optwright solve --session "demo one"' in broken.stderr
    endpoint.otherwise = replies.SIMPLE
    result = run("solve", "--session", "demo one", "--json")
    assert (result.exit_code, json.loads(result.stdout)["objective"]) == (0, 3.0)
    calls = len(endpoint.bodies)
    assert run("solve", "--session", "demo one").exit_code == 0
    assert len(endpoint.bodies) == calls  # a finished session is told again, not run again


def test_hostile_names_reach_no_terminal(run, endpoint):
    endpoint.otherwise = replies.scalar(
        "maximize x",
        {"[/nonsense] limit": "x <= 3"},
        {"x": "real [bold red]x[/] \x1b[2J"},
        goal="[link=http://evil]\x1b]0;owned\x07 \u202e :bomb: profit",
        unit="[/]$",
    )
    result = run("solve", QUESTION)
    assert result.exit_code == 0, result.output
    assert not {"\x1b", "\x07", "\u202e", "\N{BOMB}"} & set(result.output)
    assert "[link=http://evil]" in result.stdout and "[/nonsense] limit" in result.stdout


def test_a_budget_of_no_calls_ends_without_an_answer(run, endpoint):
    result = run("solve", QUESTION, "--budget-calls", "0", "--json")
    assert (result.exit_code, json.loads(result.stdout)["status"]) == (1, "failed")
    assert endpoint.bodies == []


def test_the_model_can_be_named(run, endpoint):
    endpoint.otherwise = replies.SIMPLE
    run("solve", QUESTION, "--model", "another")
    assert endpoint.bodies[0]["model"] == "another"


@pytest.mark.slow
def test_the_process_prints_one_json_object(spawn, endpoint):
    endpoint.otherwise = replies.SIMPLE
    done = spawn("solve", QUESTION, "--json")
    assert (done.returncode, json.loads(done.stdout)["objective"], done.stderr) == (0, 3.0, "")


@pytest.mark.slow
def test_ctrl_c_ends_with_130_and_the_way_to_resume(endpoint):
    endpoint.otherwise = say(replies.SIMPLE, delay_s=30)
    process = subprocess.Popen(
        [sys.executable, "-m", "agent.cli", "solve", QUESTION, "--session", "s", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OPENAI_BASE_URL": endpoint.url, "OPTWRIGHT_MODEL": "m"},
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.SIG_DFL
        ),  # a script's background jobs ignore it
    )
    deadline = time.monotonic() + 60
    while not endpoint.bodies and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err
    assert 'optwright solve --session "s"' in json.loads(out)["error"]["message"]
