"""Libraries as files: nothing is lost on the way out and back."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from insights import FLOW, SETUP, conservation, setup_costs

from library.errors import ExchangeError
from library.exchange import Contents, Format, Taken, dumps, loads, take_in
from library.insight import Definition, Evidence, Insight, Label, Provenance, Status
from library.library import open_library, shipped
from library.store import Store

PUBLISHED = Path(__file__).resolve().parents[4] / "shared" / "data" / "raw"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty library."""
    return open_library(f"sqlite:///{tmp_path}/library.db").store


text = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=60)
sentence = text.filter(lambda t: t.strip() and len(t.splitlines()) == 1)
lines = st.lists(sentence, min_size=1, max_size=4).map("\n".join)
name = st.text("abc &/|é#", min_size=1, max_size=12).filter(lambda t: t.strip())
labels = st.builds(Label, track=name, group=name, name=name)
insights = st.builds(
    Insight,
    id=st.from_regex(r"[a-z0-9-]{3,12}", fullmatch=True),
    labels=st.lists(labels, min_size=1, max_size=3).map(tuple),
    condition=lines,
    explanation=lines,
    example=st.one_of(st.just(""), lines),
    status=st.sampled_from(Status),
    provenance=st.builds(Provenance, tasks=st.lists(sentence, max_size=2).map(tuple), model=text),
    evidence=st.builds(Evidence, runs=st.integers(0, 9), positive=st.lists(text, max_size=2).map(tuple)),
)


@given(st.lists(insights, max_size=3, unique_by=lambda i: i.id))
def test_our_own_format_keeps_everything(many: list[Insight]) -> None:
    contents = Contents(tuple(many), (Definition(label=SETUP, definition="d"),))
    assert loads(dumps(contents, Format.JSON), "a file") == contents


@given(insights)
def test_markdown_keeps_what_people_write(one: Insight) -> None:
    (read,) = loads(dumps(Contents((one,)), Format.MARKDOWN), "a file").insights
    for field in ("id", "status", "explanation", "condition", "example"):
        assert getattr(read, field).strip("\n") == getattr(one, field).strip("\n"), field
    assert [str(label) for label in read.labels] == [str(label) for label in one.labels]


def test_markdown_shows_hostile_text_as_text() -> None:
    hostile = setup_costs(
        id="x1", condition="<script>alert(1)</script>\n## another\n### Example", example="```\n## x"
    )
    written = dumps(Contents((hostile,)), Format.MARKDOWN)
    assert "<script>" not in written
    (read,) = loads(written, "a file").insights
    assert read.condition == hostile.condition and read.example == hostile.example


def test_an_edit_by_hand_becomes_a_new_version_and_keeps_the_rest(store: Store) -> None:
    evidence = Evidence(runs=3, helped=2)
    stored, other = store.put([setup_costs(evidence=evidence), conservation()], author="me")
    page = dumps(Contents(store.insights()), Format.MARKDOWN)
    edited = page.replace("Use a binary variable for opening", "Use a 0-1 variable for opening")
    new = "## new\n\nLabel: A > B > C\n\n### Condition\n\nApplies always.\n\n### Explanation\n\nThink.\n"
    taken = take_in(store, loads(edited + new, "page.md"), author="me", source="page.md")
    assert len(taken.insights) == 2 and [str(label) for label in taken.labels] == ["A > B > C"]
    after = store.get(stored.id)
    assert after.version == 2 and after.explanation.startswith("Use a 0-1") and after.evidence == evidence
    assert store.get(other.id).version == 1
    again = loads(dumps(Contents(store.insights()), Format.MARKDOWN), "p")
    assert take_in(store, again, author="me", source="p") == Taken((), (), ())


@pytest.mark.parametrize("form", [Format.JSON, Format.MARKDOWN])
def test_an_older_export_leaves_newer_edits_alone_and_names_them(store: Store, form: Format) -> None:
    edited, other = store.put([setup_costs(), conservation()], author="me")
    old = loads(dumps(Contents((edited, other, setup_costs(id="more"))), form), "old")
    store.put([edited.model_copy(update={"explanation": "Newer."})], author="another")
    taken = take_in(store, old, author="me", source="old")
    assert [one.id for one in taken.insights] == ["more"] and taken.older == (edited.id,)
    assert store.get(edited.id).explanation == "Newer."
    take_in(store, old, author="me", source="old", overwrites=True)
    assert store.get(edited.id).explanation == edited.explanation


