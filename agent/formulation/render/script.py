"""An instance as a stand-alone Python program that builds the same Pyomo model, solves it, prints the optimum."""

import textwrap
from collections.abc import Iterable
from pprint import pformat
from typing import Any

from agent.formulation.check import Rule
from agent.formulation.compile import compile_model, component_name
from agent.formulation.evaluate import Evaluator
from agent.formulation.instance import Instance
from agent.formulation.model import Domain, Sense, Variable
from agent.formulation.render import rows
from agent.formulation.render.names import dummy_names, global_names
from agent.formulation.render.python import Python
from agent.formulation.syntax import (
    Call,
    Compare,
    Dummy,
    Fold,
    Global,
    Logic,
    Loop,
    Node,
    Span,
    has_decision,
    walk,
)
from solvers.matrix import extract

_WIDTH = 100
_DOMAINS = {Domain.REAL: "pyo.Reals", Domain.INTEGER: "pyo.Integers", Domain.BINARY: "pyo.Binary"}

_LINEAR_HEAD = "# A Pyomo model written by Optwright. It needs: pip install pyomo highspy"
_NONLINEAR_HEAD = "# A nonlinear Pyomo model written by Optwright. It needs: pip install pyomo pyscipopt"
_LINEAR_SOLVE = """
solver = pyo.SolverFactory("highs")
solver.options["mip_rel_gap"] = 1e-9
results = solver.solve(model, load_solutions=False)
status = str(results.solver.termination_condition)
if status == "optimal":
    model.solutions.load_from(results)
"""
_NONLINEAR_SOLVE = """
# SCIP reads the model from an NL file; its variables are called x0, i1, b2 by their place in it.
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "model.nl")
    with open(path, "w") as stream:
        written = NLWriter().write(model, stream)
    solver = pyscipopt.Model()
    solver.hideOutput()
    solver.readProblem(path)
solver.setParam("limits/gap", 1e-9)
solver.setParam("numerics/feastol", 1e-8)
solver.optimize()
status = {"gaplimit": "optimal"}.get(solver.getStatus(), solver.getStatus())
if status == "optimal":
    columns = [column for column in solver.getVars() if column.name[1:].isdigit()]
    values = {int(column.name[1:]): solver.getVal(column) for column in columns}
    for place, entry in enumerate(written.variables):
        entry.set_value(values.get(place, 0.0), skip_validation=True)
    for entry, expression in reversed(written.eliminated_vars):
        entry.set_value(pyo.value(expression), skip_validation=True)
"""
_PRINT = """
print("status:", status)
if status == "optimal":
    print("objective:", pyo.value(model.objective))
    for variable in model.component_objects(pyo.Var, descend_into=False):
        for entry in variable.values():
            if abs(entry.value or 0) > 1e-9:
                print(f"{entry.name} = {entry.value:.10g}")
"""


def to_script(instance: Instance) -> str:
    """The program: data as literals, the model in the formulation's names, the solve, the printed optimum.

    Constraints that need extra variables or several rows are written out as compiled.

    Raises:
        FaultyFormulation: the data give an expression no value, or make a constraint false by themselves.
    """
    return _Script(instance).write()


