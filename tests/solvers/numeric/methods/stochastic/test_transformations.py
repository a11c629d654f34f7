"""The optax transformations of ours: their equations, and the invariances that the papers state."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from solvers.numeric.methods.stochastic.adam_family import (
    scale_by_adamp,
    scale_by_diffgrad,
    scale_by_exadam,
)
from solvers.numeric.methods.stochastic.frugal import scale_by_frugal


def steps(transformation, gradients, parameters):
    """The steps for some gradients, one after another, at fixed parameters."""
    state, found, update = transformation.init(parameters), [], jax.jit(transformation.update)
    for gradient in gradients:
        step, state = update(gradient, state, parameters)
        found.append(step)
    return found


@pytest.fixture
def gradients():
    return list(np.random.default_rng(0).normal(size=(6, 5)))


def test_adamp_is_adam_where_the_gradient_has_a_radial_part(gradients):
    weights = jnp.ones(5)
    radial = [gradient + 3.0 for gradient in gradients]
    ours = steps(scale_by_adamp(), radial, weights)
    assert np.allclose(ours, steps(optax.scale_by_adam(), radial, weights), rtol=1e-6)


def test_adamp_takes_no_radial_step_on_scale_invariant_weights(gradients):
    weights = jnp.arange(1.0, 6.0)
    tangential = [g - weights * (weights @ g) / (weights @ weights) for g in gradients]
    for step in steps(scale_by_adamp(), tangential, weights):
        assert abs(float(step @ weights)) < 1e-6 * float(jnp.linalg.norm(step) * jnp.linalg.norm(weights))


def test_adamp_keeps_the_length_of_weights_that_the_loss_sees_no_scale_of():
    target = jnp.array([3.0, -1.0, 2.0])

    def lengths(scale):
        w, optimizer = jnp.array([1.0, 2.0, 3.0]), optax.chain(scale, optax.scale(-0.02))
        slope = jax.grad(lambda v: -(v @ target) / jnp.linalg.norm(v))

        def step(carry, _):
            change, state = optimizer.update(slope(carry[0]), carry[1], carry[0])
            return (carry[0] + change, state), None

        w = jax.jit(lambda w: jax.lax.scan(step, (w, optimizer.init(w)), None, length=100)[0][0])(w)
        return float(jnp.linalg.norm(w))

    begun = float(jnp.linalg.norm(jnp.array([1.0, 2.0, 3.0])))
    assert abs(lengths(scale_by_adamp()) - begun) < 0.1 * abs(lengths(optax.scale_by_adam()) - begun)


def test_adamp_projects_the_rows_of_a_matrix_on_their_own():
    weights = jnp.array([[1.0, 0.0], [0.0, 2.0]])
    gradient = jnp.array([[0.0, 1.0], [1.0, 0.0]])
    (step,) = steps(scale_by_adamp(), [gradient], weights)
    assert np.allclose(jnp.sum(step * weights, axis=1), 0.0, atol=1e-7)


def test_diffgrad_halves_adams_step_where_the_gradient_stands_still():
    same = [np.array([1.0, -2.0])] * 4
    ours, adam = (
        steps(scale_by_diffgrad(), same, jnp.zeros(2)),
        steps(optax.scale_by_adam(), same, jnp.zeros(2)),
    )
    assert np.allclose(ours[1:], 0.5 * np.array(adam[1:]), rtol=1e-6)
    assert np.allclose(ours[0], adam[0] / (1 + np.exp(-np.abs(same[0]))), rtol=1e-6)


def test_exadam_follows_its_equations(gradients):
    m = v = np.zeros(5)
    for t, (g, step) in enumerate(
        zip(gradients, steps(scale_by_exadam(), gradients, jnp.zeros(5)), strict=True), 1
    ):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        d1 = 1 + v / (v + 1e-8) * 0.999**t
        d2 = 1 + m**2 / (m**2 + 1e-8) * 0.9**t
        up = m / (1 - 0.9**t) * d1 + g / (1 - 0.9**t) * d1
        assert np.allclose(step, up / (np.sqrt(v / (1 - 0.999**t) * d2) + 1e-8), rtol=1e-6)


def test_frugal_with_all_coordinates_is_adam_and_with_few_signs(gradients):
    whole = steps(scale_by_frugal(share=1.0), gradients, jnp.zeros(5))
    assert np.allclose(whole, steps(optax.scale_by_adam(), gradients, jnp.zeros(5)), rtol=1e-5)
    state = scale_by_frugal(share=0.2).init(jnp.zeros(5))
    assert state.first.size == state.second.size == 1
    step = steps(scale_by_frugal(share=0.2, sign_factor=0.5), gradients, jnp.zeros(5))[-1]
    assert np.sum(np.isclose(step, 0.5 * np.sign(gradients[-1]))) >= 4


@pytest.mark.parametrize("scale", [scale_by_adamp, scale_by_diffgrad, scale_by_exadam, scale_by_frugal])
def test_they_take_trees_and_can_be_vmapped(scale):
    tree = {"a": jnp.ones((2, 3)), "b": jnp.ones(())}
    (step,) = steps(scale(), [tree], tree)
    assert jax.tree.map(jnp.shape, step) == jax.tree.map(jnp.shape, tree)
    many = jax.vmap(lambda g: steps(scale(), [g], jnp.ones(4))[0])(jnp.arange(1.0, 13.0).reshape(3, 4))
    assert many.shape == (3, 4) and bool(jnp.all(jnp.isfinite(many)))
