"""``optwright library`` add, edit, retire, rollback and import: what changes the library."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli import terminal
from agent.cli.library import InsightId, app, opened, print_line, read_text
from agent.cli.options import AsJson
from agent.errors import UserError

if TYPE_CHECKING:
    from library import Insight
    from library.store import Store

_AUTHOR = "command line"


def _moment(text: str) -> datetime:
    """A time as ISO 8601 writes it; in UTC unless it says otherwise.

    Raises:
        UserError: it is none.
    """
    try:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=read.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UserError(
            f"--to {text} is no time; write 2026-11-22T10:00, or 2026-11-22 for its beginning"
        ) from None


@app.command()
def add(
    condition: Annotated[str, typer.Option(help="When it applies, and when not.")],
    explanation: Annotated[str, typer.Option(help="What to do then.")],
    label: Annotated[list[str], typer.Option(metavar="'A > B > C'", help="Place in the taxonomy.")],
    example: Annotated[str, typer.Option(help="A few lines that show it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Add an insight by hand; it is active at once."""
    from agent.curation import written

    fresh = written(condition, explanation, label, example)
    with opened() as library:
        _stored(library.store, fresh, "added", as_json=as_json)


@app.command()
def edit(
    insight_id: InsightId,
    condition: Annotated[str | None, typer.Option(help="When it applies, and when not.")] = None,
    explanation: Annotated[str | None, typer.Option(help="What to do then.")] = None,
    example: Annotated[str | None, typer.Option(help="A few lines that show it.")] = None,
    label: Annotated[list[str] | None, typer.Option(metavar="'A > B > C'", help="All its labels.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change what is given; for longer edits, `export --format markdown`, edit the file, `import` it."""
    from agent.curation import edited

    texts = {"condition": condition, "explanation": explanation, "example": example}
    given = {name: text for name, text in texts.items() if text is not None}
    if not given and not label:
        raise UserError("nothing to change; give --condition, --explanation, --example or --label")
    with opened() as library:
        changed = edited(library.store.get(insight_id), label or None, **given)
        _stored(library.store, changed, "edited", as_json=as_json)


@app.command()
def retire(
    insight_id: InsightId,
    note: Annotated[str, typer.Option(help="Why.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take an insight out of use; it stays in the history and can come back."""
    from library.insight import Status

    with opened() as library:
        gone = library.store.get(insight_id).model_copy(update={"status": Status.RETIRED})
        _stored(library.store, gone, note or "retired", as_json=as_json)


@app.command()
def rollback(
    insight_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="The insight; else all.")] = None,
    version: Annotated[int | None, typer.Option(min=1, help="Version to go back to.")] = None,
    moment: Annotated[
        datetime | None,
        typer.Option(
            "--to", parser=_moment, metavar="TIME", help="Time (UTC) to take the whole library back to."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Go back: one insight to a version, or the whole library to a time."""
    from library.history import restore, restore_all

    with opened() as library:
        if insight_id is not None and version is not None:
            _told((restore(library.store, insight_id, version, author=_AUTHOR),), "", as_json=as_json)
        elif insight_id is None and moment is not None:
            changed = restore_all(library.store, moment.timestamp(), author=_AUTHOR)
            _told(changed, "nothing has changed since", as_json=as_json)
        else:
            raise UserError("give an ID with --version N, or --to TIME for the whole library")


@app.command("import")
def import_files(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="JSON, AlphaOPT's JSON, or Markdown.")
    ],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Also where the library has a newer version.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take in files; insights that are there already, the same or in a newer version, are left alone."""
    from library import exchange

    with opened() as library:
        taken = []
        for file in files:
            contents = exchange.loads(read_text(file), str(file))
            taken.append(
                exchange.take_in(
                    library.store, contents, author=_AUTHOR, source=file.name, overwrites=overwrite
                )
            )
        lost = library.unreachable()
    imported, labels = sum(len(one.insights) for one in taken), sum(len(one.labels) for one in taken)
    older = [name for one in taken for name in one.older]
    if as_json:
        terminal.print_json(
            {"imported": imported, "labels": labels, "older": older, "unreachable": list(lost)}
        )
        return
    terminal.out().print(terminal.plain(f"{imported} insights imported, {labels} labels"))
    if older:
        told = f"left alone, for the library has newer versions: {', '.join(older)}; see --overwrite"
        terminal.err().print(terminal.plain(told, "yellow"))
    if lost:
        terminal.err().print(terminal.plain(f"no search finds: {', '.join(lost)}", "yellow"))


def _stored(store: "Store", insight: "Insight", note: str, *, as_json: bool) -> None:
    _told(store.put([insight], author=_AUTHOR, note=note), "", as_json=as_json)


def _told(changed: "tuple[Insight, ...]", otherwise: str, *, as_json: bool) -> None:
    if as_json:
        terminal.print_json([one.model_dump(mode="json") for one in changed])
        return
    for one in changed:
        print_line(one, note=f"version {one.version}")
    if not changed:
        terminal.err().print(terminal.plain(otherwise))
