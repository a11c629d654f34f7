"""Reports count what there is, and compare question by question."""

import pytest
from benchmark_doubles import optimal

from benchmarks.answering import Answer
from benchmarks.datasets.records import Record
from benchmarks.errors import RunError
from benchmarks.scoring.comparison import compare
from benchmarks.scoring.report import report

RECORDS = (
    Record(id="a", question="A?", accepted=(1.0,), type="x"),
    Record(id="b", question="B?", accepted=(2.0,), type="x"),
    Record(id="c", question="C?", accepted=("infeasible",), type="y"),
    Record(id="d", question="D?", accepted=(4.0,), type="y"),
    Record(id="e", question="E?"),
    Record(id="f", question="F?", accepted=(6.0,), type="y"),
)
ANSWERS = [
    optimal("b", 2.00004, 0.9),
    optimal("a", 1.0, 0.8),
    Answer(id="c", status="infeasible", confidence=0.6),
    Answer(id="d", status="unsure", objective=4.0, confidence=0.2),
    Answer(id="e", status="error", error="too long", error_kind="QuestionError", calls=1, cost=None),
]


@pytest.fixture
def scored(make_set, config):
    found = make_set(*RECORDS)
    return report(config(found), found, {answer.id: answer for answer in ANSWERS})


def test_shares_count_what_can_be_scored(scored) -> None:
    assert (scored.n, scored.missing, scored.unscored) == (5, 1, 1)
    assert scored.total.accuracy[:2] == (2, 4)
    assert scored.loose[:2] == (3, 4)
    assert scored.total.abstained[:2] == (1, 4)
    assert scored.total.answered[:2] == (2, 3)
    assert [(row.type, row.accuracy[:2]) for row in scored.types] == [("x", (1, 2)), ("y", (1, 2))]
    assert scored.errors == {"QuestionError": 1}
    assert scored.cost is None


def test_a_guess_that_was_not_given_as_an_answer_is_not_right(scored) -> None:
    assert [(item.id, item.verdict) for item in scored.items] == [
        ("a", "right"),
        ("b", "wrong"),
        ("c", "right"),
        ("d", "unsure"),
        ("e", "unscored"),
    ]


def test_risk_falls_with_the_confident_wrong_answer_left_out(scored) -> None:
    assert [(p.coverage, p.risk) for p in scored.risk_coverage] == [(0.25, 1.0), (0.5, 0.5), (0.75, 1 / 3)]


def test_the_order_of_answers_does_not_matter(make_set, config, scored) -> None:
    found = make_set(*RECORDS)
    turned = report(scored.config, found, {answer.id: answer for answer in reversed(ANSWERS)})
    assert turned == scored


def test_runs_are_compared_question_by_question(make_set, config, scored) -> None:
    found = make_set(*RECORDS)
    better = {answer.id: answer for answer in [*ANSWERS[1:3], optimal("b", 2.0), optimal("d", 4.0)]}
    compared = compare(scored, report(scored.config, found, better))
    assert [change.id for change in compared.gained] == ["b", "d"]
    assert compared.lost == ()
    assert (compared.n, compared.p_value) == (4, 0.5)


def test_only_the_same_question_makes_a_pair(make_set, config, scored) -> None:
    others = make_set(*RECORDS[:1], Record(id="b", question="Another?", accepted=(2.0,)), RECORDS[3])
    answers = {answer.id: answer for answer in [optimal("a", 1.0), optimal("b", 2.0), optimal("d", 4.0)]}
    compared = compare(scored, report(config(others), others, answers))
    assert (compared.n, compared.differing) == (2, 1)
    assert [change.id for change in compared.gained] == ["d"]


def test_runs_without_a_common_question_cannot_be_compared(make_set, config, scored) -> None:
    for item in (
        Record(id="z", question="Z?", accepted=(1.0,)),
        Record(id="a", question="Z?", accepted=(1.0,)),
    ):
        found = make_set(item)
        with pytest.raises(RunError, match="no scored question in common"):
            compare(scored, report(config(found), found, {item.id: optimal(item.id, 1.0)}))
