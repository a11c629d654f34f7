"""The numerical optimizer: smooth models compiled once, and solved from many starts or for many data side by side.

Its names are imported on first use, since they load JAX.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from solvers.numeric.certificate import PointCertificate as PointCertificate
    from solvers.numeric.certificate import certify_point as certify_point
    from solvers.numeric.errors import NLError as NLError
    from solvers.numeric.errors import TooLarge as TooLarge
    from solvers.numeric.fitting.curve import fit_of as fit_of
    from solvers.numeric.fitting.form import CurveFit as CurveFit
    from solvers.numeric.fitting.form import DataSet as DataSet
    from solvers.numeric.implicit import sensitivities as sensitivities
    from solvers.numeric.implicit import solution_map as solution_map
    from solvers.numeric.least_squares import fit_curves as fit_curves
    from solvers.numeric.methods.answer import MethodResult as MethodResult
    from solvers.numeric.methods.bilevel.record import Bilevel as Bilevel
    from solvers.numeric.methods.blackbox.bandit import SmoothBandit as SmoothBandit
    from solvers.numeric.methods.blackbox.pareto import Front as Front
    from solvers.numeric.methods.blackbox.problems import BlackBox as BlackBox
    from solvers.numeric.methods.blackbox.problems import Fidelities as Fidelities
    from solvers.numeric.methods.blackbox.problems import ParetoBox as ParetoBox
    from solvers.numeric.methods.blackbox.problems import Ranked as Ranked
    from solvers.numeric.methods.blackbox.problems import SolveSequence as SolveSequence
    from solvers.numeric.methods.blackbox.problems import Training as Training
    from solvers.numeric.methods.composite.record import Composite as Composite
    from solvers.numeric.methods.problems import OverSet as OverSet
    from solvers.numeric.methods.problems import Sum as Sum
    from solvers.numeric.methods.sets import Box as Box
    from solvers.numeric.methods.sets import L1Ball as L1Ball
    from solvers.numeric.methods.sets import Simplex as Simplex
    from solvers.numeric.methods.transport.form import TransportForm as TransportForm
    from solvers.numeric.methods.transport.record import Transport as Transport
    from solvers.numeric.minimization import minimize as minimize
    from solvers.numeric.outcome import Outcome as Outcome
    from solvers.numeric.remote import Service as Service
    from solvers.numeric.result import Optimum as Optimum
    from solvers.numeric.result import Result as Result

_HOME = {
    "Bilevel": "methods.bilevel.record",
    "BlackBox": "methods.blackbox.problems",
    "Box": "methods.sets",
    "Composite": "methods.composite.record",
    "CurveFit": "fitting.form",
    "DataSet": "fitting.form",
    "Fidelities": "methods.blackbox.problems",
    "Front": "methods.blackbox.pareto",
    "L1Ball": "methods.sets",
    "MethodResult": "methods.answer",
    "NLError": "errors",
    "Optimum": "result",
    "Outcome": "outcome",
    "OverSet": "methods.problems",
    "ParetoBox": "methods.blackbox.problems",
    "PointCertificate": "certificate",
    "Ranked": "methods.blackbox.problems",
    "Result": "result",
    "Service": "remote",
    "Simplex": "methods.sets",
    "SmoothBandit": "methods.blackbox.bandit",
    "SolveSequence": "methods.blackbox.problems",
    "Sum": "methods.problems",
    "TooLarge": "errors",
    "Transport": "methods.transport.record",
    "TransportForm": "methods.transport.form",
    "Training": "methods.blackbox.problems",
    "certify_point": "certificate",
    "fit_curves": "least_squares",
    "fit_of": "fitting.curve",
    "minimize": "minimization",
    "sensitivities": "implicit",
    "solution_map": "implicit",
}
__all__ = sorted(_HOME)
_EXTRA = ("jax", "optax", "optimistix")


def __getattr__(name: str) -> Any:
    """Import on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'solvers.numeric' has no attribute {name!r}")
    try:
        return getattr(import_module(f"solvers.numeric.{_HOME[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        from solvers.errors import EngineMissing

        raise EngineMissing(
            f'the numerical optimizer needs {error.name}: pip install "optwright[serve]"'
        ) from None


def __dir__() -> list[str]:
    """The public names, which complete in a shell before they are imported."""
    return list(__all__)
