"""What a store promises, in both kinds of database."""

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from insights import CODE, FLOW, SETUP, conservation, setup_costs

from library import Library, LibraryError
from library.errors import EditConflict, StoreError, UnknownInsight
from library.history import difference, restore, restore_all
from library.insight import Definition, Insight, Label, Status
from library.library import open_library
from library.store import Store


def test_what_is_put_is_got_with_an_id_and_a_version(store: Store) -> None:
    (stored,) = store.put([setup_costs()], author="me")
    assert stored.id and stored.version == 1
    assert store.get(stored.id) == stored
    assert store.insights() == (stored,)


def test_a_change_to_an_old_version_is_refused_and_nothing_of_it_is_kept(store: Store) -> None:
    (first,) = store.put([setup_costs()], author="me")
    store.put([first.model_copy(update={"explanation": "Newer."})], author="another")
    with pytest.raises(EditConflict, match="is at version 2"):
        store.put([conservation(), first.model_copy(update={"explanation": "Mine."})], author="me")
    assert [i.explanation for i in store.insights()] == ["Newer."]


def test_an_unknown_insight_is_named(store: Store) -> None:
    with pytest.raises(UnknownInsight, match="no insight 'nobody'"):
        store.get("nobody")


def test_insights_are_listed_by_status_track_and_label(store: Store) -> None:
    store.put(
        [setup_costs(), conservation(status=Status.RETIRED), setup_costs(labels=(CODE, SETUP))], author="me"
    )
    assert len(store.insights(status=Status.ACTIVE)) == 2
    assert [i.labels[0] for i in store.insights(track="code")] == [CODE]
    assert len(store.insights(label="General Formulation")) == 2
    assert len(store.insights(label="General_Formulation")) == 0
    assert store.counts() == {
        ("formulation", "active"): 1,
        ("formulation", "retired"): 1,
        ("code", "active"): 1,
    }


def test_search_finds_the_fitting_insight_first_and_says_by_which_words(store: Store) -> None:
    store.put([setup_costs(), conservation()], author="me")
    hits = store.search("Water travels through a network of pipes. Each pipe has a charge.")
    assert [hit.insight.labels[0] for hit in hits] == [FLOW, SETUP]
    assert set(hits[0].shared) == {"travel", "network", "pipe"}
    assert hits[0].score > hits[1].score > 0
    assert store.search("Nothing in common here: zebra") == ()
    assert store.search("") == ()
    assert store.search("pipes", status=Status.RETIRED) == ()
    assert store.search("pipes", track="code") == ()
    assert len(store.search("pipes machine", label=str(SETUP))) == 1


def test_a_search_finds_the_wanted_few_among_many_that_fit_better(store: Store) -> None:
    retired = [
        conservation(status=Status.RETIRED, condition=f"Pipes, pipes and pipes {n}.") for n in range(150)
    ]
    store.put([*retired, conservation(explanation="Not only pipes. " + "Water goes far. " * 9)], author="me")
    (hit,) = store.search("pipes", limit=2)
    assert hit.insight.status is Status.ACTIVE


@pytest.mark.parametrize(
    "text", ['"; DROP TABLE insight; --', "NEAR(a b) OR * ^ {x}:", "a'b ' \" \\ | & !", "\0"]
)
def test_words_of_a_search_are_never_commands(store: Store, text: str) -> None:
    store.put([conservation()], author="me")
    assert [hit.insight.labels[0] for hit in store.search(f"{text} pipes")] == [FLOW]


def test_an_edit_is_searched_by_its_new_words(store: Store) -> None:
    (stored,) = store.put([conservation()], author="me")
    store.put([stored.model_copy(update={"condition": "Applies when zebras migrate."})], author="me")
    assert store.search("pipes") == ()
    assert len(store.search("zebras")) == 1


def test_every_label_is_in_the_taxonomy_and_unused_ones_can_go(store: Store) -> None:
    meaning = Definition(label=FLOW, definition="What comes in goes out.", condition="Applies in networks.")
    store.define([meaning])
    (stored,) = store.put([setup_costs()], author="me")
    assert [d.label for d in store.taxonomy()] == [FLOW, SETUP]
    store.put([stored.model_copy(update={"labels": (CODE,)})], author="me")
    assert store.prune() == (SETUP,)
    assert store.taxonomy() == (meaning, Definition(label=CODE))


