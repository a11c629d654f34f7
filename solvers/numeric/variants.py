"""Many data sets of one model: parsed once, each with its own limits."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from solvers.errors import ModelError
from solvers.numeric.nl.model import Floats, NLModel
from solvers.numeric.wire import Variant


def varied(model: NLModel, variants: Sequence[Variant]) -> list[NLModel]:
    """The model with the limits and the start of each variant.

    Raises:
        ModelError: a list has another length than the model, a lower limit is above the upper one, or a row is an
            equality in one variant and none in another, which would be another structure.
    """
    return [_one(model, variant, place) for place, variant in enumerate(variants)]


def _one(model: NLModel, variant: Variant, place: int) -> NLModel:
    def limits(name: str, end: float) -> Floats:
        given, own = getattr(variant, name), getattr(model, name)
        if given is None:
            return np.asarray(own, float)
        if len(given) != len(own):
            raise ModelError(f"variant {place}: {name} has {len(given)} values; the model has {len(own)}")
        return np.array([end if one is None else one for one in given], float)

    lower, row_lower = limits("lower", -math.inf), limits("row_lower", -math.inf)
    upper, row_upper = limits("upper", math.inf), limits("row_upper", math.inf)
    for low, high, what in ((lower, upper, "variable"), (row_lower, row_upper, "row")):
        if (low > high).any():
            raise ModelError(
                f"variant {place}: the lower limit of {what} {int(np.argmax(low > high))} is above its upper one"
            )
    changed = (row_lower == row_upper) != (model.row_lower == model.row_upper)
    if changed.any():
        raise ModelError(
            f"variant {place}: row {int(np.argmax(changed))} is an equality in the model or the variant, but not "
            "in both; send it as a model of its own"
        )
    return replace(
        model, lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper, start=limits("start", 0.0)
    )
