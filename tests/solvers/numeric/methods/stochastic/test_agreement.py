"""Optimizers by name against the libraries' own, stepped by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from optax import contrib

from solvers.numeric import Sum, minimize

DRAW = np.random.default_rng(0)
A = DRAW.normal(size=(32, 4))
B = A @ np.array([1.0, -2.0, 0.5, 3.0]) + 0.1 * DRAW.normal(size=32)
RATE, STEPS = 0.02, 25

LIBRARY = {
    "adabelief": optax.adabelief(RATE),
    "lion": optax.lion(RATE, weight_decay=0.0),
    "adan": optax.adan(RATE),
    "sophia": contrib.sophia(RATE, weight_decay=0.0),
    "prodigy": contrib.prodigy(RATE),
    "schedule-free": contrib.schedule_free(optax.adam(RATE, b1=0.0), RATE, b1=0.9),
}


def loss(x, a, b):
    return jnp.log(jnp.cosh(a @ x - b))


def whole(x):
    return jnp.mean(jax.vmap(lambda a, b: loss(x, a, b))(jnp.asarray(A), jnp.asarray(B)))


@pytest.mark.parametrize("name", LIBRARY)
def test_a_method_by_name_takes_the_steps_of_the_library(name: str) -> None:
    epochs = STEPS * 1.2 if name == "sophia" else STEPS  # its products with the Hessian are charged
    problem = Sum(loss, (A, B), batch_size=32, epochs=epochs + 0.01, rate=RATE, schedule="constant")
    found = minimize(problem, np.zeros(4), method=name)
    optimizer = optax.with_extra_args_support(LIBRARY[name])

    @jax.jit
    def step(x, state):
        change, state = optimizer.update(jax.grad(whole)(x), state, x, obj_fn=whole)
        return optax.apply_updates(x, change), state

    x = jnp.zeros(4)
    state = optimizer.init(x)
    for _ in range(STEPS):
        x, state = step(x, state)
    if name == "schedule-free":
        x = contrib.schedule_free_eval_params(state, x)
    assert found.iterations == STEPS
    assert found.x == pytest.approx(np.asarray(x), rel=1e-6, abs=1e-9)
