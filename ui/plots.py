"""Pictures as charts. No meaning rests on colour alone: everything is named in words beside it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from agent.nodes.explain import number
from benchmarks.scoring.report import Report
from benchmarks.scoring.score import Verdict
from ui.pictures import Bars, Network, Picture, Schedule

Chart = alt.LayerChart | alt.FacetChart
_ROW_HEIGHT = 26
_AXIS_HEIGHT = 60
_HEIGHT = 360
_INK = "#6b7f99"
"""Stands out against white and against black."""
_SHARE = alt.Axis(format="%")
_SHAPES = {
    Verdict.RIGHT.value: "circle",
    Verdict.WRONG.value: "cross",
    Verdict.UNSURE.value: "diamond",
    Verdict.FAILED.value: "triangle-up",
    Verdict.UNSCORED.value: "stroke",
}


def chart_of(picture: Picture) -> Chart:
    """The chart of a picture."""
    match picture:
        case Bars():
            return _bars(picture)
        case Schedule():
            return _schedule(picture)
        case Network():
            return _network(picture)


def trade_off(points: Sequence[tuple[float, float]], limit: str, goal: str) -> Chart:
    """The front of a goal against the limit that holds it back: its value at each of several limits."""
    rows = [{"limit": x, "goal": y} for x, y in points]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("limit:Q", title=limit, scale=alt.Scale(zero=False)),
        y=alt.Y("goal:Q", title=goal, scale=alt.Scale(zero=False)),
        tooltip=["limit:Q", "goal:Q"],
    )
    dots = base.mark_point(filled=True, size=60, color=_INK)
    return alt.layer(base.mark_line(color=_INK), dots, height=_HEIGHT)


def risk_coverage(reports: Mapping[str, Report]) -> Chart:
    """Risk against coverage of one run, or of several by name; the lines differ in their dashes."""
    rows = [
        {"run": name, "coverage": point.coverage, "risk": point.risk, "confidence": point.threshold}
        for name, found in reports.items()
        for point in found.risk_coverage
    ]
    legend = alt.Legend(orient="bottom", direction="vertical", title=None, labelLimit=300)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("coverage:Q", title="share answered", scale=alt.Scale(domain=[0, 1]), axis=_SHARE),
        y=alt.Y("risk:Q", title="share of these wrong", scale=alt.Scale(domain=[0, 1]), axis=_SHARE),
        tooltip=["run:N", "confidence:Q", "coverage:Q", "risk:Q"],
    )
    lines = base.mark_line(color=_INK, interpolate="step-after").encode(
        strokeDash=alt.StrokeDash("run:N", sort=list(reports), legend=legend if len(reports) > 1 else None),
        order="coverage:Q",
    )
    return alt.layer(lines, base.mark_point(filled=True, size=60, color=_INK), height=_HEIGHT)


def costs(found: Report) -> Chart:
    """The problems of a run by tokens and seconds; the shape of a mark is its verdict."""
    rows = [
        {"problem": item.id, "tokens": item.tokens, "seconds": item.seconds, "verdict": item.verdict.value}
        for item in found.items
    ]
    marks = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_point(size=80, color=_INK, strokeWidth=1.5)
        .encode(
            x=alt.X("tokens:Q", title="tokens, read and written"),
            y=alt.Y("seconds:Q", title="seconds"),
            shape=alt.Shape(
                "verdict:N",
                legend=alt.Legend(orient="bottom", title=None),
                scale=alt.Scale(domain=list(_SHAPES), range=list(_SHAPES.values())),
            ),
            tooltip=["problem:N", "verdict:N", "tokens:Q", "seconds:Q"],
        )
    )
    return alt.layer(marks, height=_HEIGHT)


def _bars(picture: Bars) -> Chart:
    rows = [{"name": name, "amount": amount, "shown": number(amount)} for name, amount in picture.amounts]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("amount:Q", title=picture.unit or "amount"),
        y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=140)),
        tooltip=["name:N", "shown:N"],
    )
    labels = base.mark_text(align="left", dx=4, color=_INK).encode(text="shown:N")
    return alt.layer(base.mark_bar(color=_INK), labels, height=_height(len(rows)))


def _schedule(picture: Schedule) -> Chart:
    rows = [
        {"name": t.name, "lane": t.lane, "start": t.start, "end": t.end, "middle": (t.start + t.end) / 2}
        for t in picture.tasks
    ]
    lanes = len({task.lane for task in picture.tasks})
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("lane:N", title=None, axis=alt.Axis(labelLimit=140)),
        tooltip=["name:N", "start:Q", "end:Q"],
    )
    tasks = base.mark_bar(color=_INK, stroke="white", cornerRadius=3).encode(
        x=alt.X("start:Q", title="time"), x2="end:Q"
    )
    names = base.mark_text(color="white", fontSize=11).encode(x="middle:Q", text="name:N")
    return alt.layer(tasks, names, height=_height(lanes))


def _network(picture: Network) -> Chart:
    places = _places(picture)
    nodes = [{"name": name, "x": x, "y": y} for name, (x, y) in places.items()]
    arcs = [_arc(places, first, second, amount) for first, second, amount in picture.arcs]
    largest = max(abs(amount) for _, _, amount in picture.arcs)
    hidden: dict[str, Any] = {"axis": None, "scale": alt.Scale(domain=[-0.18, 1.18])}
    lines = (
        alt.Chart(alt.InlineData(values=arcs))
        .mark_rule(color=_INK, opacity=0.6)
        .encode(
            x=alt.X("x:Q", **hidden),
            y=alt.Y("y:Q", **hidden),
            x2="x2:Q",
            y2="y2:Q",
            size=alt.Size("amount:Q", legend=None, scale=alt.Scale(domain=[0, largest], range=[1, 8])),
            tooltip=["from:N", "to:N", "shown:N"],
        )
    )
    amounts = (
        alt.Chart(alt.InlineData(values=arcs))
        .mark_text(color=_INK, fontWeight="bold", dy=-8)
        .encode(x="label_x:Q", y="label_y:Q", text="shown:N")
    )
    dots = alt.Chart(alt.InlineData(values=nodes)).encode(x=alt.X("x:Q", **hidden), y=alt.Y("y:Q", **hidden))
    names = dots.mark_text(color=_INK, dy=18, limit=120).encode(text="name:N")
    circles = dots.mark_point(filled=True, size=180, color=_INK)
    return alt.layer(lines, circles, amounts, names, height=_HEIGHT)


def _arc(
    places: dict[str, tuple[float, float]], first: str, second: str, amount: float
) -> dict[str, str | float]:
    """One flow as a row; its label stands a third of the way, where the lines to one place are still apart."""
    (x, y), (x2, y2) = places[first], places[second]
    return {
        "from": first,
        "to": second,
        "amount": abs(amount),
        "shown": number(amount),
        "x": x,
        "y": y,
        "x2": x2,
        "y2": y2,
        "label_x": x + (x2 - x) / 3,
        "label_y": y + (y2 - y) / 3,
    }


def _places(picture: Network) -> dict[str, tuple[float, float]]:
    """Where each place stands in the unit square: senders left and receivers right, or all on a circle."""
    senders = list(dict.fromkeys(first for first, _, _ in picture.arcs))
    receivers = list(dict.fromkeys(second for _, second, _ in picture.arcs))
    if picture.is_bipartite:
        return _column(senders, 0.0) | _column(receivers, 1.0)
    every = list(dict.fromkeys([*senders, *receivers]))
    angles = {name: 2 * math.pi * place / len(every) for place, name in enumerate(every)}
    return {name: (0.5 + math.cos(a) / 2, 0.5 + math.sin(a) / 2) for name, a in angles.items()}


def _column(names: list[str], x: float) -> dict[str, tuple[float, float]]:
    return {name: (x, 1 - (place + 0.5) / len(names)) for place, name in enumerate(names)}


def _height(rows: int) -> int:
    return rows * _ROW_HEIGHT + _AXIS_HEIGHT
