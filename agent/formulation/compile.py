"""An instance as a `pyomo.ConcreteModel` whose components carry the formulation's names."""

import math
from typing import Any

import pyomo.environ as pyo

from agent.formulation import logic
from agent.formulation.check import Rule
from agent.formulation.conditions import Conditions
from agent.formulation.emit import Emitter
from agent.formulation.faults import ExpressionFault, Fault, FaultyFormulation
from agent.formulation.instance import Instance, Key
from agent.formulation.model import Domain, Sense, Variable
from agent.formulation.syntax import Compare, Fold, Global, Logic, Node, Number
from agent.formulation.terms import Terms
from agent.formulation.violation import dummies_of
from solvers.combinatorial import declare

_DOMAINS = {Domain.REAL: pyo.Reals, Domain.INTEGER: pyo.Integers, Domain.BINARY: pyo.Binary}
AUXILIARY = "auxiliary"


def compile_model(instance: Instance) -> pyo.ConcreteModel:
    """The instance as a Pyomo model: sets, parameters, variables, objective and constraints by name.

    What has no direct row (min, max, abs, logic, global constraints) gets its extra variables and rows in the
    block `auxiliary`.

    Raises:
        FaultyFormulation: the data give an expression no value, or bounds that cross.
    """
    return _Builder(instance).build()


def component_name(name: str) -> str:
    """The name that an element has in a Pyomo model; one that Pyomo uses itself gets an underscore behind it.

    So does a name that is one of those with underscores behind, so that no two elements get the same name.
    """
    base = name.rstrip("_")
    is_taken = any(_is_pyomos(name[:length]) for length in range(len(base), len(name) + 1))
    return f"{name}_" if is_taken else name


def _is_pyomos(name: str) -> bool:
    return name == AUXILIARY or hasattr(pyo.ConcreteModel, name) or name in _INSTANCE_NAMES


_INSTANCE_NAMES = frozenset(vars(pyo.ConcreteModel())) | {"name", "doc", "objective"}