def test_an_edit_of_the_version_that_is_stored_is_taken_though_it_goes_back_to_earlier_words(
    store: Store,
) -> None:
    (first,) = store.put([setup_costs()], author="me")
    (second,) = store.put([first.model_copy(update={"explanation": "Newer."})], author="me")
    page = dumps(Contents((second,)), Format.MARKDOWN).replace("Newer.", first.explanation)
    assert len(take_in(store, loads(page, "page.md"), author="me", source="page.md").insights) == 1


def test_a_file_of_another_format_taken_in_again_undoes_nothing(store: Store) -> None:
    foreign = setup_costs(id="alphaopt-7", foreign={"insight_id": 7, "version": 5})
    published = loads(dumps(Contents((foreign,)), Format.ALPHAOPT), "library.json")
    (first,) = take_in(store, published, author="me", source="library.json").insights
    (measured,) = store.put([first.model_copy(update={"evidence": Evidence(runs=6, helped=5)})], author="me")
    assert take_in(store, published, author="me", source="library.json") == Taken((), (), ())
    (edited,) = store.put([measured.model_copy(update={"explanation": "Mine."})], author="me")
    assert take_in(store, published, author="me", source="library.json").older == (edited.id,)
    newer = foreign.model_copy(update={"explanation": "Theirs."})
    again = loads(dumps(Contents((newer,)), Format.ALPHAOPT), "library.json")
    (after,) = take_in(store, again, author="me", source="library.json").insights
    assert after.explanation == "Theirs." and after.evidence.helped == 5


@pytest.mark.parametrize("form", [Format.ALPHAOPT, Format.MARKDOWN])
def test_what_comes_without_its_id_is_known_by_its_words(store: Store, form: Format) -> None:
    nameless = loads(dumps(Contents((conservation(),)), form), "a file")
    assert len(take_in(store, nameless, author="me", source="a file").insights) == 1
    store.put([setup_costs()], author="me")
    ours = loads(dumps(Contents(store.insights()), form), "a file")
    assert take_in(store, nameless, author="me", source="a file") == Taken((), (), ())
    assert take_in(store, ours, author="me", source="a file") == Taken((), (), ())


