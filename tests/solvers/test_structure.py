"""Network flows and knapsacks: recognised, solved by their own engines, and proven like everything else."""

import pyomo.environ as pyo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import solvers
from solvers.errors import ModelError
from solvers.structure import Structure


def flow_model(
    arcs: dict[tuple[int, int], tuple[int, float]],
    limits: list[tuple[int | None, int | None]],
    *,
    whole: bool = False,
    mirrored: frozenset[int] = frozenset(),
    maximize: bool = False,
) -> pyo.ConcreteModel:
    """A flow with capacity and price of each arc, and what each node may give in all; mirrored rows are negated."""
    model = pyo.ConcreteModel()
    domain = pyo.NonNegativeIntegers if whole else pyo.NonNegativeReals
    model.flow = pyo.Var(list(arcs), domain=domain, bounds=lambda _, a, b: (0, arcs[a, b][0]))
    sense = pyo.maximize if maximize else pyo.minimize
    model.cost = pyo.Objective(
        expr=sum(price * model.flow[arc] for arc, (_, price) in arcs.items()) + 3, sense=sense
    )
    model.node = pyo.ConstraintList()
    for node, (low, high) in enumerate(limits):
        out = sum(model.flow[arc] for arc in arcs if arc[0] == node)
        net = out - sum(model.flow[arc] for arc in arcs if arc[1] == node)
        if not isinstance(net, int):
            model.node.add(
                (low, net, high) if node not in mirrored else (_negative(high), -net, _negative(low))
            )
    return model


def _negative(limit: int | None) -> int | None:
    return None if limit is None else -limit


@st.composite
def flows(draw: st.DrawFn) -> pyo.ConcreteModel:
    """Small networks, feasible or not, with equations, one-sided and two-sided rows."""
    nodes = draw(st.integers(2, 5))
    pairs = [(a, b) for a in range(nodes) for b in range(nodes) if a != b]
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=10, unique=True))
    price = st.sampled_from([-2.25, -1, 0, 1, 2.5, 4.35, 7])
    arcs = {arc: (draw(st.integers(0, 6)), draw(price)) for arc in chosen}
    limits = []
    for _ in range(nodes):
        low = draw(st.integers(-4, 4))
        limits.append(draw(st.sampled_from([(low, low), (low, None), (None, low), (low, low + 3)])))
    mirrored = frozenset(draw(st.sets(st.integers(0, nodes - 1))))
    return flow_model(
        arcs, limits, whole=draw(st.booleans()), mirrored=mirrored, maximize=draw(st.booleans())
    )


@settings(max_examples=40)
@given(model=flows())
def test_a_network_has_the_optimum_of_highs_and_a_proof(model: pyo.ConcreteModel) -> None:
    assert solvers.classify(model).structure is Structure.NETWORK
    ours, other = solvers.solve(model, engine="network"), solvers.solve(model, engine="highs")
    assert ours.status == other.status
    if ours.status != "optimal":
        return
    assert ours.objective == pytest.approx(other.objective)
    assert (
        ours.certificate is not None
        and ours.certificate.is_feasible
        and ours.certificate.exact_violation == 0
    )
    assert ours.certificate.dual_bound == pytest.approx(ours.objective) and ours.gap == pytest.approx(
        0, abs=1e-9
    )
    assert all(value == round(value) for value in ours.values.values())


@settings(max_examples=30)
@given(
    items=st.lists(
        st.tuples(st.sampled_from([0, 1, 2.5, 3, 7, 9.99]), st.integers(0, 9)), min_size=1, max_size=8
    ),
    capacity=st.integers(0, 30),
)
def test_a_knapsack_has_the_optimum_of_highs(items: list[tuple[float, int]], capacity: int) -> None:
    model = pyo.ConcreteModel()
    model.take = pyo.Var(range(len(items)), domain=pyo.Binary)
    model.value = pyo.Objective(
        expr=sum(v * model.take[i] for i, (v, _) in enumerate(items)), sense=pyo.maximize
    )
    model.weight = pyo.Constraint(
        expr=sum(w * model.take[i] for i, (_, w) in enumerate(items)) + 0 * model.take[0] <= capacity
    )
    if solvers.classify(model).structure is not Structure.KNAPSACK:
        assert solvers.classify(model).constraints != 1  # nothing weighs anything: no row is left
        return
    ours = solvers.solve(model, engine="knapsack")
    assert ours.status == "optimal" and ours.bound == ours.objective
    assert ours.objective == pytest.approx(solvers.solve(model, engine="highs").objective)
    assert ours.certificate is not None and ours.certificate.is_feasible


SMALL = {(0, 1): (5, 2.0), (1, 2): (5, 1.0), (0, 2): (2, 4.0)}
THROUGH = [(4, 4), (0, 0), (-4, -4)]


def test_prices_of_a_network_are_those_of_the_lp() -> None:
    model = flow_model(SMALL, [(4, 4), (0, 0), (-4, None)])
    report = solvers.solve(model, engine="network")
    assert report.objective == 3 + 4 * 3
    assert report.certificate is not None and report.certificate.dual_bound == report.objective
    assert report.row_prices and report.column_prices


def test_what_is_no_network_of_whole_numbers_is_refused() -> None:
    odd = {arc: (capacity, price) for arc, (capacity, price) in SMALL.items()}
    cases = [flow_model(odd, [(4, 4), (0, 0), (-4, -4)]) for _ in range(4)]
    cases[0].flow[0, 1].setub(2.5)
    cases[1].gain = pyo.Constraint(expr=cases[1].flow[0, 1] <= 2 * cases[1].flow[1, 2])
    cases[2].third = pyo.Constraint(expr=cases[2].flow[0, 1] + cases[2].flow[0, 2] <= 3)
    cases[3].cost.expr += 0.123456789 * cases[3].flow[0, 1]
    for model in cases:
        assert solvers.classify(model).structure is None
        with pytest.raises(ModelError, match="takes no such model"):
            solvers.solve(model, engine="network")


def test_an_arc_without_end_and_below_cost_is_left_to_others() -> None:
    model = flow_model(SMALL, [(0, None), (0, 0), (None, 0)])
    model.flow.setub(None)
    model.cost.sense = pyo.maximize
    assert solvers.classify(model).structure is None
    assert solvers.solve(model).status == "unbounded"


def test_large_ones_are_routed_to_their_engines() -> None:
    count = 75
    model = pyo.ConcreteModel()
    model.take = pyo.Var(range(count), range(count), domain=pyo.Binary)
    model.cost = pyo.Objective(
        expr=sum(((3 * i + 5 * j) % 17) * model.take[i, j] for i in range(count) for j in range(count))
    )
    model.row = pyo.Constraint(range(count), rule=lambda m, i: sum(m.take[i, :]) == 1)
    model.column = pyo.Constraint(range(count), rule=lambda m, j: sum(m.take[:, j]) == 1)
    report = solvers.solve(model)
    assert "min-cost flow" in report.engine and report.status == "optimal"
    assert report.certificate is not None and report.certificate.dual_bound == pytest.approx(report.objective)
    assert solvers.solve(flow_model(SMALL, THROUGH)).engine.startswith("HiGHS")
