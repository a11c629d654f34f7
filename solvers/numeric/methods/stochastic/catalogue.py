"""The optimizers for sums by name: optax's where it has them, else ours."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import optax
from optax import contrib

from solvers.numeric.methods.stochastic.adam_family import (
    scale_by_adamp,
    scale_by_diffgrad,
    scale_by_exadam,
)
from solvers.numeric.methods.stochastic.frugal import scale_by_frugal

Rate = Callable[[Any], Any]
"""The rate at a step count."""


def _as_is(state: Any, parameters: Any) -> Any:
    del state
    return parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """An optimizer.

    Attributes:
        source: the paper.
        build: its optax transformation for a rate.
        largest: of the rates that a search tries; None where no rate is needed.
        decays: whether the rate falls by default.
        evaluated: the point to judge, from state and parameters.
        cost: gradients that a step spends for one of its samples.
    """

    source: str
    build: Callable[[Rate], Any]
    largest: float | None
    decays: bool = True
    evaluated: Callable[[Any, Any], Any] = _as_is
    cost: float = 1.0


def _scaled(scale: Any) -> Callable[[Rate], Any]:
    return lambda rate: optax.chain(scale, optax.scale_by_learning_rate(rate))


def _schedule_free(rate: Rate) -> Any:
    return contrib.schedule_free(optax.adam(rate, b1=0.0), rate, b1=0.9)


METHODS: dict[str, Method] = {
    "sgd": Method(
        source="stochastic gradients with momentum 0.9 (optax)",
        build=lambda rate: optax.sgd(rate, momentum=0.9), largest=3.0,
    ),
    "adam": Method(source="Adam, arXiv:1412.6980 (optax)", build=optax.adam, largest=0.3),
    "adabelief": Method(source="AdaBelief, arXiv:2010.07468 (optax)", build=optax.adabelief, largest=0.3),
    "lion": Method(
        source="Symbolic Discovery of Optimization Algorithms, arXiv:2302.06675 (optax)",
        build=lambda rate: optax.lion(rate, weight_decay=0.0), largest=0.1,
    ),
    "adan": Method(source="Adan, arXiv:2208.06677 (optax)", build=optax.adan, largest=0.3),
    "sophia": Method(
        source="Sophia, arXiv:2305.14342 (optax)",
        build=lambda rate: contrib.sophia(rate, weight_decay=0.0), largest=0.3,
        cost=1.2,  # one product of the Hessian, two gradients' worth, in ten steps
    ),
    "prodigy": Method(
        source="Prodigy, arXiv:2306.06101 (optax)", build=contrib.prodigy, largest=None,
    ),
    "schedule-free": Method(
        source="The Road Less Scheduled, arXiv:2405.15682 (optax)", build=_schedule_free, largest=0.3,
        decays=False, evaluated=contrib.schedule_free_eval_params,
    ),
    "adamp": Method(source="AdamP, arXiv:2006.08217", build=_scaled(scale_by_adamp()), largest=0.3),
    "diffgrad": Method(source="diffGrad, arXiv:1909.11015", build=_scaled(scale_by_diffgrad()), largest=0.3),
    "exadam": Method(source="EXAdam, arXiv:2412.20302", build=_scaled(scale_by_exadam()), largest=0.3),
    "frugal": Method(source="FRUGAL, arXiv:2411.07837", build=_scaled(scale_by_frugal()), largest=0.1),
    "adadagrad": Method(
        source="AdAdaGrad, arXiv:2402.11215 (AdaGrad of optax)",
        build=lambda rate: optax.adagrad(rate, initial_accumulator_value=0.0), largest=1.0, decays=False,
    ),
}  # fmt: skip