class _Script:
    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.formulation = instance.formulation
        self.model = compile_model(instance)
        found = extract(self.model)
        self.is_linear = found is not None and found.program.is_linear
        names = global_names(instance.checked)
        self.hidden = {f"_{place}": symbol for place, symbol in enumerate(_symbols(names))}
        self.names = names
        self.python = Python(
            data=names,
            variables={item.name: component_name(item.name) for item in self.formulation.variables},
            dummies={**dummy_names(instance.checked, names.values()), **self.hidden},
            sizes={item.name: _size(instance, item.name) for item in self.formulation.sets},
        )

    def write(self) -> str:
        """The whole program."""
        body = [
            *self._data(),
            "",
            "model = pyo.ConcreteModel()",
            *(line for item in self.formulation.variables for line in self._variable(item)),
            *rows.auxiliary_variables(self.model),
            *self._objective(),
            *(line for rule in self.instance.checked.rules for line in self._rule(rule)),
            *rows.auxiliary_rows(self.model),
        ]
        tail = (_LINEAR_SOLVE if self.is_linear else _NONLINEAR_SOLVE) + _PRINT
        return "\n".join([*self._head(body), *body]) + "\n" + tail

    def _head(self, body: list[str]) -> list[str]:
        # The first two lines are ours alone: Python looks there for a declaration of the file's encoding.
        lines = [_LINEAR_HEAD if self.is_linear else _NONLINEAR_HEAD, "#"]
        lines += _comment(self.formulation.title)
        lines += [line for part in self.formulation.assumptions for line in _comment(f"Assumed: {part}")]
        uses_math = any("math." in line for line in body if not line.startswith("#"))
        lines += ["", "import math"] if uses_math else [""]
        if not self.is_linear:
            lines += ["import os", "import tempfile", "", "import pyscipopt"]
        lines += ["import pyomo.environ as pyo"]
        if not self.is_linear:
            lines += ["from pyomo.repn.plugins.nl_writer import NLWriter"]
        functions = rows.functions_in(body)
        return lines + ([f"from pyomo.environ import {', '.join(functions)}"] if functions else [])

    def _data(self) -> Iterable[str]:
        for item in self.formulation.sets:
            yield ""
            yield from _comment(item.meaning)
            yield _literal(self.names[item.name], list(self.instance.sets[item.name]))
        for parameter in self.formulation.parameters:
            values = {key: _plain(value) for key, value in self.instance.parameters[parameter.name].items()}
            yield ""
            yield from _comment(parameter.meaning, parameter.unit)
            yield _literal(self.names[parameter.name], values if parameter.indices else values[()])

    def _variable(self, item: Variable) -> Iterable[str]:
        name = f"model.{component_name(item.name)}"
        sets = [self.names[index] for index in item.indices]
        bounds = self.instance.checked.bounds[item.name]
        varies = [bound is not None and self._varies(bound) for bound in bounds]
        pair = [
            "None" if bound is None or is_varying else self.python.write(bound)
            for bound, is_varying in zip(bounds, varies, strict=True)
        ]
        yield ""
        yield from _comment(item.meaning, item.unit)
        arguments = [*sets, f"domain={_DOMAINS[item.domain]}", f"bounds=({', '.join(pair)})"]
        yield f"{name} = pyo.Var({', '.join(arguments)})"
        if not any(varies):
            return
        loops = tuple(Loop(Span(0, 0), (f"_{place}",), index, ()) for place, index in enumerate(item.indices))
        writer = self.python.inside(loops)
        entry = f"{name}[{', '.join(writer.dummies[loop.targets[0]] for loop in loops)}]"
        sides = [
            f"{entry}.set{side}({writer.write(bound)})"
            for side, bound, is_varying in zip(("lb", "ub"), bounds, varies, strict=True)
            if bound is not None and is_varying
        ]
        yield from _nested(writer, loops, sides)

    def _varies(self, bound: Node) -> bool:
        """Whether a bound depends on the variable's own indices."""
        return any(isinstance(part, Dummy) and part.name in self.hidden for part in walk(bound))

    def _objective(self) -> Iterable[str]:
        objective = self.formulation.objective
        sense = "pyo.minimize" if objective.sense is Sense.MINIMIZE else "pyo.maximize"
        node = self.instance.checked.objective
        expression = self.python.write(node) if _is_direct(node) else rows.source(self.model.objective.expr)
        yield ""
        yield from _comment(objective.meaning, objective.unit)
        yield f"model.objective = pyo.Objective(expr={expression}, sense={sense})"

    def _rule(self, rule: Rule) -> Iterable[str]:
        component = self.model.component(component_name(rule.name))
        name = f"model.{component_name(rule.name)}"
        parts = _relations(rule.body)
        yield ""
        yield from _comment(rule.meaning)
        if parts is None:
            yield from self._compiled(name, rule, component)
            return
        writer = self.python.inside(rule.loops)
        guarded = _has_empty_row(component) or len(component) != self._count(rule) * len(parts)
        if not rule.loops and len(parts) == 1 and not guarded:
            yield f"{name} = pyo.Constraint(expr={_relation(writer, parts[0])})"
            return
        yield f"{name} = pyo.Constraint(pyo.Any)"
        targets = [writer.dummies[target] for loop in rule.loops for target in loop.targets]
        body: list[str] = []
        for number, part in enumerate(parts, start=1):
            key = ", ".join(targets if len(parts) == 1 and targets else [*targets, str(number)])
            body += _assignment(f"{name}[{key}]", _relation(writer, part), guarded)
        yield from _nested(writer, rule.loops, body)

    def _compiled(self, name: str, rule: Rule, component: Any) -> Iterable[str]:
        yield from _comment(f"Stands for: {rule.text}")
        yield f"{name} = pyo.Constraint(pyo.Any)"
        for index, row in component.items():
            yield f"{name}{rows.subscript(index) or '[1]'} = {rows.relation(row)}"

    def _count(self, rule: Rule) -> int:
        return sum(1 for _ in Evaluator(self.instance).loops(rule.loops)({}))


