"""``optwright bench list``, ``fetch`` and ``leakage``."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli import terminal
from agent.cli.options import AsJson, Verbose


def list_sets(
    as_json: AsJson = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """List the sets of problems, with source, licence and whether they are on this machine."""
    from rich.table import Table

    from agent.settings import load
    from benchmarks import datasets

    settings = load()
    cards = [datasets.card(name) for name in datasets.names()]
    here = {card.name: _is_here(card.name, settings) for card in cards}
    if as_json:
        shown = [
            {**card.model_dump(mode="json"), "corrections": len(card.corrections), "here": here[card.name]}
            for card in cards
        ]
        terminal.print_json({"sets": shown})
        return
    table = Table(box=None, pad_edge=False)
    for title in ("set", "problems", "licence", "here", "source"):
        table.add_column(title, overflow="fold", justify="right" if title == "problems" else "left")
    for card in cards:
        table.add_row(
            card.name, str(card.size or ""), card.licence, "yes" if here[card.name] else "", card.source
        )
    terminal.out().print(table)


def _is_here(name: str, settings: object) -> bool:
    from benchmarks import datasets
    from benchmarks.errors import DatasetError

    try:
        return datasets.local_path(name, settings).exists()  # type: ignore[arg-type]
    except DatasetError:
        return False


def fetch(
    name: Annotated[str, typer.Argument(metavar="SET", help="One of `optwright bench list`.")],
    sha256: Annotated[
        str | None,
        typer.Option(metavar="HEX", help="Checksum that the file must have, where none is pinned."),
    ] = None,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="Another address than the pinned one.")
    ] = None,
    mirror: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Server to use instead of raw.githubusercontent.com."),
    ] = None,
    as_json: AsJson = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Download a set from its public repository at the pinned commit, and check its checksum."""
    from agent.settings import load
    from benchmarks.cli.progress import DownloadBar
    from benchmarks.datasets import load as load_set
    from benchmarks.datasets.fetch import fetch as download

    settings = load()
    if mirror is not None:
        settings = settings.model_copy(update={"dataset_mirror": mirror})
    path = download(name, settings, sha256=sha256, url=url, progress=DownloadBar(name))
    found = load_set(name, path)
    if as_json:
        flaws = [flaw.model_dump() for flaw in found.flaws]
        terminal.print_json({"set": name, "path": str(path), "n": len(found), "flaws": flaws})
        return
    terminal.out().print(terminal.plain(f"{name}: {len(found)} problems in {path}"), soft_wrap=True)
    for flaw in found.flaws:
        terminal.err().print(terminal.plain(str(flaw), "yellow"), soft_wrap=True)


def leakage(
    first: Annotated[str, typer.Argument(metavar="SET[=PATH]", help="A set, or a file read as one.")],
    second: Annotated[str, typer.Argument(metavar="SET[=PATH]", help="What it is compared with.")],
    threshold: Annotated[
        float, typer.Option(min=0.1, max=1.0, metavar="J", help="Share of common word runs that is too much.")
    ] = 0.6,
    as_json: AsJson = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Find problems of one set that stand in another: the same words, the same but for numbers, or nearly so."""
    from benchmarks.datasets import Dataset, load
    from benchmarks.leakage import overlaps

    def opened(argument: str) -> Dataset:
        name, _, path = argument.partition("=")
        return load(name, Path(path) if path else None)

    sets = [opened(first), opened(second)]
    texts = [{record.id: record.question for record in found} for found in sets]
    found = overlaps(*texts, threshold=threshold)
    if as_json:
        terminal.print_json(
            {"n": [len(text) for text in texts], "overlaps": [pair._asdict() for pair in found]}
        )
        return
    console = terminal.out()
    for pair in found:
        line = f"{pair.first}  {pair.second}  {pair.kind}  {pair.likeness:.2f}"
        console.print(terminal.plain(line), soft_wrap=True)
    touched = len({pair.first for pair in found})
    console.print(
        terminal.plain(f"{touched} of the {len(texts[0])} problems of {first} stand in {second}", "bold")
    )
