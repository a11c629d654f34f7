"""``optwright tune`` and ``optwright workflow show``, from the data to the profile that ``solve`` uses."""

import json
import xml.etree.ElementTree as ElementTree

import pytest
from replies import scalar
from scripted_endpoint import serving

GOOD = "Count everything, exactly as the text says."


@pytest.fixture
def data(tmp_path):
    """Nine questions of which the largest x is asked."""
    path = tmp_path / "train.jsonl"
    lines = [{"question": f"How large can x be, if it is at most {n}?", "answer": n} for n in range(11, 20)]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


@pytest.fixture
def improvable(endpoint):
    """A model that is right only with good instructions, which it proposes when it is asked for better ones."""

    def answer(body):
        first, last = body["messages"][0]["content"], body["messages"][-1]["content"]
        if "<variables>" in last:
            return json.dumps({"reasoning": "be exact", "values": {"formulate_scalar": GOOD}})
        limit = int(last.split("at most ")[1].split("?")[0])
        seen = limit if GOOD in first else limit - 1
        return scalar("maximize x", {"x at most": f"x <= {seen}"}, {"x": "real x"})

    endpoint.otherwise = answer
    return endpoint


def tune(run, data, *options):
    return run("tune", "--data", str(data), "--only", "formulate_scalar", "--budget-calls", "80", *options)


def test_an_accepted_profile_is_saved_with_its_proof_and_used_by_solve(run, data, improvable, tmp_path):
    done = tune(run, data, "--profile", "mine", "--journal", str(tmp_path / "run.sqlite"))
    assert done.exit_code == 0, done.output
    assert "a better candidate was adopted" in done.stdout and "test: 0 -> 1 on 3 items" in done.stdout
    (file,) = (tmp_path / "state" / "profiles" / "mine").iterdir()
    kept = json.loads(file.read_text())
    assert file.name == "0001.json" and kept["tuning"]["instructions"] == {"formulate_scalar": GOOD}
    assert kept["test"]["after"] == 1.0 and kept["model"] == "m"
    question = "How large can x be, if it is at most 12?"
    assert json.loads(run("solve", question, "--json").stdout)["objective"] == 11
    assert json.loads(run("solve", question, "--json", "--profile", "mine").stdout)["objective"] == 12
    assert json.loads(run("solve", question, "--json", "--profile", "mine@1").stdout)["objective"] == 12


def test_few_items_can_be_judged_by_a_margin(run, data, improvable):
    split = ("--split", "2,2,2")  # of two items, no gain is significant
    assert "nothing better was found" in tune(run, data, *split, "--margin", "1").stdout
    assert "a gain of 1, more than 0.9" in tune(run, data, *split, "--margin", "0.9").stderr


def test_a_run_that_is_given_again_pays_for_nothing(run, data, improvable, tmp_path):
    journal = str(tmp_path / "run.sqlite")
    tune(run, data, "--journal", journal)
    before = len(improvable.requests)
    done = tune(run, data, "--journal", journal, "--json")
    assert len(improvable.requests) == before
    assert json.loads(done.stdout)["improved"] is True


def test_nothing_is_saved_where_nothing_is_better(run, data, endpoint, tmp_path):
    def answer(body):
        last = body["messages"][-1]["content"]
        if "<variables>" in last:
            return json.dumps(
                {"reasoning": "", "values": {"formulate_scalar": f"worse {len(endpoint.requests)}"}}
            )
        return scalar("maximize x", {"x at most": "x <= 1"}, {"x": "real x"})

    endpoint.otherwise = answer
    done = tune(run, data)
    assert done.exit_code == 0 and "nothing better was found" in done.stdout
    assert not (tmp_path / "state" / "profiles").exists()