def _relations(node: Node) -> list[Compare] | None:
    """The relations that a condition is made of, each a row of its own; None where it is more than that."""
    parts = node.arguments if isinstance(node, Logic) and node.operator == "and" else (node,)
    found = [
        part for part in parts if isinstance(part, Compare) and part.operator != "!=" and _is_direct(part)
    ]
    return found if len(found) == len(parts) and all(map(has_decision, found)) else None


def _is_direct(node: Node) -> bool:
    """Whether Pyomo can write the numbers in `node` as they stand, without extra variables or rows."""
    for part in walk(node):
        needs_more = (
            isinstance(part, Global | Logic)
            or (isinstance(part, Fold) and part.operator not in ("sum", "prod"))
            or (isinstance(part, Call) and part.function == "abs")
        )
        if needs_more and has_decision(part):
            return False
    return True


def _relation(writer: Python, node: Compare) -> str:
    """The relation as a row; a strict one is between whole numbers."""
    if node.operator not in ("<", ">"):
        return writer.write(node)
    closed = writer.write(Compare(node.span, "<=" if node.operator == "<" else ">=", node.left, node.right))
    return f"{closed} {'-' if node.operator == '<' else '+'} 1"


def _has_empty_row(component: Any) -> bool:
    """Whether some row's coefficients are all 0, so that Pyomo would take its relation for plain True."""
    bodies = (row.body for row in component.values())
    return any(not any(getattr(body, "linear_coefs", (1,))) for body in bodies)


def _assignment(entry: str, relation: str, guarded: bool) -> list[str]:
    if not guarded:
        return [f"{entry} = {relation}"]
    return [
        f"row = {relation}",
        "if not isinstance(row, bool):  # the data alone make it true",
        f"    {entry} = row",
    ]


def _nested(writer: Python, loops: tuple[Loop, ...], body: list[str]) -> list[str]:
    """Statements inside `for` statements and their conditions."""
    lines, indent = [], ""
    for loop in loops:
        lines.append(f"{indent}{writer.head(loop)}:")
        indent += "    "
        if loop.conditions:
            lines.append(f"{indent}if {' and '.join(writer.condition(test) for test in loop.conditions)}:")
            indent += "    "
    return lines + [indent + line for line in body]


def _size(instance: Instance, name: str) -> int:
    first = next(iter(instance.sets[name]), 0)
    return len(first) if isinstance(first, tuple) else 1


def _symbols(names: dict[str, str]) -> list[str]:
    taken = set(names.values())
    return [symbol for symbol in "ijklmnopqrstuvw" if symbol not in taken]


def _literal(name: str, value: object) -> str:
    flat = f"{name} = {value!r}"
    return (
        flat
        if len(flat) <= _WIDTH
        else f"{name} = {pformat(value, width=_WIDTH, compact=True, sort_dicts=False)}"
    )


def _plain(value: float) -> float:
    return value if type(value) is int else float(value)


def _comment(text: str, unit: str = "") -> list[str]:
    """`text` as comment lines; no sign in it can end the comment."""
    words = " ".join(f"{text} ({unit})".split() if unit.strip() else text.split())
    plain = "".join(sign if sign.isprintable() else "?" for sign in words)
    return [f"# {line}" for line in textwrap.wrap(plain, _WIDTH - 2)]
