"""Solutions as the values that a page shows."""

import agent
import solvers
from agent.errors import DataError
from agent.nodes.explain import number
from agent.turns import Turn
from ui import presenters


def test_the_headline_says_status_and_objective_in_words(
    bakery: agent.Solution, impossible: agent.Solution
) -> None:
    assert presenters.headline(bakery) == "✓ optimal: 340 dollars"
    assert presenters.headline(impossible) == "✗ impossible"


def test_plain_variables_share_a_table(bakery: agent.Solution) -> None:
    (table,) = presenters.value_tables(bakery)
    assert table.columns == ("variable", "meaning", "value", "unit")
    assert ("bread", "loaves of bread", 60.0, "") in table.rows


def test_an_indexed_variable_has_a_column_for_each_subscript(transport: agent.Solution) -> None:
    ship, opened = presenters.value_tables(transport)
    assert ship.columns == ("plants", "towns", "ship") and ship.unit == "t"
    assert ("Graz", "Wien", 25.0) in ship.rows
    assert opened.columns == ("plants", "open")


def test_an_impossible_problem_has_a_repair_for_each_limit_and_each_works(impossible: agent.Solution) -> None:
    repairs = presenters.repairs(impossible)
    assert len(repairs) == 2
    for repair in repairs:
        assert agent.what_if(impossible, repair.change).solution.status == "optimal"
        assert "give way by 2" in repair.words


def test_what_is_not_impossible_needs_no_repair(bakery: agent.Solution) -> None:
    assert presenters.repairs(bakery) == []


def test_the_checks_name_what_was_computed_again_and_the_confidence(bakery: agent.Solution) -> None:
    labels = [label for label, _ in presenters.checks(bakery)]
    text = " ".join(words for _, words in presenters.checks(bakery))
    assert {"checked", "confidence"} <= set(labels)
    assert "computed again" in text and "HiGHS" in text


def test_sensitivity_rows_speak_of_limits_by_their_meaning(bakery: agent.Solution) -> None:
    assert bakery.formulation is not None
    limits, variables = presenters.sensitivity_rows(solvers.sensitivity(bakery.model), bakery.formulation)
    assert any("flour" in str(row["meaning"]) for row in limits)
    assert {row["variable"] for row in variables} == {"bread", "cake"}


def test_the_trace_has_a_row_for_each_step(bakery: agent.Solution) -> None:
    steps = [row["step"] for row in presenters.trace(bakery)]
    assert steps[0] == "intake" and steps[-1] == "learn"


def test_a_correction_goes_with_the_problem_that_it_is_about() -> None:
    turns = [Turn(kind="question", text="How many bags?"), Turn(kind="hurts", text="what limits it?")]
    told = presenters.corrected(presenters.last_problem(turns), "bags are whole")
    assert told.startswith("How many bags?") and told.endswith("bags are whole")


def test_a_surprise_shows_no_insides() -> None:
    assert presenters.told(DataError("costs.csv, row 3: empty")) == "costs.csv, row 3: empty"
    shown = presenters.told(RuntimeError("password=hunter2"))
    assert "hunter2" not in shown and "RuntimeError" in shown


def test_numbers_are_shown_without_noise() -> None:
    assert number(0.1 + 0.2) == "0.3"