def test_the_journal_is_shown_as_table_candidate_json_and_picture(run, data, improvable, tmp_path):
    journal, picture = str(tmp_path / "run.sqlite"), tmp_path / "tree.svg"
    tune(run, data, "--journal", journal)
    table = run("workflow", "show", journal, "--picture", str(picture)).stdout
    assert "start    candidate 0" in table and "adopted  candidate 1 from 0" in table
    circles = ElementTree.parse(picture).getroot().iter("{http://www.w3.org/2000/svg}circle")
    assert len(list(circles)) == 2
    one = run("workflow", "show", journal, "--candidate", "0").stdout
    assert "formulate_scalar = You turn" in one and "wrong: the objective is" in one
    everything = json.loads(run("workflow", "show", journal, "--json").stdout)
    assert everything["candidates"][1]["values"]["formulate_scalar"] == GOOD


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("tune", "--data", "DATA"), "tuning needs a budget"),
        (("tune", "--data", "DATA", "--budget-calls", "50", "--only", "nothing"), "no parameter 'nothing'"),
        (
            ("tune", "--data", "DATA", "--budget-calls", "50", "--only", "warned_weight"),
            "warned_weight changes nothing here",
        ),
        (("tune", "--data", "DATA", "--budget-calls", "50", "--profile", "a/b"), "cannot name a profile"),
        (("tune", "--data", "DATA", "--budget-calls", "50", "--split", "1,2"), "such as --split 12,20,40"),
        (("tune", "--data", "DATA", "--budget-calls", "50", "--split", "4,4,4"), "the data have 9 items"),
        (
            (
                "tune",
                "my:flow",
                "--score",
                "a:b",
                "--data",
                "DATA",
                "--budget-calls",
                "9",
                "--out",
                "no/x.json",
            ),
            "there is no folder no",
        ),
        (("tune", "--data", "no.jsonl", "--budget-calls", "50"), "no.jsonl cannot be read"),
        (("tune", "my:flow", "--data", "DATA", "--budget-calls", "50"), "needs --score"),
        (
            ("tune", "no_such:flow", "--score", "a:b", "--data", "DATA", "--budget-calls", "9"),
            "cannot be imported",
        ),
        (("tune", "flow", "--score", "a:b", "--data", "DATA", "--budget-calls", "9"), "MODULE:OBJECT"),
        (("workflow", "show", "no.sqlite"), "there is no journal no.sqlite"),
        (("solve", "x at most 3", "--profile", "none"), "there is no profile `none`"),
        (("solve", "x at most 3", "--profile", "mine@7"), "there is no profile `mine@7`"),
    ],
)
def test_what_cannot_work_is_said(run, data, arguments, message):
    done = run(*(str(data) if argument == "DATA" else argument for argument in arguments))
    assert done.exit_code == 1 and message in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"question": "x"}', "line 2: answer"),
        ("nonsense", "line 2 is no JSON"),
        ('{"answer": 1}', "line 2: question"),
    ],
)
def test_a_faulty_line_of_the_data_is_named(run, data, line, message):
    lines = data.read_text().splitlines()
    data.write_text("\n".join([lines[0], line, *lines[1:]]))
    assert message in " ".join(tune(run, data).stderr.split())


def test_another_model_at_another_endpoint_proposes(run, data, improvable, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-answers")
    with serving() as strong:
        strong.otherwise = lambda body: json.dumps(
            {"reasoning": "be exact", "values": {"formulate_scalar": GOOD}}
        )
        monkeypatch.setenv("OPTWRIGHT_PROPOSER_BASE_URL", strong.url)
        monkeypatch.setenv("OPTWRIGHT_PROPOSER_API_KEY", "sk-proposes")
        done = tune(run, data, "--proposer", "strong", "--split", "2,3,4", "--json")
    told = json.loads(done.stdout)
    assert told["improved"] is True and told["test"]["items"] == 4 and told["test"]["after"] == 1
    assert {body["model"] for body in strong.bodies} == {"strong"}
    assert {asked.headers["authorization"] for asked in strong.requests} == {"Bearer sk-proposes"}
    assert {body["model"] for body in improvable.bodies} == {"m"}
    assert {asked.headers["authorization"] for asked in improvable.requests} == {"Bearer sk-answers"}
    assert not any("<variables>" in body["messages"][-1]["content"] for body in improvable.bodies)
    spent = {(row["role"], row["model"]): row["calls"] for row in told["accounts"]}
    assert spent["propose", "strong"] == len(strong.bodies)
    assert spent["formulate", "m"] == len(improvable.bodies)
    assert sum(spent.values()) == told["calls"] <= 80


def test_the_key_for_answers_does_not_go_to_the_endpoint_that_proposes(run, data, improvable, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-answers")
    with serving() as strong:
        strong.models = ("the-one",)
        strong.otherwise = lambda body: json.dumps({"reasoning": "", "values": {"formulate_scalar": GOOD}})
        monkeypatch.setenv("OPTWRIGHT_PROPOSER_BASE_URL", strong.url)
        done = tune(run, data)
    assert done.exit_code == 0 and "propose (the-one)" in done.stdout
    assert not any("sk-answers" in value for asked in strong.requests for value in asked.headers.values())


def test_a_proposer_that_cannot_be_used_is_told_with_its_settings(run, data, endpoint, monkeypatch):
    with serving() as strong:
        strong.models = ("a", "b")
        monkeypatch.setenv("OPTWRIGHT_PROPOSER_BASE_URL", strong.url)
        done = tune(run, data)
    assert done.exit_code == 1 and "OPTWRIGHT_PROPOSER_" in done.stderr and not endpoint.bodies


def test_a_workflow_of_the_users_own_is_tuned(run, endpoint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "my_pipeline.py").write_text(
        "from agent.workflow import node\n"
        "greeting = node('hello', trainable=True)\n"
        "def answer(item):\n    return f\"{greeting.data} {item['name']}\"\n"
        "def score(output, item):\n    return float(output.startswith('Dear')), 'more polite'\n"
    )
    items = tmp_path / "items.jsonl"
    items.write_text("\n".join(json.dumps({"name": n}) for n in "abcdefghi"))
    endpoint.otherwise = lambda body: json.dumps({"reasoning": "", "values": {"greeting": "Dear"}})
    out = tmp_path / "best.json"
    done = run(
        *("tune", "my_pipeline:answer", "--score", "my_pipeline:score", "--data", str(items)),
        *("--budget-calls", "60", "--out", str(out)),
    )
    assert done.exit_code == 0, done.output
    assert json.loads(out.read_text()) == {"greeting": "Dear"} and "test: 0 -> 1" in done.stdout
