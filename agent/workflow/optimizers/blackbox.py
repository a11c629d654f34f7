"""Numbers, choices and truth values by a black-box library, without a language model and without reading runs."""

import math
from typing import Any

from agent.errors import ConfigError, WorkflowError
from agent.workflow.kinds import Boolean, Choice, Kind, Number
from agent.workflow.optimizers.protocol import Optimizer, Situation, Tried
from agent.workflow.proposals import Parsed


class BlackBox(Optimizer):
    """Optuna's tree-structured Parzen estimator, asked for one candidate at a time; needs the extra ``tune``."""

    needs_evidence = False

    def __init__(self, seed: int = 0) -> None:
        """Takes the seed of the sampler."""
        super().__init__()
        self._seed = seed
        self._study: Any = None
        self._told = 0

    def propose(self, situation: Situation) -> Parsed:
        """The next point.

        Raises:
            ConfigError: Optuna is not installed.
            WorkflowError: a parameter is no bounded number, choice or truth value.
        """
        try:
            import optuna
        except ImportError:
            raise ConfigError('numeric search needs Optuna: pip install "optwright[tune]"') from None
        space = {name: _distribution(optuna, name, p.kind) for name, p in situation.changeable.items()}
        if self._study is None or self._told > len(situation.history):
            self._begin(optuna)
        kinds = {name: parameter.kind for name, parameter in situation.changeable.items()}
        for tried in situation.history[self._told :]:
            self._tell(optuna, space, kinds, tried)
        self._told = len(situation.history)
        # A sampler of its own for each step: its chance must not depend on where a run was interrupted.
        self._study.sampler = optuna.samplers.TPESampler(seed=1_000 * self._seed + situation.step)
        trial = self._study.ask(space)
        self._study.tell(trial, state=optuna.trial.TrialState.FAIL)  # its score comes with the history
        values = {name: _decoded(trial.params[name], kind) for name, kind in kinds.items()}
        return Parsed(values=values)

    def _begin(self, optuna: Any) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._study = optuna.create_study(direction="maximize")
        self._told = 0

    def _tell(self, optuna: Any, space: dict[str, Any], kinds: dict[str, Kind], tried: Tried) -> None:
        params = {name: _encoded(tried.values[name], kind) for name, kind in kinds.items()}
        if tried.score is not None and math.isfinite(tried.score):
            self._study.add_trial(
                optuna.trial.create_trial(params=params, distributions=space, value=tried.score)
            )


def is_numeric(kind: Kind) -> bool:
    """Whether a black-box library can search over a kind."""
    is_bounded = isinstance(kind, Number) and math.isfinite(kind.low) and math.isfinite(kind.high)
    return is_bounded or isinstance(kind, Choice | Boolean)


def _distribution(optuna: Any, name: str, kind: Kind) -> Any:
    match kind:
        case Number(is_integer=True) if is_numeric(kind):
            return optuna.distributions.IntDistribution(math.ceil(kind.low), math.floor(kind.high))
        case Number() if is_numeric(kind):
            return optuna.distributions.FloatDistribution(kind.low, kind.high)
        case Boolean():
            return optuna.distributions.CategoricalDistribution([False, True])
        case Choice():
            return optuna.distributions.CategoricalDistribution(list(range(len(kind.options))))
    raise WorkflowError(
        f"the parameter {name} is {kind}; numeric search takes numbers with both bounds, choices and truth values"
    )


def _encoded(value: Any, kind: Kind) -> Any:
    return kind.options.index(value) if isinstance(kind, Choice) else value


def _decoded(value: Any, kind: Kind) -> Any:
    return kind.options[value] if isinstance(kind, Choice) else value
