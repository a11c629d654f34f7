import json
import math
import random

import pyomo.environ as pyo
import pytest
from pyomo.gdp import Disjunction
from pyomo.mpec import Complementarity, complements

from solvers.sandbox.export import export
from solvers.sandbox.expressions import ExportError


def make_model():
    model = pyo.ConcreteModel()
    model.x = pyo.Var([1, 2], ["a", "b c"], bounds=(0, 10))
    model.n = pyo.Var(domain=pyo.NonNegativeIntegers)
    model.b = pyo.Var(domain=pyo.Binary)
    model.o = pyo.Objective(expr=model.n + model.b, sense=pyo.maximize)
    return model


def rows(model):
    return {row["name"]: row["expression"] for row in export(model)["constraints"]}


def test_a_model_becomes_plain_data():
    model = make_model()
    model.c = pyo.Constraint(expr=model.n + 2 * model.b <= 7)
    exported = export(model)
    assert json.loads(json.dumps(exported, allow_nan=False)) == exported
    assert exported["sense"] == "maximize"
    assert exported["objective"] == "n + b"
    assert exported["constraints"] == [{"name": "c", "label": "c", "expression": "n + 2*b <= 7"}]
    assert [v["name"] for v in exported["variables"]] == ["x_1_a", "x_1_b_c", "x_2_a", "x_2_b_c", "n", "b"]
    assert exported["variables"][1]["label"] == "x[1,b c]"
    assert exported["variables"][4] == {
        "name": "n",
        "label": "n",
        "domain": "integer",
        "lower": 0.0,
        "upper": None,
    }
    assert exported["variables"][5] == {
        "name": "b",
        "label": "b",
        "domain": "binary",
        "lower": 0.0,
        "upper": 1.0,
    }


def test_names_are_identifiers_unique_and_no_words_of_the_algebra():
    model = pyo.ConcreteModel()
    model.v = pyo.Var(["1_1", "1,1", "1 1", "\N{GREEK SMALL LETTER ALPHA}", ""])
    for name in ("lambda", "sum", "exp", "_x"):
        model.add_component(name, pyo.Var())
    model.o = pyo.Objective(expr=0)
    names = [v["name"] for v in export(model)["variables"]]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name.isascii() for name in names)
    assert not {"lambda", "sum", "exp"} & set(names)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (lambda m: m.n == 3, {"c": "n == 3"}),
        (lambda m: m.n >= m.b, {"c": "b - n <= 0"}),
        (lambda m: (1, m.n + 1, 4), {"c_low": "n + 1 >= 1", "c_high": "n + 1 <= 4"}),
        (lambda m: pyo.inequality(2, m.n, 2), {"c": "n == 2"}),
    ],
)
def test_constraints(rule, expected):
    model = make_model()
    model.c = pyo.Constraint(rule=rule)
    assert {k: v.replace("-n + b", "b - n") for k, v in rows(model).items()} == expected


def test_fixed_variables_are_numbers_and_inactive_parts_are_left_out():
    model = make_model()
    model.n.fix(4)
    model.c = pyo.Constraint(expr=model.n * model.b <= 3)
    model.d = pyo.Constraint(expr=model.b <= 0)
    model.d.deactivate()
    assert rows(model) == {"c": "4*b <= 3"}
    assert "n" not in [v["name"] for v in export(model)["variables"]]


def test_a_row_without_variables_is_dropped_with_a_warning_or_kept_to_be_infeasible():
    model = make_model()
    model.n.fix(4)
    model.c = pyo.Constraint(expr=model.n <= 5)
    model.d = pyo.Constraint(expr=model.n <= 3)
    exported = export(model)
    assert [row["expression"] for row in exported["constraints"]] == ["4 <= 3"]
    assert "'c'" in exported["warnings"][0]


def test_blocks_lists_and_references():
    model = make_model()
    model.block = pyo.Block([1, 2])
    for index in (1, 2):
        model.block[index].y = pyo.Var()
        model.block[index].c = pyo.Constraint(expr=model.block[index].y >= index)
    model.again = pyo.Reference(model.block[:].y)
    model.list = pyo.ConstraintList()
    model.list.add(model.block[1].y <= model.b)
    exported = export(model)
    assert [v["name"] for v in exported["variables"]][-2:] == ["block_1_y", "block_2_y"]
    assert len(exported["constraints"]) == 3


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda m: m.o.deactivate(), "no active objective"),
        (lambda m: m.add_component("o2", pyo.Objective(expr=m.b)), "'o', 'o2'"),
        (lambda m: m.add_component("c", pyo.Constraint(expr=m.n * math.nan <= 1)), "constraint 'c'"),
        (lambda m: m.add_component("c", pyo.Constraint(expr=m.n * math.inf <= 1)), "constraint 'c'"),
        (lambda m: m.add_component("c", pyo.Constraint(expr=pyo.ceil(m.n) <= 1)), "'c'.*ceil"),
        (lambda m: m.add_component("s", pyo.SOSConstraint(var=m.x, sos=1)), "SOSConstraint 's'"),
        (lambda m: m.add_component("d", Disjunction(expr=[m.n <= 1, m.n >= 3])), "gdp.bigm"),
        (lambda m: m.add_component("k", Complementarity(expr=complements(m.n >= 0, m.b >= 0))), "'k'"),
        (lambda m: m.add_component("v", pyo.Var(domain={1, 4, 9})), "variable 'v'"),
        (lambda m: m.x[1, "a"].setlb(math.inf), r"x\[1,a\].*inf"),
    ],
)
def test_what_has_no_plain_form_is_refused_by_name(spoil, named):
    model = make_model()
    spoil(model)
    with pytest.raises(ExportError, match=named):
        export(model)


def test_a_disjunction_can_be_exported_after_its_transformation():
    model = make_model()
    model.n.setub(9)
    model.d = Disjunction(expr=[model.n <= 1, model.n >= 3])
    pyo.TransformationFactory("gdp.bigm").apply_to(model)
    assert len(export(model)["constraints"]) >= 3


@pytest.mark.parametrize("seed", range(5))
def test_the_exported_rows_agree_with_the_model_at_random_points(seed):
    rng = random.Random(seed)
    model = make_model()
    model.p = pyo.Param([1, 2], initialize={1: 2.5, 2: -1.25}, mutable=True)

    def rule(m, i):
        total = sum(rng.choice([-2, 0, 1.5]) * m.x[key] for key in m.x) + m.p[i] * m.n
        return rng.choice([total <= 4, total >= -1, total == m.b, (0, total + m.n**2, 3)])

    model.c = pyo.Constraint([1, 2], rule=rule)
    exported = export(model)
    by_label = {variable.name: variable for variable in model.component_data_objects(pyo.Var)}
    for _ in range(20):
        point = {}
        for entry in exported["variables"]:
            point[entry["name"]] = float(rng.randint(0, 4))
            by_label[entry["label"]].set_value(point[entry["name"]], skip_validation=True)
        for label in {row["label"] for row in exported["constraints"]}:
            texts = [row["expression"] for row in exported["constraints"] if row["label"] == label]
            constraint = model.find_component(label)
            body = pyo.value(constraint.body)
            holds = (constraint.lower is None or body >= pyo.value(constraint.lower)) and (
                constraint.upper is None or body <= pyo.value(constraint.upper)
            )
            assert all(eval(text, {"__builtins__": {}}, point) for text in texts) == holds