def test_history_tells_every_change_and_goes_back(store: Store) -> None:
    (first,) = store.put([setup_costs()], author="ann", note="begin")
    (second,) = store.put([first.model_copy(update={"explanation": "Worse."})], author="bob", note="try")
    assert [(e.author, e.note, e.insight.version) for e in store.events(first.id)] == [
        ("ann", "begin", 1),
        ("bob", "try", 2),
    ]
    assert "-  Use a binary" in difference(first, second) and "+  Worse." in difference(first, second)
    back = restore(store, first.id, 1, author="ann")
    assert back.version == 3 and back.explanation == first.explanation
    with pytest.raises(UnknownInsight, match="versions 1 to 3, and no version 9"):
        restore(store, first.id, 9, author="ann")


def test_the_whole_library_goes_back_to_a_moment(store: Store) -> None:
    kept, edited = store.put([setup_costs(), conservation()], author="me")
    moment = time.time()
    time.sleep(0.01)
    store.put([edited.model_copy(update={"condition": "Changed."})], author="me")
    (late,) = store.put([setup_costs(condition="Late.")], author="me")
    changed = restore_all(store, moment, author="me")
    assert {i.id for i in changed} == {edited.id, late.id}
    assert store.get(kept.id).version == 1
    assert store.get(edited.id).condition == conservation().condition
    assert store.get(late.id).status is Status.RETIRED
    assert restore_all(store, time.time(), author="me") == ()


def test_notes_of_a_run_are_kept_apart_and_replaced(store: Store) -> None:
    store.note("run", "a", {"x": 1})
    store.note("run", "a", {"x": 2})
    store.note("other", "a", [])
    assert store.recall("run") == {"a": {"x": 2}}
    assert store.recall("none") == {}


def _write(url: str, name: str, count: int) -> None:
    opened = open_library(url)
    for number in range(count):
        opened.store.put([setup_costs(condition=f"{name} {number}")], author=name)
    opened.close()


def test_several_processes_write_at_once_and_nothing_is_lost(url: str, library: Library) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(url, f"w{n}", 10)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    assert {i.condition for i in library.store.insights()} == {
        f"w{n} {k}" for n in range(3) for k in range(10)
    }
    assert len(library.store.events()) == 30


def test_of_two_edits_of_one_insight_one_is_refused(library: Library, url: str) -> None:
    (stored,) = library.store.put([setup_costs()], author="me")
    second = open_library(url)
    second.store.put([stored.model_copy(update={"condition": "Second."})], author="b")
    second.close()
    with pytest.raises(EditConflict):
        library.store.put([stored.model_copy(update={"condition": "First."})], author="a")


def _write_until_killed(path: str) -> None:
    opened = open_library(f"sqlite:///{path}")
    for number in range(100_000):
        opened.store.put([setup_costs(), setup_costs(condition=f"twin {number}")], author="w")


def _count(path: Path) -> int:
    """How many insights a file holds; none while it is being made."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM insight").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def test_a_killed_writer_leaves_whole_changes_only(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    writer = multiprocessing.get_context("spawn").Process(target=_write_until_killed, args=(str(path),))
    writer.start()
    deadline = time.monotonic() + 30
    while _count(path) < 5 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    opened = open_library(f"sqlite:///{path}")
    count = len(opened.store.insights())
    assert count >= 6 and count % 2 == 0
    assert len(opened.store.events()) == count
    assert len(opened.store.search("machine fixed charge", limit=count)) == count // 2
    opened.close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://x/y", "sqlite:///PATH or postgresql"),
        ("nonsense", "cannot be read"),
        ("sqlite://", "needs a file"),
        ("sqlite:////proc/no/library.db", "cannot be made"),
    ],
)
def test_a_url_that_cannot_serve_is_refused_with_what_can(url: str, message: str) -> None:
    with pytest.raises(LibraryError, match=message):
        open_library(url)


@pytest.fixture
def unwritable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A library that may not be written; told by the system's answer, since a superuser may write everywhere."""
    url = f"sqlite:///{tmp_path}/our library.db"
    opened = open_library(url)
    opened.store.put([conservation(id="i-flow")], author="me")
    opened.close()
    monkeypatch.setattr("library.sqlite.os.access", lambda path, mode: mode != os.W_OK)
    return url


