"""A solution as a person reads it on a terminal."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.cli.terminal import plain, safe
from agent.nodes.explain import number
from agent.solution import Solution

MAX_ROWS = 40
_NEARLY_ZERO = 1e-9
_STYLES = {"optimal": "bold green", "feasible": "bold yellow", "unsure": "bold yellow", "failed": "bold red"}


def print_solution(solution: Solution, console: Console) -> None:
    """Prints status and objective, explanation, values, what was checked, and what it cost."""
    console.print(_headline(solution))
    console.print(plain(solution.explanation), soft_wrap=True)
    rows = list(_nonzero(solution))
    if rows:
        console.print()
        console.print(_table(rows))
        if len(rows) > MAX_ROWS:
            console.print(
                plain(f"and {len(rows) - MAX_ROWS} more values that are not zero: see --json", "dim")
            )
    console.print()
    for label, text in _remarks(solution):
        console.print(Text.assemble((f"{label}: ", "bold"), safe(text)), soft_wrap=True)


def _headline(solution: Solution) -> Text:
    line = plain(solution.status.value, _STYLES.get(solution.status, "bold magenta"))
    if solution.objective is not None:
        unit = f" {solution.unit}" if solution.unit else ""
        line.append(f"  objective {number(solution.objective)}{safe(unit)}", style="bold")
    return line


def _nonzero(solution: Solution) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each variable that is not zero."""
    units = {v.name: v.unit for v in solution.formulation.variables} if solution.formulation else {}
    for name, value in solution.values.items():
        entries = value if isinstance(value, dict) else {(): value}
        for key, amount in entries.items():
            if abs(amount) > _NEARLY_ZERO:
                shown = ", ".join(map(str, key)) if isinstance(key, tuple) else str(key)
                yield f"{name}[{shown}]" if shown else name, amount, units.get(name, "")


def _table(rows: list[tuple[str, float, str]]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("variable", overflow="fold")
    table.add_column("value", justify="right")
    if any(unit for _, _, unit in rows):
        table.add_column("unit")
    for name, value, unit in rows[:MAX_ROWS]:
        table.add_row(*(plain(name), number(value), plain(unit))[: len(table.columns)])
    return table


def _remarks(solution: Solution) -> Iterator[tuple[str, str]]:
    """What else is to be said, each with its label."""
    if solution.status == "unsure":
        candidates = "; ".join(f"{answer} ({count})" for answer, count in solution.votes.items())
        yield "Candidates, with votes", candidates
        yield "Question", solution.question
    if solution.status == "failed":
        for candidate in solution.candidates:
            yield f"Attempt {candidate.number + 1}", candidate.fault or "no answer"
    else:
        yield "Confidence", f"{solution.confidence:.0%}: {solution.reason}"
    if solution.certificate is not None:
        yield "Checked", " ".join(solution.certificate.sentences())
    for assumption in solution.assumptions:
        yield "Assumed", assumption
    yield "Cost", f"{solution.ledger.summary()}; {solution.seconds:.1f} s in all"
