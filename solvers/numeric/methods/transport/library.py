"""Transport by POT, the library: its network simplex, and sparsity by its semi-dual."""

import contextlib
import io
import warnings
from typing import Any

import numpy as np

from solvers.errors import EngineMissing
from solvers.numeric.methods.transport.plans import Found, Masses
from solvers.numeric.outcome import Outcome

MOST_PIVOTS, MOST_STEPS = 10_000_000, 2_000


def _pot() -> Any:
    try:
        with warnings.catch_warnings(action="ignore"):  # it tries whichever array libraries are installed
            import ot
    except ModuleNotFoundError as error:
        if error.name != "ot":
            raise
        raise EngineMissing('exact and sparse transport need POT: pip install "optwright[serve]"') from None
    return ot


def solve_exact(masses: Masses) -> Found:
    """An optimal plan by network simplex; its time cannot be limited.

    Source: Bonneel et al., Displacement Interpolation Using Lagrangian Mass Transport (2011), as `ot.emd`.
    """
    pot = _pot()
    with warnings.catch_warnings(
        action="ignore"
    ):  # a limit that was reached is told by the result's code, too
        plan, told = pot.emd(masses.source, masses.target, masses.cost, numItermax=MOST_PIVOTS, log=True)
    outcome = Outcome.SOLVED if told["warning"] is None else Outcome.LIMIT
    return Found(np.asarray(plan), np.asarray(told["u"]), outcome, 0.0, 0, 0)


def solve_sparse(masses: Masses, reg: float, nonzeros: int) -> Found:
    """A plan of at most so many nonzeros in a column, by the semi-dual, which leaves the rows' sums inexact.

    The columns' sums are met. The rows' are where the relaxation behind the semi-dual is tight.
    Source: Liu, Puigcerver and Blondel, Sparsity-Constrained Optimal Transport, arXiv:2209.15466, as `ot.smooth`.
    """
    pot = _pot()
    binds = nonzeros < len(masses.source)
    # POT 0.9.7 prints a shape at every evaluation, and gives SciPy an option that is no more from SciPy 1.18 on.
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(action="ignore"):
        plan, told = pot.smooth.smooth_ot_semi_dual(
            masses.source, masses.target, masses.cost, reg * len(masses.target),
            reg_type="sparsity_constrained" if binds else "l2", max_nz=nonzeros if binds else None,
            numItermax=MOST_STEPS, log=True,
        )  # fmt: skip
    plan, search = np.asarray(plan), told["res"]
    error = float(np.abs(plan.sum(1) - masses.source).sum())
    return Found(plan, np.asarray(told["alpha"]), Outcome.STALLED, error, int(search.nfev), int(search.nit))
