"""What can be taken away: program, formulation, answer, values, model files, notebook."""

import csv
import io
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent.errors import AgentError
from agent.formulation.compile import compile_model
from agent.solution import Solution
from solvers import ModelClass, classify
from ui import safe_text
from ui.presenters import value_tables

_LINEAR = (ModelClass.LP, ModelClass.MILP)
_SETUP = """import agent
from agent.data import Tables
from agent.formulation import Formulation"""


@dataclass(frozen=True, slots=True)
class Download:
    """A file that is made when it is asked for; `key` names its button."""

    key: str
    label: str
    file_name: str
    mime: str
    content: Callable[[], str]


def downloads(solution: Solution) -> list[Download]:
    """The files that a solution can be taken away as."""
    formulation = solution.formulation
    if formulation is None:
        return [_answer(solution)]
    files = [
        Download("script", "Pyomo program", "model.py", "text/x-python", solution.script),
        Download(
            "notebook",
            "Notebook",
            "model.ipynb",
            "application/x-ipynb+json",
            lambda: notebook(solution),
        ),
        Download(
            "formulation",
            "Formulation (JSON)",
            "formulation.json",
            "application/json",
            lambda: formulation.model_dump_json(indent=2, exclude_defaults=True),
        ),
        _answer(solution),
    ]
    if solution.values:
        files.append(Download("csv", "Values (CSV)", "values.csv", "text/csv", lambda: values_csv(solution)))
    if classify(solution.model).model_class in _LINEAR:
        files += [
            Download("lp", "Model (LP)", "model.lp", "text/plain", lambda: model_file(solution, "lp")),
            Download("mps", "Model (MPS)", "model.mps", "text/plain", lambda: model_file(solution, "mps")),
        ]
    return files


def _answer(solution: Solution) -> Download:
    return Download("json", "Answer (JSON)", "answer.json", "application/json", solution.to_json)


def values_csv(solution: Solution) -> str:
    """The values, a row for each; a cell that a spreadsheet could take for a formula is made plain text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["variable", "index", "value", "unit"])
    for table in value_tables(solution):
        for row in table.rows:
            if table.name == "decisions":
                name, _, value, unit = row
                index = ""
            else:
                *parts, value = row
                name, index, unit = table.name, ", ".join(map(str, parts)), table.unit
            writer.writerow([safe_text.cell(name), safe_text.cell(index), value, safe_text.cell(unit)])
    return text.getvalue()


def model_file(solution: Solution, kind: str) -> str:
    """The model in a file format of solvers, `lp` or `mps`, with the formulation's names.

    Raises:
        AgentError: the model cannot be written in it.
    """
    model = compile_model(solution.instance)  # a fresh one: writing leaves its marks on a model
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model.{kind}"
        try:
            model.write(str(path), io_options={"symbolic_solver_labels": True})
        except (ValueError, RuntimeError) as error:
            raise AgentError(f"the model cannot be written as {kind.upper()}: {error}") from None
        return path.read_text(encoding="utf-8")


def notebook(solution: Solution) -> str:
    """A notebook (nbformat 4.5) that solves the same formulation on the same data, and shows both."""
    assert solution.formulation is not None  # only such solutions offer it
    formulation = solution.formulation.model_dump_json(exclude_defaults=True)
    data = json.dumps(solution.tables.dump(), ensure_ascii=True)
    cells = [
        _markdown(f"# Optwright\n\n{safe_text.markdown(solution.state.question)}"),
        _code(_SETUP),
        _code(f"formulation = Formulation.model_validate_json({formulation!r})"),
        _code(f"import json\n\ndata = Tables.from_dump(json.loads({data!r}))"),
        _code("solution = agent.solve_formulation(formulation, data)\nsolution"),
        _code("print(solution.markdown())"),
    ]
    document = {
        "cells": [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1)


def _markdown(text: str) -> dict[str, object]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(text: str) -> dict[str, object]:
    return {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": text}
