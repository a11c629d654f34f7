"""What is taken away works elsewhere."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import highspy
import pytest

import agent
from agent.formulation import Constraint, Formulation, IndexSet, Objective, Parameter, Sense, Variable
from ui.downloads import downloads, model_file, notebook, values_csv


def keys_of(solution: agent.Solution) -> list[str]:
    return [file.key for file in downloads(solution)]


def test_a_linear_model_can_be_taken_away_in_every_form(bakery: agent.Solution) -> None:
    assert keys_of(bakery) == ["script", "notebook", "formulation", "json", "csv", "lp", "mps"]
    assert all(file.content() for file in downloads(bakery))


def test_without_a_plan_there_are_no_values(impossible: agent.Solution) -> None:
    assert "csv" not in keys_of(impossible) and "script" in keys_of(impossible)


def test_a_nonlinear_model_has_no_linear_file() -> None:
    curve = Formulation(
        variables=(Variable(name="x", upper=4.0),),
        objective=Objective(sense=Sense.MINIMIZE, expression="exp(x) - 2*x"),
    )
    assert "lp" not in keys_of(agent.solve_formulation(curve))


@pytest.mark.parametrize("kind", ["lp", "mps"])
def test_another_solver_finds_the_same_optimum_in_the_file(
    bakery: agent.Solution, transport: agent.Solution, kind: str, tmp_path: Path
) -> None:
    for solution in (bakery, transport):
        path = tmp_path / f"model.{kind}"
        path.write_text(model_file(solution, kind))
        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.readModel(str(path))
        highs.run()
        assert abs(highs.getInfo().objective_function_value) == pytest.approx(solution.objective)


def test_the_values_have_a_row_for_each_entry(transport: agent.Solution) -> None:
    rows = list(csv.DictReader(io.StringIO(values_csv(transport))))
    assert {"variable": "ship", "index": "Graz, Wien", "value": "25.0", "unit": "t"} in rows


def test_a_cell_that_a_spreadsheet_could_run_is_plain_text() -> None:
    hostile = ("=HYPERLINK(0)", "@b")
    solution = agent.solve_formulation(
        Formulation(
            sets=(IndexSet(name="items", elements=hostile),),
            parameters=(Parameter(name="worth", indices=("items",), values=[1, 2]),),
            variables=(Variable(name="take", unit="+1", indices=("items",), upper=1.0),),
            objective=Objective(sense=Sense.MAXIMIZE, expression="sum(worth[i] * take[i] for i in items)"),
            constraints=(Constraint(name="room", expression="sum(take[i] for i in items) <= 2"),),
        )
    )
    for row in csv.DictReader(io.StringIO(values_csv(solution))):
        assert not row["index"].startswith(("=", "@")) and not row["unit"].startswith("+")


@pytest.mark.slow
def test_the_notebook_gives_the_same_answer(transport: agent.Solution) -> None:
    document = json.loads(notebook(transport))
    assert document["nbformat"] == 4 and len({cell["id"] for cell in document["cells"]}) == len(
        document["cells"]
    )
    code = "\n".join(cell["source"] for cell in document["cells"] if cell["cell_type"] == "code")
    command = [sys.executable, "-c", f"{code}\nprint(solution.objective)"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert float(done.stdout.splitlines()[-1]) == pytest.approx(transport.objective)


@pytest.mark.slow
def test_the_program_gives_the_same_answer(bakery: agent.Solution, tmp_path: Path) -> None:
    (script,) = [file for file in downloads(bakery) if file.key == "script"]
    path = tmp_path / script.file_name
    path.write_text(script.content())
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, timeout=60, check=True)
    assert "340" in done.stdout
