"""Plots of a report as SVG, in colours that print and that colour-blind readers tell apart."""

import io
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.errors import ExtraMissing
from benchmarks.scoring.report import Report, Row
from benchmarks.scoring.statistics import Bin, Point

_COLOUR, _GREY = "#0072b2", "#999999"


def plots(found: Report) -> dict[str, str]:
    """The plots of a report by title; those without a point to show are left out.

    Raises:
        ExtraMissing: matplotlib is not installed.
    """
    made = {}
    rows = found.types or (found.total,)
    if found.total.accuracy.total:
        made["Right answers by type"] = _svg(lambda axes: _types(axes, rows), 0.5 + 0.35 * len(rows))
    if found.risk_coverage:
        made["Risk and coverage"] = _svg(lambda axes: _risk(axes, found.risk_coverage), 3.2)
        made["Calibration"] = _svg(lambda axes: _calibration(axes, found.calibration), 3.2)
    return made


def _svg(draw: Callable[[Any], None], height_in: float) -> str:
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError:
        raise ExtraMissing("matplotlib", "bench") from None
    with rc_context({"svg.hashsalt": "optwright", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(5.2, max(1.4, height_in)), layout="constrained")
        axes = figure.add_subplot()
        axes.spines[["top", "right"]].set_visible(False)
        draw(axes)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None}, transparent=True)
    text = stream.getvalue()
    return text[text.index("<svg") :]


def _types(axes: Any, rows: Sequence[Row]) -> None:
    names = [_shortened(row.type or "none") for row in rows]
    values = [row.accuracy.value for row in rows]
    below = [row.accuracy.value - row.accuracy.low for row in rows]
    above = [row.accuracy.high - row.accuracy.value for row in rows]
    axes.barh(range(len(rows)), values, color=_COLOUR, height=0.6)
    axes.errorbar(values, range(len(rows)), xerr=[below, above], fmt="none", ecolor="black", capsize=2)
    axes.set_yticks(range(len(rows)), names, parse_math=False)  # a dollar is a dollar
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("share right, 95 % interval")


def _shortened(name: str) -> str:
    return name if len(name) <= 40 else name[:39] + "..."


def _risk(axes: Any, points: Sequence[Point]) -> None:
    axes.step(
        [point.coverage for point in points],
        [point.risk for point in points],
        where="post",
        color=_COLOUR,
        marker="o",
        markersize=3,
    )
    axes.set(
        xlim=(0, 1.02), ylim=(-0.02, 1), xlabel="share of questions answered", ylabel="share of these wrong"
    )


def _calibration(axes: Any, bins: Sequence[Bin]) -> None:
    axes.plot([0, 1], [0, 1], color=_GREY, linewidth=1, linestyle="--")
    sizes = [20 + 200 * item.total / sum(other.total for other in bins) for item in bins]
    shares = [item.right / item.total for item in bins]
    axes.scatter([item.confidence for item in bins], shares, s=sizes, color=_COLOUR)
    axes.set(xlim=(0, 1.02), ylim=(-0.02, 1.04), xlabel="confidence", ylabel="share right")
