"""``optwright bench report``, ``compare`` and ``show``."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli import terminal
from agent.cli.options import AsJson, Verbose

if TYPE_CHECKING:
    from benchmarks.answering import Answer
    from benchmarks.scoring.report import Report

_Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a run.")]
_Data = Annotated[
    Path | None, typer.Option("--data", metavar="PATH", help="The set's file, where it has moved since.")
]


def report(folder: _Folder, data: _Data = None, as_json: AsJson = False, verbose: Verbose = False) -> None:  # noqa: ARG001
    """Score a run's answers; also writes report.json and report.html, one file with plots, into its folder."""
    from benchmarks.page import write as write_page
    from benchmarks.reporting import report_of, write

    found = report_of(folder, data)
    print_report(found, folder, as_json=as_json)
    with telling_what_is_not_written():
        write(found, folder)
        page = write_page(found, folder)
        if not as_json:
            terminal.err().print(terminal.plain(f"written: {page}", "dim"), soft_wrap=True)


@contextmanager
def telling_what_is_not_written() -> Iterator[None]:
    """Notes a file that could not be written: what is printed by then is no less the result."""
    from benchmarks.errors import StorageError

    try:
        yield
    except StorageError as error:
        terminal.err().print(terminal.plain(str(error), "yellow"), soft_wrap=True)


def print_report(found: "Report", folder: Path, *, as_json: bool) -> None:
    """The report on standard output, as tables or as one JSON object."""
    if as_json:
        terminal.print_json(found.summary())
    else:
        _print_tables(found, folder)


def _print_tables(found: "Report", folder: Path) -> None:
    from rich.table import Table

    from benchmarks.scoring.remarks import remarks

    table = Table(box=None, pad_edge=False)
    for title in ("type", "right", "95 %", "executed", "verified", "unsure", "right of answered"):
        table.add_column(title, overflow="fold", justify="left" if title == "type" else "right")
    for row in (found.total, *found.types):
        right = row.accuracy
        table.add_row(
            terminal.plain(row.type or "none"),
            f"{right.right}/{right.total}  {right.value:.1%}",
            f"{right.low:.0%} to {right.high:.0%}",
            f"{row.executed.value:.1%}",
            f"{row.verified.value:.1%}",
            f"{row.abstained.value:.1%}",
            f"{row.answered.value:.1%}",
        )
    console = terminal.out()
    console.print(terminal.plain(f"{found.config.set}, {found.n} answered, {folder}", "bold"), soft_wrap=True)
    console.print(table)
    for line in remarks(found):
        console.print(terminal.plain(line), soft_wrap=True)


def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="Folder of a run.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Folder of another run over the same set.")],
    as_json: AsJson = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Compare two runs by a paired test, and list the problems that changed."""
    from benchmarks.reporting import report_of
    from benchmarks.scoring.comparison import compare as compared

    found = compared(report_of(first), report_of(second))
    if as_json:
        terminal.print_json(found.model_dump(mode="json"))
        return
    console = terminal.out()
    for folder, share in ((first, found.first), (second, found.second)):
        console.print(terminal.plain(f"{folder}: {share}"), soft_wrap=True)
    for sign, changes in (("+", found.gained), ("-", found.lost)):
        for change in changes:
            objectives = f"{_number(change.first_objective)} -> {_number(change.second_objective)}"
            line = f"{sign} {change.id}: {change.first} -> {change.second}, objective {objectives}"
            console.print(terminal.plain(line), soft_wrap=True)
    console.print(
        terminal.plain(
            f"{len(found.gained)} gained, {len(found.lost)} lost; exact McNemar test: p = {found.p_value:.3g}"
        )
    )
    if found.differing:
        words = f"{found.differing} problems left out: their ids stand for other questions in the other run"
        terminal.err().print(terminal.plain(words, "yellow"), soft_wrap=True)
    if not found.is_same_file:
        terminal.err().print(terminal.plain("the runs read different files of the set", "yellow"))


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.10g}"


def show(
    folder: _Folder,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="Id of a problem.")],
    data: _Data = None,
    as_json: AsJson = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Show all of one problem: question, key, every reply of the model with what was wrong, outcomes, times."""
    from benchmarks import datasets
    from benchmarks.errors import RunError
    from benchmarks.runs import RunFolder
    from benchmarks.scoring.score import judge

    run = RunFolder(folder)
    config, answers = run.config, run.answers()
    if item not in answers:
        raise RunError(f"{folder} has no answer to {item!r}; it has: {', '.join(list(answers)[:8])} ...")
    dataset = datasets.load(config.set, data or config.path)
    record = next((record for record in dataset if record.id == item), None)
    if record is None:
        raise RunError(f"{dataset.path} has no problem {item!r} any more; pass the file of then with --data")
    answer, verdict = answers[item], judge(answers[item], record)
    if as_json:
        shown = {"record": record.model_dump(mode="json"), "verdict": verdict.value}
        terminal.print_json(shown | {"answer": answer.model_dump(mode="json")})
        return
    keys = " or ".join(str(key) for key in record.accepted) or "none"
    head = f"{item}: {verdict.value}; {answer.status}, objective {_number(answer.objective)}; key: {keys}"
    terminal.out().print(terminal.plain(head, "bold"), soft_wrap=True)
    for line in [record.question, "", *_trace(answer)]:
        terminal.out().print(terminal.plain(line), soft_wrap=True)


def _trace(answer: "Answer") -> list[str]:
    """What happened, in lines."""
    lines = [f"error: {answer.error}"] if answer.error else []
    lines += [f"confidence {answer.confidence:.0%}: {answer.reason}"] if answer.reason else []
    for candidate in answer.candidates:
        lines.append(f"--- sample {candidate.number + 1}, {candidate.road}, {candidate.stage}")
        for exchange in (*candidate.exchanges, *candidate.rejected):
            lines.append(f"reply: {exchange.reply}")
            lines += [f"complaint: {exchange.complaint}"] if exchange.complaint else []
        outcome = candidate.outcome
        if outcome is not None:
            lines.append(
                f"outcome: {outcome.status}, objective {_number(outcome.objective)}, {outcome.engine}"
            )
        lines += [f"warning: {warning}" for warning in candidate.warnings]
        lines += [f"fault: {candidate.fault}"] if candidate.fault else []
    lines += ["--- nodes"]
    lines += [f"{record.node:<10} {record.seconds:7.2f} s  {record.note}".rstrip() for record in answer.trace]
    return lines