def test_what_may_not_be_written_is_read_and_says_so_when_it_is_changed(
    unwritable: str, tmp_path: Path
) -> None:
    store = open_library(unwritable).store
    assert [hit.insight.id for hit in store.search("pipes of a network")] == ["i-flow"]
    assert store.get("i-flow").version == 1 and len(store.events()) == 1
    with pytest.raises(StoreError, match="can only be read here"):
        store.put([setup_costs()], author="me")
    assert [path.name for path in tmp_path.iterdir()] == ["our library.db"]


def test_an_old_library_that_may_not_be_written_says_what_to_do(unwritable: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "our library.db")) as connection:
        connection.execute("UPDATE library_meta SET schema_version = 1")
        connection.commit()
    with pytest.raises(StoreError, match="open it once where it can be written"):
        open_library(unwritable)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    path.write_text("not a database at all, but long enough to be read as one" * 20)
    with pytest.raises(StoreError, match="not a database"):
        open_library(f"sqlite:///{path}")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hunter2@127.0.0.1:1/none",
        "postgresql://127.0.0.1:1/none?user=me&password=hunter2",
        "postgresql://127.0.0.1:1/none?user=me&p%61ssword=hunter2",
        "postgresql://me:not@hunter2@127.0.0.1:1/none",
        "postgresql://me:not@hunter2/or:this@127.0.0.1:1/none",
        "postgresql://me:not?hunter2@127.0.0.1:1/none",
        "postgresql://me:hunter2@127.0.0.1:port/none",
        "postgresql://me:hunter2@[::1/none",
        "postgresql://me:hunter2/none",
        "mysql://me:hunter2@127.0.0.1/none",
        "host=127.0.0.1 password=hunter2",
    ],
)
def test_a_password_is_never_shown(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_library(url)
    assert "hunter2" not in str(caught.value)


def test_an_unescaped_at_sign_is_told_with_what_to_write() -> None:
    with pytest.raises(StoreError, match="%40"):
        open_library("postgresql://me:hun@ter2@127.0.0.1:1/none")


def test_a_library_of_the_first_schema_is_searched_as_before(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    library = open_library(url)
    library.store.put([setup_costs(), conservation()], author="ann")
    found = library.store.search("a fixed cost to set up a machine")
    library.close()
    with sqlite3.connect(tmp_path / "old.db") as connection:
        connection.execute("DROP TABLE insight_word")
        connection.execute("UPDATE library_meta SET schema_version = 1")
    library = open_library(url)
    assert found and library.store.search("a fixed cost to set up a machine") == found
    library.store.put([found[0].insight], author="ann")
    assert [hit.score for hit in library.store.search("a fixed cost to set up a machine")] == [
        hit.score for hit in found
    ]
    library.close()


def test_a_newer_schema_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/library.db"
    open_library(url).close()
    with closing(sqlite3.connect(tmp_path / "library.db")) as connection:
        connection.execute("UPDATE library_meta SET schema_version = 99")
        connection.commit()
    with pytest.raises(StoreError, match="newer Optwright"):
        open_library(url)


def test_every_active_insight_is_found_by_its_own_condition(library: Library) -> None:
    many = [
        setup_costs(condition=f"Applies when product{chr(97 + n)}x is made on a machine.") for n in range(20)
    ]
    library.store.put([*many, conservation()], author="me")
    assert library.unreachable() == ()


def test_labels_are_three_parts(store: Store) -> None:
    assert Label.parse("A > B > C") == Label(track="A", group="B", name="C")
    with pytest.raises(ValueError, match="has 2 parts"):
        Label.parse("A > B")
    with pytest.raises(ValueError):
        Insight(labels=(), condition="a", explanation="b")


def test_opening_loads_no_optimization_package() -> None:
    heavy = ("pyomo", "langgraph", "openai", "agent")
    code = f"import library, sys; library.open; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
