"""The page of a report stands alone, and no word of a set or a model becomes markup."""

from html.parser import HTMLParser

from benchmark_doubles import optimal

from benchmarks.answering import Answer
from benchmarks.datasets.records import Record
from benchmarks.page import html
from benchmarks.scoring.report import report

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def page(make_set, config) -> str:
    found = make_set(
        Record(id=EVIL, question="A?", accepted=(1.0,), type=EVIL),
        Record(id="b", question="B?", accepted=(2.0, "infeasible"), type="plain"),
        Record(id="c", question="C?", accepted=(3.0,), type="plain"),
    )
    answers = [
        optimal(EVIL, 1.0, 0.8, reason=EVIL),
        optimal("b", 7.0, 0.4),
        Answer(id="c", status="error", error=EVIL, error_kind="QuestionError"),
    ]
    return html(report(config(found), found, {answer.id: answer for answer in answers}))


def test_words_of_others_are_escaped_in_tables_and_plots(make_set, config) -> None:
    tags = Tags()
    tags.feed(page(make_set, config))
    assert not {"script", "img", "iframe", "object"} & {tag for tag, _ in tags.seen}
    assert not [name for _, attributes in tags.seen for name in attributes if name.startswith("on")]


def test_the_page_loads_nothing_from_elsewhere(make_set, config) -> None:
    tags = Tags()
    tags.feed(page(make_set, config))
    links = [
        value or ""
        for _, attributes in tags.seen
        for name, value in attributes.items()
        if name in ("src", "href", "xlink:href")
    ]
    assert all(link.startswith("#") for link in links)
    assert "link" not in {tag for tag, _ in tags.seen}


def test_the_page_shows_score_plots_and_every_problem(make_set, config) -> None:
    text = page(make_set, config)
    assert "1 of 3" in text
    assert text.count("<svg") == 3
    assert "QuestionError: 1" in text
    assert "2.0 or infeasible" in text


def test_a_dollar_in_a_type_is_no_formula(make_set, config) -> None:
    kinds = ("price in $ and $\\frac$", "plain")
    found = make_set(*(Record(id=kind, question=f"{kind}?", accepted=(1.0,), type=kind) for kind in kinds))
    answers = {kind: optimal(kind, 1.0) for kind in kinds}
    assert html(report(config(found), found, answers)).count("price in $ and $\\frac$") >= 2


def test_a_report_of_nothing_is_a_page_without_plots(make_set, config) -> None:
    found = make_set(Record(id="a", question="A?", accepted=(1.0,)))
    assert "<svg" not in html(report(config(found), found, {}))
