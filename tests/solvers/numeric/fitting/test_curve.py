"""Curves from NL files and Pyomo models, and what is refused."""

import math

import numpy as np
import pyomo.environ as pyo
import pytest
from curves import decay_fit, decay_model, decay_sets
from numeric_models import hs71, nl_text

from solvers.errors import ModelError
from solvers.numeric import fit_of
from solvers.numeric.fitting.curve import curve_of

FIT = decay_fit(decay_sets([4]), bounds=(0, None))


def test_parameters_and_inputs_are_found_in_the_file_in_the_order_of_the_call() -> None:
    curve = curve_of(FIT)
    assert sorted([*FIT.parameters, *FIT.inputs]) == [0, 1, 2, 3]
    assert curve.start.tolist() == [1.0, 1.0, 0.0]
    assert curve.bounds is not None and curve.bounds[0].tolist() == [0.0, -math.inf, -math.inf]


def test_a_curve_without_bounds_has_none() -> None:
    assert curve_of(decay_fit(decay_sets([4]))).bounds is None


def whole_model() -> str:
    model = decay_model()
    model.a.domain = pyo.Integers
    return nl_text(model)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "no model\n"}, r"fit\.model: the NL file \(line 1, segment header\)"),
        ({"model": "x" * 2_000_000}, r"fit\.model: the NL file: it has 2000000 bytes"),
        ({"model": nl_text(hs71())}, r"fit\.model: it has 2 constraints"),
        ({"model": whole_model()}, r"fit\.model: 1 variables are whole"),
        ({"parameters": [0, 1, 9]}, r"fit\.parameters: there is no variable 9; the model has 4"),
        ({"inputs": [700]}, r"fit\.inputs: there is no variable 700"),
        ({"parameters": FIT.parameters[:2]}, r"fit\.parameters, fit\.inputs: variable . is neither"),
    ],
)
def test_a_form_that_does_not_fit_its_model_is_refused_by_its_field(
    change: dict[str, object], message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        curve_of(FIT.model_copy(update=change))


def test_bounds_that_cross_are_refused() -> None:
    with pytest.raises(ModelError, match=r"fit\.model: .* no value is at least 2 and at most 1"):
        curve_of(decay_fit(decay_sets([4]), bounds=(2, 1)))


def test_a_variable_that_the_curve_does_not_use_is_named() -> None:
    model = decay_model()
    model.idle = pyo.Var()
    with pytest.raises(ModelError, match="idle does not occur"):
        fit_of(model, parameters=[model.a, model.idle], inputs=[model.t], sets=decay_sets([4]))


def test_data_for_all_sets_are_shared() -> None:
    model = decay_model()
    times = np.linspace(0, 1, 5)
    sets = [one.model_copy(update={"inputs": None}) for one in decay_sets([5, 5])]
    fit = fit_of(
        model, parameters=[model.a, model.b, model.c], inputs=[model.t], sets=sets, shared_inputs=[times]
    )
    assert fit.inputs_of(fit.sets[1]) == [times.tolist()]
