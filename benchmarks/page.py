"""A report as one HTML file: tables, plots, every problem; it loads nothing and runs no script."""

from pathlib import Path

from benchmarks.errors import ExtraMissing
from benchmarks.plots import plots
from benchmarks.runs import replace_text
from benchmarks.scoring.report import Report

_TEMPLATES = Path(__file__).parent / "data"


def html(found: Report) -> str:
    """The page. All words of sets and models in it are escaped.

    Raises:
        ExtraMissing: jinja2 or matplotlib is not installed.
    """
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
        from markupsafe import Markup
    except ImportError:
        raise ExtraMissing("jinja2", "bench") from None
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    drawn = {title: Markup(svg) for title, svg in plots(found).items()}
    template = environment.get_template("report.html.j2")
    return template.render(report=found, plots=drawn, percent=lambda share: f"{share:.1%}")


def write(found: Report, folder: Path) -> Path:
    """The page's file, ``report.html``, written into a run's folder."""
    path = folder / "report.html"
    replace_text(path, html(found) + "\n")
    return path
