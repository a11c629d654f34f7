"""Questions to an answer: typed changes, differences, what hurts, other plans."""

import pytest
from replies import BAKERY, BAKERY_QUESTION

import agent
from agent import AddConstraint, DropConstraint, EaseLimit, SetBound, SetLimit, SetNumber, SetObjective
from agent.changes import changed
from agent.errors import FormulationError, UserError
from agent.formulation import Formulation
from agent.llm import ScriptedModel


@pytest.fixture(scope="module")
def bakery() -> agent.Solution:
    solution = agent.solve(BAKERY_QUESTION, model=ScriptedModel([BAKERY] * 2))
    assert solution.objective == 340
    return solution


def constraint_with(solution: agent.Solution, word: str) -> str:
    assert solution.formulation is not None
    return next(c.name for c in solution.formulation.constraints if word in c.meaning)


def test_another_limit_gives_another_answer_and_the_difference(bakery: agent.Solution) -> None:
    result = agent.what_if(bakery, SetLimit(constraint=constraint_with(bakery, "flour"), limit=100))
    assert result.solution.status == "optimal"
    assert result.solution.certificate is not None and result.solution.certificate.is_valid
    assert result.difference.before == 340 and result.difference.after == result.solution.objective
    assert str(result.difference).startswith("the objective falls by")
    assert {row[0] for row in result.difference.rows} <= {"bread", "cake"}
    assert bakery.objective == 340  # the one asked about is as it was


def test_changes_follow_each_other(bakery: agent.Solution) -> None:
    result = agent.what_if(
        bakery,
        DropConstraint(constraint=constraint_with(bakery, "oven")),
        AddConstraint(expression="cake <= 10", meaning="ten tins"),
        SetBound(variable="bread", side="upper", bound=50),
        SetObjective(sense="maximize", expression="bread + cake"),
    )
    assert result.solution.objective == 60


def test_a_change_that_contradicts_is_told_with_its_conflict(bakery: agent.Solution) -> None:
    result = agent.what_if(bakery, SetLimit(constraint=constraint_with(bakery, "flour"), limit=30))
    assert result.solution.status == "infeasible"
    assert "flour" in result.solution.explanation and "gives way" in result.solution.explanation
    assert str(result.difference).startswith("the answer is now infeasible")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (SetLimit(constraint="flower", limit=3), "there is no constraint `flower`; the formulation has"),
        (SetBound(variable="bred", side="upper", bound=3), "there is no variable `bred`"),
        (SetNumber(parameter="p", number=3), "there is no parameter `p`; the formulation has: none"),
        (AddConstraint(expression="bread <= loaves"), "unknown name `loaves`"),
        (SetObjective(sense="minimize", expression="bread +"), "objective"),
    ],
)
def test_a_change_that_cannot_be_made_says_why(bakery: agent.Solution, change: object, message: str) -> None:
    with pytest.raises(UserError) as caught:
        agent.what_if(bakery, change)  # type: ignore[arg-type]
    assert message in str(caught.value)


def test_numbers_of_parameters_change_by_key() -> None:
    formulation = Formulation.model_validate(
        {
            "sets": [{"name": "s", "elements": ["a", "b"]}],
            "parameters": [
                {"name": "cost", "indices": ["s"], "values": {"a": 1, "b": 2}},
                {"name": "row", "indices": ["s"], "values": [1, 2]},
                {"name": "one", "values": 5},
                {"name": "far", "indices": ["s"], "source": {"table": "t", "column": "c", "keys": ["k"]}},
            ],
            "variables": [{"name": "x", "indices": ["s"]}],
            "objective": {"sense": "minimize", "expression": "sum(x[i] for i in s)"},
        }
    )

    def values(**fields: object) -> object:
        change = SetNumber.model_validate(fields)
        new = changed(formulation, [change])
        return next(p.values for p in new.parameters if p.name == change.parameter)

    assert values(parameter="cost", number=9, key=("b",)) == {"a": 1, "b": 9}
    assert values(parameter="cost", number=9) == {"a": 9, "b": 9}
    assert values(parameter="row", number=9) == (9, 9)
    assert values(parameter="one", number=9) == 9
    for fields, message in (
        ({"parameter": "cost", "number": 1, "key": ("c",)}, "has no entry `c`"),
        ({"parameter": "row", "number": 1, "key": ("b",)}, "only agent.what_if knows"),
        ({"parameter": "one", "number": 1, "key": ("a",)}, "is one number"),
        ({"parameter": "far", "number": 1}, "is read from column `c` of table `t`"),
    ):
        with pytest.raises(FormulationError, match=message):
            values(**fields)