class _Builder:
    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.model = pyo.ConcreteModel(name=instance.formulation.title or None)
        self.variables: dict[str, dict[Key, Any]] = {}
        self.emitter = Emitter(instance, self.variables, self._new_binary, self._new_number, self._add_row)
        self.conditions = Conditions(self.emitter, self.variables, self._new_binary, self._new_number)

    def build(self) -> pyo.ConcreteModel:
        model = self.model
        for item in self.instance.formulation.sets:
            model.add_component(component_name(item.name), pyo.Set(initialize=self.instance.sets[item.name]))
        for parameter in self.instance.formulation.parameters:
            data: Any = self.instance.parameters[parameter.name]
            values = data if parameter.indices else data[()]
            component = pyo.Param(*self._sets(parameter.indices), initialize=values, within=pyo.Any)
            model.add_component(component_name(parameter.name), component)
        for variable in self.instance.formulation.variables:
            self._add_variable(variable)
        self._add_objective()
        for rule in self.instance.checked.rules:
            self._add_rule(rule)
        return model

    def _sets(self, indices: tuple[str, ...]) -> list[Any]:
        return [self.model.component(component_name(name)) for name in indices]

    def _add_variable(self, item: Variable) -> None:
        keys = self.instance.keys(item.indices)
        bounds = self._bounds(item, keys)
        component = pyo.Var(*self._sets(item.indices), domain=_DOMAINS[item.domain], bounds=bounds)
        self.model.add_component(component_name(item.name), component)
        if not item.indices:
            self.variables[item.name] = {(): component}
        else:
            self.variables[item.name] = dict(zip(keys, component.values(), strict=True))

    def _bounds(self, item: Variable, keys: list[Key]) -> Any:
        """One pair of bounds for all keys where they are plain numbers, else a rule giving each its pair."""
        lower, upper = self.instance.checked.bounds[item.name]
        if all(bound is None or isinstance(bound, Number) for bound in (lower, upper)):
            pair = tuple(bound.value if isinstance(bound, Number) else None for bound in (lower, upper))
            self._check_bounds(item, (), *pair)
            return pair
        data = self.emitter.data
        low, high = (None if bound is None else data.number(bound) for bound in (lower, upper))
        pairs: dict[Key, tuple[float | None, float | None]] = {}
        for key in keys:
            env = dummies_of(item.indices, key, self.instance)
            try:
                pairs[key] = (None if low is None else low(env), None if high is None else high(env))
            except ExpressionFault as fault:
                raise FaultyFormulation([fault.located(f"bounds of `{item.name}`", "")]) from None
            self._check_bounds(item, key, *pairs[key])
        if not item.indices:
            return pairs[()]
        return lambda _, *key: pairs[key[0] if len(key) == 1 else key]

    def _check_bounds(self, item: Variable, key: Key, low: float | None, high: float | None) -> None:
        message = ""
        for side, bound in (("lower", low), ("upper", high)):
            if bound is not None and not math.isfinite(bound):
                message = (
                    f"its {side} bound {bound:g} is no number to compute with; leave it out for no bound"
                )
        if not message and low is not None and high is not None and low > high:
            message = f"its lower bound {low:g} is above its upper bound {high:g}"
        if message:
            where = f"[{key}]" if key != () else ""
            raise FaultyFormulation([Fault(f"variable `{item.name}`{where}", message)])

    def _add_objective(self) -> None:
        objective = self.instance.formulation.objective
        terms = Terms(1 if objective.sense is Sense.MINIMIZE else -1)
        try:
            self.emitter.emit(self.instance.checked.objective)({}, 1.0, terms)
            if not terms.is_finite():
                raise ExpressionFault("the data give a number here that is not finite")
        except ExpressionFault as fault:
            raise FaultyFormulation(
                [fault.located("objective", self.instance.checked.objective_text)]
            ) from None
        sense = pyo.minimize if objective.sense is Sense.MINIMIZE else pyo.maximize
        self.model.objective = pyo.Objective(expr=terms.expression(), sense=sense)

    def _add_rule(self, rule: Rule) -> None:
        found: dict[Any, Any] = {}
        env: dict[str, Any] = {}
        names = [name for loop in rule.loops for name in loop.targets]
        is_single = isinstance(rule.body, Compare) and rule.body.operator != "!="
        self.conditions.written.clear()
        try:
            condition = self.conditions.condition(rule.body)
            for env in self.emitter.data.loops(rule.loops)({}):
                key = tuple(env[name] for name in names)
                rows = logic.rows(condition(env), self._new_binary)
                for number, (terms, is_equality) in enumerate(rows, start=1):
                    found[_flat(key if is_single else (*key, number))] = _relational(terms, is_equality)
        except ExpressionFault as fault:
            where = ", ".join(f"{name} = {env[name]!r}" for name in names if name in env)
            element = rule.element + (f" for {where}" if where else "")
            raise FaultyFormulation([fault.located(element, rule.text)]) from None
        is_alone = found.keys() == {()}
        component = pyo.Constraint(rule=lambda _: found[()]) if is_alone else pyo.Constraint(pyo.Any)
        self.model.add_component(component_name(rule.name), component)
        if not is_alone:
            for index, row in found.items():
                component.add(index, row)
        if _is_global(rule.body):
            declare(component, self.conditions.written)

    # Auxiliaries -------------------------------------------------------------------------------------------

    def _block(self) -> Any:
        block = self.model.component(AUXILIARY)
        if block is None:
            block = pyo.Block()
            self.model.add_component(AUXILIARY, block)
            block.choice = pyo.VarList(domain=pyo.Binary)
            block.value = pyo.VarList()
            block.row = pyo.ConstraintList()
        return block

    def _new_binary(self) -> Any:
        return self._block().choice.add()

    def _new_number(self, low: float, high: float, is_whole: bool) -> Any:
        var = self._block().value.add()
        var.domain = pyo.Integers if is_whole else pyo.Reals
        var.setlb(low if math.isfinite(low) else None)
        var.setub(high if math.isfinite(high) else None)
        return var

    def _add_row(self, terms: Terms, is_equality: bool) -> None:
        self._block().row.add(_relational(terms, is_equality))


def _is_global(node: Node) -> bool:
    """Whether a condition is nothing but global constraints, all of which hold."""
    match node:
        case Global():
            return True
        case Logic(operator="and", arguments=arguments) | Fold(operator="all", arguments=arguments):
            return all(map(_is_global, arguments))
    return False


def _relational(terms: Terms, is_equality: bool) -> Any:
    bound = -terms.constant
    return (bound, terms.body(), bound) if is_equality else (None, terms.body(), bound)


def _flat(key: tuple[Any, ...]) -> Any:
    return key[0] if len(key) == 1 else key


def values_of(model: pyo.ConcreteModel, instance: Instance) -> dict[str, tuple[float, ...]]:
    """The variables' values in the model, by the formulation's names, in the order of their keys."""
    return {
        item.name: tuple(data.value + 0.0 for data in model.component(component_name(item.name)).values())
        for item in instance.formulation.variables
    }
