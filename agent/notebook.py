"""A solution as HTML, for notebooks: all text in it is escaped, since it may come from anywhere."""

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.solution import Certificate, Solution

MOST_ROWS = 100


def to_html(solution: "Solution") -> str:
    """The answer in words, its values row by row, what was checked, and the formulation folded away.

    Indexed values that are zero are left out, and of the others the first `MOST_ROWS` are shown.
    """
    parts = [
        f"<b>{solution.status.value}</b> ({solution.confidence:.0%} confident)",
        f"<p>{escape(solution.explanation)}</p>",
        _table(_rows(solution)),
        _checked(solution.certificate),
        _folded("Formulation", solution.latex()),
    ]
    return f"<div>{''.join(parts)}</div>"


def _rows(solution: "Solution") -> list[tuple[str, float]]:
    rows = []
    for name, value in solution.values.items():
        if isinstance(value, dict):
            rows += [(f"{name}[{_index(key)}]", number) for key, number in value.items() if number]
        else:
            rows.append((name, value))
    return rows


def _index(key: object) -> str:
    return ", ".join(map(str, key)) if isinstance(key, tuple) else str(key)


def _table(rows: list[tuple[str, float]]) -> str:
    cells = [f"<tr><td>{escape(name)}</td><td>{value:.10g}</td></tr>" for name, value in rows[:MOST_ROWS]]
    if len(rows) > MOST_ROWS:
        cells.append(f"<tr><td>and {len(rows) - MOST_ROWS} more, in <code>values</code></td><td></td></tr>")
    return f"<table>{''.join(cells)}</table>" if cells else ""


def _checked(certificate: "Certificate | None") -> str:
    if certificate is None or certificate.violation is None:
        return ""
    gap = "" if certificate.gap is None else f"; relative gap to the bound {certificate.gap:.2g}"
    said = f"Checked again from the formulation: largest violation {certificate.violation:.2g}{gap}."
    return f"<p>{said} {escape(certificate.engine)}.</p>"


def _folded(title: str, latex: str) -> str:
    if not latex:
        return ""
    return f"<details><summary>{title}</summary>$${escape(latex)}$$</details>"