def test_a_limit_can_stand_on_either_side() -> None:
    formulation = Formulation.model_validate(
        {
            "variables": [{"name": "x"}],
            "objective": {"sense": "minimize", "expression": "x"},
            "constraints": [
                {"name": "c", "expression": "5 <= x"},
                {"name": "d", "expression": "x <= 2 or x >= 4"},
            ],
        }
    )
    (c, _) = changed(formulation, [SetLimit(constraint="c", limit=7)]).constraints
    assert c.expression == "7 <= x"
    with pytest.raises(FormulationError, match="no single right-hand side"):
        changed(formulation, [SetLimit(constraint="d", limit=7)])


def test_what_hurts_is_in_the_order_of_its_price(bakery: agent.Solution) -> None:
    grips = agent.what_hurts(bakery)
    assert [grip.meaning.split()[0] for grip in grips] == ["flour", "oven"]
    assert grips[0].per_unit > grips[1].per_unit > 0


def test_more_of_something_has_its_price_or_its_reason(bakery: agent.Solution) -> None:
    result = agent.why_not_more(bakery, "cake")
    assert result.difference.change is not None and result.difference.change < 0
    assert result.solution.values["cake"] == 21
    many = agent.why_not_more(bakery, "bread", by=1000)
    assert many.solution.status == "infeasible"


def test_other_plans_are_different_and_nearly_as_good(bakery: agent.Solution) -> None:
    plans = agent.other_plans(bakery, 3, within=0.05)
    assert len(plans) >= 2 and plans[0].objective == pytest.approx(340)
    assert all(plan.objective >= 340 * 0.95 - 1e-4 for plan in plans)
    assert len({tuple(plan.values.values()) for plan in plans}) == len(plans)


def test_a_limit_keeps_all_its_digits_and_variables_are_never_lost(bakery: agent.Solution) -> None:
    name = constraint_with(bakery, "flour")
    (new,) = (
        c
        for c in changed(bakery.formulation, [SetLimit(constraint=name, limit=1234567.25)]).constraints  # type: ignore[arg-type]
        if c.name == name
    )
    assert new.expression.endswith("<= 1234567.25")
    both = agent.what_if(bakery, AddConstraint(expression="bread <= 2*cake")).solution
    with pytest.raises(FormulationError, match="variables on both sides"):
        agent.what_if(both, SetLimit(constraint="added_1", limit=30))


@pytest.mark.parametrize(("key", "optimum"), [(("north",), 5 * 1 + 3 * 2), ((), 5 * 1 + 5 * 2)])
def test_a_number_of_a_table_can_be_changed_for_the_question(key: tuple[str, ...], optimum: float) -> None:
    table = [{"place": "north", "need": 4, "price": 1}, {"place": "south", "need": 3, "price": 2}]
    formulation = Formulation.model_validate(
        {
            "sets": [{"name": "places", "source": {"table": "t", "columns": ["place"]}}],
            "parameters": [
                {
                    "name": name,
                    "indices": ["places"],
                    "source": {"table": "t", "column": name, "keys": ["place"]},
                }
                for name in ("need", "price")
            ],
            "variables": [{"name": "sent", "indices": ["places"]}],
            "objective": {"sense": "minimize", "expression": "sum(price[p] * sent[p] for p in places)"},
            "constraints": [{"name": "needs", "expression": "sent[p] >= need[p]", "forall": "p in places"}],
        }
    )
    before = agent.solve_formulation(formulation, {"t": table})
    assert before.objective == 10
    result = agent.what_if(before, SetNumber(parameter="need", key=key, number=5))
    assert result.solution.objective == optimum
    assert before.formulation == formulation


def test_a_limit_that_gives_way_by_what_the_conflict_asks_ends_it(bakery: agent.Solution) -> None:
    flour = constraint_with(bakery, "flour")
    broken = agent.what_if(bakery, SetLimit(constraint=flour, limit=30)).solution
    assert flour in broken.conflict
    (relief,) = [row for row in broken.relief if row.constraint == flour]
    mended = agent.what_if(broken, EaseLimit(constraint=flour, by=relief.amount)).solution
    assert mended.status == "optimal"


def test_what_has_no_limit_cannot_give_way(bakery: agent.Solution) -> None:
    equation = agent.what_if(bakery, AddConstraint(expression="bread == 60")).solution
    with pytest.raises(FormulationError, match="drop it instead"):
        agent.what_if(equation, EaseLimit(constraint="added_1", by=1))
