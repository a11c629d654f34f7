"""What a curve fit's form refuses, each time by the field's name."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from solvers.numeric import CurveFit
from solvers.numeric.fitting.form import MOST_SETS

FORM: dict[str, Any] = {
    "model": "g3\n",
    "parameters": [0, 1],
    "inputs": [2],
    "shared_inputs": [[0.0, 1.0, 2.0]],
    "sets": [{"observed": [1, 2, 3]}, {"inputs": [[0.0, 1.0]], "observed": [1, 2], "start": [1, 1]}],
}


def test_a_data_set_has_the_shared_inputs_unless_it_has_its_own() -> None:
    form = CurveFit.model_validate_json(json.dumps(FORM))
    assert [form.inputs_of(one) for one in form.sets] == [[[0.0, 1.0, 2.0]], [[0.0, 1.0]]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parameters": [0, 2]}, "parameters and inputs: a variable stands there twice"),
        ({"parameters": []}, "parameters\n"),
        ({"parameters": [-1]}, "parameters.0\n"),
        ({"inputs": [2, 3]}, r"shared_inputs has 1 lists; the curve has 2 inputs"),
        ({"shared_inputs": [[]]}, "shared_inputs.0\n"),
        ({"shared_inputs": None}, r"sets.0.inputs: it has none, and there are no shared_inputs"),
        ({"sets": []}, "sets\n"),
        ({"sets": [{"observed": [1, 2]}]}, r"sets.0.observed has 2 values; its inputs have 3"),
        ({"sets": [{"start": [1]}]}, r"sets.0.start has 1 values; there are 2 parameters"),
        ({"sets": [{"inputs": [[1.0], [2.0]]}]}, r"sets.0.inputs has 2 lists; the curve has 1 inputs"),
        ({"sets": [{"observed": [1, 2, "3"]}]}, "sets.0.observed.2\n"),
        ({"sets": [{"observed": [1, 2, float("inf")]}]}, "sets.0.observed.2\n"),
        ({"sets": [{"weights": [1, 2, 3]}]}, "sets.0.weights\n"),
        ({"sets": [{}] * (MOST_SETS + 1)}, "sets\n"),
        ({"code": "import os"}, "code\n"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CurveFit.model_validate_json(json.dumps(FORM | change))


def test_columns_of_a_data_set_are_of_one_length() -> None:
    ragged = {"inputs": [2, 3], "shared_inputs": None, "sets": [{"inputs": [[1.0, 2.0], [1.0]]}]}
    with pytest.raises(ValidationError, match=r"sets\.0\.inputs\.1 has 1 values; sets\.0\.inputs\.0 has 2"):
        CurveFit.model_validate_json(json.dumps(FORM | ragged))


def test_all_points_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solvers.numeric.fitting.form.MOST_POINTS", 4)
    with pytest.raises(ValidationError, match="sets: they have 5 points together; the limit is 4"):
        CurveFit.model_validate_json(json.dumps(FORM))
