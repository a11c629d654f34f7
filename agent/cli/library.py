"""``optwright library``: what reads the library; its changes and its growth are in modules of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli import terminal
from agent.cli.options import AsJson
from agent.errors import UserError

if TYPE_CHECKING:
    from library import Insight, Library
    from library.store import Store

app = typer.Typer(no_args_is_help=True, help="Read, edit, exchange and grow the experience library.")
_MAX_BYTES = 200_000_000


class StatusName(StrEnum):
    """Status of insights to show."""

    CANDIDATE = "candidate"
    ACTIVE = "active"
    RETIRED = "retired"


class TrackName(StrEnum):
    """What insights advise."""

    FORMULATION = "formulation"
    CODE = "code"


class FormatName(StrEnum):
    """Format of an exported library."""

    JSON = "json"
    ALPHAOPT = "alphaopt"
    ALPHAOPT_TAXONOMY = "alphaopt-taxonomy"
    MARKDOWN = "markdown"


InsightId = Annotated[str, typer.Argument(metavar="ID", help="Id of an insight, as `list` shows it.")]


@contextmanager
def opened() -> Iterator["Library"]:
    """The configured library, closed afterwards; its errors as the command line tells them."""
    from agent.experience import open_library, told_as_ours
    from agent.settings import load

    library = open_library(load())
    try:
        with told_as_ours():
            yield library
    finally:
        library.close()


@app.command("list")
def list_insights(
    status: Annotated[StatusName | None, typer.Option(help="Only those of this status.")] = None,
    track: Annotated[TrackName | None, typer.Option(help="Only those for this step.")] = None,
    label: Annotated[str, typer.Option(metavar="TEXT", help="Only those whose label begins so.")] = "",
    as_json: AsJson = False,
) -> None:
    """List insights; with --json as a JSON list with everything about them."""
    from library.insight import Status

    with opened() as library:
        chosen = Status(status.value) if status else None
        insights = library.store.insights(status=chosen, track=track.value if track else None, label=label)
    if as_json:
        terminal.print_json([one.model_dump(mode="json") for one in insights])
        return
    for one in insights:
        print_line(one)


@app.command()
def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Words, or a whole problem.")],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most results.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Find active insights by words, the best first, as the agent does in its first step."""
    with opened() as library:
        hits = library.store.search(text, limit=limit)
    if as_json:
        terminal.print_json(
            [
                {
                    "score": hit.score,
                    "shared": list(hit.shared),
                    "insight": hit.insight.model_dump(mode="json"),
                }
                for hit in hits
            ]
        )
        return
    for hit in hits:
        print_line(hit.insight, note=f"{hit.score:.1f}  {', '.join(hit.shared)}")


@app.command()
def show(insight_id: InsightId, as_json: AsJson = False) -> None:
    """Show an insight with its evidence."""
    from agent.curation import evidence

    with opened() as library:
        one = library.store.get(insight_id)
    if as_json:
        terminal.print_json(one.model_dump(mode="json"))
        return
    out = terminal.out()
    out.print(terminal.plain(f"{one.id}  {one.status.value}, version {one.version}", "bold"))
    for label in one.labels:
        out.print(terminal.plain(f"  {label}", "dim"))
    for name in ("condition", "explanation", "example"):
        if text := getattr(one, name):
            out.print(terminal.plain(f"\n{name.capitalize()}", "bold"))
            out.print(terminal.plain(text), soft_wrap=True)
    out.print(terminal.plain("\nEvidence", "bold"))
    for line in evidence(one):
        out.print(terminal.plain(f"  {line}"), soft_wrap=True)


@app.command()
def history(
    insight_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Only of this insight.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show who changed what, when and why."""
    with opened() as library:
        if insight_id is not None:
            library.store.get(insight_id)
        events = library.store.events(insight_id)
    if as_json:
        rows = [
            {
                "at": _iso(e.at),
                "insight": e.insight.id,
                "version": e.insight.version,
                "author": e.author,
                "note": e.note,
            }
            for e in events
        ]
        terminal.print_json(rows)
        return
    for event in events:
        line = f"{_iso(event.at)}  {event.insight.id}  version {event.insight.version}  {event.author}: {event.note}"
        terminal.out().print(terminal.plain(line), soft_wrap=True)


@app.command()
def diff(
    insight_id: InsightId,
    since: Annotated[
        int | None, typer.Option("--from", min=1, help="Version; default: the last but one.")
    ] = None,
    until: Annotated[int | None, typer.Option("--to", min=1, help="Version; default: the newest.")] = None,
) -> None:
    """Show what changed between two versions of an insight."""
    from library.history import difference, version_of

    with opened() as library:
        newest = library.store.get(insight_id)
        after = version_of(library.store, insight_id, until or newest.version)
        before = version_of(library.store, insight_id, since) if since else _before(library.store, after)
    terminal.out().print(terminal.plain(difference(before, after) or "no difference"), soft_wrap=True)


@app.command()
def export(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Default: standard output.")] = None,
    form: Annotated[FormatName, typer.Option("--format", help="What to write.")] = FormatName.JSON,
    everything: Annotated[bool, typer.Option("--all", help="Candidates and retired ones, too.")] = False,
) -> None:
    """Write the library to a file; active insights only, unless told otherwise."""
    from library import exchange
    from library.insight import Status

    with opened() as library:
        insights = library.store.insights(status=None if everything else Status.ACTIVE)
        contents = exchange.Contents(insights, library.store.taxonomy())
    text = exchange.dumps(contents, exchange.Format(form.value))
    if file is None:
        typer.echo(text, nl=False)
        return
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(file)
    except OSError as error:
        raise UserError(f"{file} cannot be written: {error.strerror}") from error


@app.command()
def stats(as_json: AsJson = False) -> None:
    """Count insights by track and status, labels, and noted runs of the agent."""
    with opened() as library:
        counts = {f"{track} {status}": n for (track, status), n in sorted(library.store.counts().items())}
        counts |= {"labels": len(library.store.taxonomy()), "noted runs": library.store.observations()}
        url = library.store.url
    if as_json:
        terminal.print_json({"url": url, **counts})
        return
    terminal.out().print(terminal.plain(url, "dim"), soft_wrap=True)
    for name, count in counts.items():
        terminal.out().print(terminal.plain(f"{count:>8}  {name}"))


def read_text(file: Path) -> str:
    """The text of a file.

    Raises:
        UserError: it cannot be read, is too large, or is no text.
    """
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise UserError(f"{file} has more than {_MAX_BYTES:,} bytes; a library is smaller")
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise UserError(f"{file} is not text in UTF-8") from None


def print_line(one: "Insight", note: str = "") -> None:
    """One line on standard output: id, status, what it is about."""
    line = terminal.plain(f"{one.id:<16} {one.status.value:<9} ", "dim").append(
        terminal.plain(one.title, "default")
    )
    terminal.out().print(line.append(terminal.plain(f"  [{note}]" if note else "", "dim")), soft_wrap=True)


def _before(store: "Store", after: "Insight") -> "Insight | None":
    from library.history import version_of

    return version_of(store, after.id, after.version - 1) if after.version > 1 else None


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")