def test_a_label_without_words_takes_none_away(store: Store) -> None:
    meaning = Definition(label=FLOW, definition="What comes in goes out.")
    taken = take_in(store, Contents(taxonomy=(meaning,)), author="me", source="taxonomy.json")
    assert taken == Taken((), (), (FLOW,))
    take_in(store, Contents(taxonomy=(Definition(label=FLOW),)), author="me", source="other.json")
    assert store.taxonomy() == (meaning,)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("", "neither JSON nor"),
        ("{", "neither JSON nor"),
        ("[" * 100_000, "neither JSON nor"),
        ("3", "single int"),
        ('[{"insight_id": 1}]', "file.json, entry 1: taxonomy: Field required"),
        ('{"Track": {"Group": ["a"]}}', "three levels"),
        ('{"format": "optwright-library", "version": 1, "insights": [{"id": "a"}]}', "insights.0.labels"),
        (
            "# x\n\n## a1\n\nStatus: active\nLabel: A > B > C\n\n### Condition\n\nx\n",
            "section a1: there is no explanation",
        ),
        ("## new\n\nLabel: A > B\n\n### Condition\n\nx\n\n### Explanation\n\ny\n", "has 2 parts"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(broken: str, message: str) -> None:
    with pytest.raises(ExchangeError, match=message):
        loads(broken, "file.json")


@pytest.mark.parametrize(
    ("words", "instead", "message"),
    [
        ("\n```\n\n## i-b", "\n\n## i-b", "section i-a: its code fence ``` is not closed"),
        ("### Example", "### Examples", "section i-a: there is no heading 'Examples', only Condition"),
        ("### Example", "### Explanation", "section i-a: the heading Explanation stands twice"),
        ("Status: retired\n", "", "section i-b: there is no status"),
        ("Status: retired\n", "Status: retired\nStatus: active\n", "section i-b: the status stands twice"),
        ("Status: retired", "Status: away", "section i-b: status: Input should be 'candidate', 'active'"),
        ("Label: Dom", "Lable: Dom", "section i-a: 'Lable: Domain"),
        ("## i-b", "##", "after section i-a: a heading ## has no id"),
        ("## i-a", "# i-a", "beginning: ### Condition is in no section"),
    ],
)
def test_an_edit_that_would_lose_something_is_refused_with_the_place(
    words: str, instead: str, message: str
) -> None:
    two = Contents((conservation(id="i-a"), setup_costs(id="i-b", status=Status.RETIRED)))
    page = dumps(two, Format.MARKDOWN)
    assert loads(page, "page.md").insights[1].status is Status.RETIRED and words in page
    with pytest.raises(ExchangeError, match=re.escape(message)):
        loads(page.replace(words, instead), "page.md")


@pytest.mark.parametrize("field", ["condition", "explanation", "example"])
def test_a_line_end_of_another_kind_is_text(field: str, tmp_path: Path) -> None:
    planted = "harmless\r## planted\rStatus: active\rLabel: A > B > C\r### Condition\r```\rx"
    one = setup_costs(id="one", **{field: planted})
    page = tmp_path / "page.md"
    page.write_text(dumps(Contents((one,)), Format.MARKDOWN))
    (read,) = loads(page.read_text(), "page.md").insights
    assert getattr(read, field) == planted


def test_the_same_id_twice_is_refused(store: Store) -> None:
    twice = Contents((setup_costs(id="a"), conservation(id="a")))
    with pytest.raises(ExchangeError, match="the id a stands twice"):
        take_in(store, twice, author="me", source="f")


def test_alphaopt_entries_of_our_own_get_free_numbers() -> None:
    foreign = setup_costs(id="alphaopt-7", foreign={"insight_id": 7, "version": 1})
    written = json.loads(dumps(Contents((conservation(id="i-1"), foreign)), Format.ALPHAOPT))
    assert [entry["insight_id"] for entry in written] == [8, 7]
    assert written[0]["taxonomy"] == {FLOW.track: {FLOW.group: [FLOW.name]}}


@pytest.mark.skipif(not PUBLISHED.exists(), reason="AlphaOPT's published files are not here")
class TestPublished:
    """AlphaOPT's own library and taxonomy."""

    def test_the_library_comes_back_identical_and_all_of_it_can_be_reached(self, store: Store) -> None:
        source = (PUBLISHED / "alphaopt_library.json").read_text(encoding="utf-8")
        taxonomy = (PUBLISHED / "alphaopt_latest_taxonomy_new.json").read_text(encoding="utf-8")
        take_in(store, loads(taxonomy, "taxonomy.json"), author="me", source="taxonomy.json")
        taken = take_in(store, loads(source, "library.json"), author="me", source="library.json")
        assert len(taken.insights) == 139
        contents = Contents(store.insights(), store.taxonomy())
        assert json.dumps(json.loads(dumps(contents, Format.ALPHAOPT))) == json.dumps(json.loads(source))
        assert json.dumps(json.loads(dumps(contents, Format.ALPHAOPT_TAXONOMY))) == json.dumps(
            json.loads(taxonomy)
        )
        again = take_in(store, loads(source, "library.json"), author="me", source="library.json")
        assert again == Taken((), (), ())
        opened = open_library(store.url)
        assert opened.unreachable() == ()


def test_what_ships_can_be_read_and_is_reachable(store: Store) -> None:
    contents = shipped()
    take_in(store, contents, author="me", source="shipped")
    assert open_library(store.url).unreachable() == ()
    assert contents.insights
    assert all(one.status is Status.ACTIVE and one.provenance.verified_by for one in contents.insights)
    assert all(one.evidence.helped >= one.evidence.harmed + 2 for one in contents.insights)
    assert all(one.evidence.guard_harmed <= one.evidence.guard_helped for one in contents.insights)
