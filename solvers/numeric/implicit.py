"""How solutions move when data move: by the implicit function theorem, without solving again."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import optimistix

from solvers.errors import ModelError
from solvers.numeric.certificate import certify_point
from solvers.numeric.nl.evaluate import Evaluator
from solvers.numeric.nl.model import Floats, NLModel

ACTIVE = 1e-6
LARGEST = 2_000


def sensitivities(model: NLModel, x: Floats, y: Floats) -> Floats:
    """How a local optimum moves per unit of each row's limit: dx*/db, (n, m); 0 of rows that are slack.

    From the first-order conditions with the active set held: [H A'; A 0] [dx; dy] = [0; db] of free variables and
    active rows. Source: Fiacco, Introduction to Sensitivity and Stability Analysis in Nonlinear Programming (1983).

    Args:
        model: as it was read.
        x: the optimum, (n,).
        y: its multipliers, the change of the objective per unit of each row's limit, (m,).

    Raises:
        ModelError: the point is no strict local optimum, so that its motion is not defined, or is too large.
    """
    if model.variables > LARGEST:
        raise ModelError(f"sensitivities are dense; {model.variables} variables are more than {LARGEST}")
    certificate = certify_point(model, x, y)
    if certificate.kind != "local minimum":
        raise ModelError(
            f"the point is {certificate.kind}, not a strict local optimum; its motion is not defined"
        )
    evaluator = Evaluator(model)
    rows = evaluator.values(x).rows
    margin = ACTIVE * np.maximum(1.0, np.abs(rows))
    is_active = (rows - model.row_lower <= margin) | (model.row_upper - rows <= margin)
    room = ACTIVE * np.maximum(1.0, np.abs(x))
    is_free = (x - model.lower > room) & (model.upper - x > room)
    hessian = evaluator.hessian(x, 1.0, -y)[np.ix_(is_free, is_free)]
    jacobian = evaluator.jacobian(x)[is_active][:, is_free]
    count, active = int(is_free.sum()), int(is_active.sum())
    matrix = np.block([[hessian, jacobian.T], [jacobian, np.zeros((active, active))]])
    right = np.concatenate((np.zeros((count, active)), np.eye(active)))
    moves = np.linalg.lstsq(matrix, right, rcond=None)[0][:count]
    found = np.zeros((model.variables, model.rows))
    found[np.ix_(is_free, is_active)] = moves
    return found


def solution_map(
    objective: Callable[[Any, Any], Any], start: Any, *, tolerance: float = 1e-10
) -> Callable[[Any], Any]:
    """A function of parameters p that gives the x at which grad f(x, p) = 0, and can be differentiated by JAX.

    Its derivative is that of the implicit function, one linear solve, whatever the number of steps to the solution.

    Args:
        objective: f(x, p) written with `jax.numpy`.
        start: (n,) where the search begins.
        tolerance: of Newton's method on the gradient.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from solvers.numeric import solution_map
        >>> best = solution_map(lambda x, p: jnp.sum((x - p) ** 2) + p * jnp.sum(x**2), jnp.zeros(1))
        >>> float(round(jax.grad(lambda p: best(p)[0])(1.0), 4))
        0.25
    """
    method: Any = optimistix.Newton(rtol=tolerance, atol=tolerance)
    slope = jax.grad(objective)

    def solution(parameters: Any) -> Any:
        found: Any = optimistix.root_find(
            slope, method, start, parameters, adjoint=optimistix.ImplicitAdjoint()
        )
        return found.value

    return solution
