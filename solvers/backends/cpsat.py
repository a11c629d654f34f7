"""Integer programs with global constraints by OR-Tools CP-SAT; runs inside a worker process.

The model is written straight into CP-SAT's message, a row at a time.
"""

import time
from importlib.metadata import version as version_of
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from solvers.arrays import pack, unpack

_NAMES = {
    cp_model.OPTIMAL: "optimal",
    cp_model.FEASIBLE: "limit",
    cp_model.INFEASIBLE: "infeasible",
    cp_model.UNKNOWN: "limit",
}
Expression = dict[str, Any]
"""A linear expression: `columns`, whole `factors`, whole `constant`."""


def run(payload: bytes) -> bytes:
    """Solve packed whole-number rows and `meta["globals"]`; `meta` has time_limit_s, gap, threads, is_maximize."""
    arrays, meta = unpack(payload)
    model = cp_model.CpModel()
    Writer(model.proto).write(arrays, meta)
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.max_time_in_seconds = float(meta["time_limit_s"])
    parameters.num_workers = int(meta["threads"])
    # CP-SAT's relative gap leaves the objective's constant out: with one, it would mean something else.
    parameters.relative_gap_limit = 0.0 if meta["has_offset"] else float(meta["gap"])
    parameters.log_search_progress = True
    started = time.perf_counter()
    status = solver.solve(model)
    answer: dict[str, Any] = {
        "status": _NAMES.get(status, "failed"),
        "engine": f"OR-Tools CP-SAT {version_of('ortools')}",
        "message": solver.status_name(status) if status in _NAMES else model.validate(),
        "iterations": int(solver.num_branches),
        "seconds": time.perf_counter() - started,
        "bound": None,
    }
    results: dict[str, np.ndarray] = {}
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        count = len(arrays["cost"])
        results["x"] = np.array(list(solver.response_proto.solution)[:count], float)
        answer["bound"] = float(solver.best_objective_bound) if arrays["cost"].any() else None
    return pack(results, answer)


class Writer:
    """Fills a CP-SAT model message."""

    def __init__(self, proto: Any) -> None:
        self._proto = proto
        self._low: list[int] = []
        self._high: list[int] = []

    def write(self, arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> None:
        """Add variables, rows, global constraints, objective and hint."""
        for low, high in zip(arrays["lower"].tolist(), arrays["upper"].tolist(), strict=True):
            self._variable(low, high)
        starts, columns, factors = (arrays[name].tolist() for name in ("starts", "indices", "data"))
        lows, highs = arrays["row_lower"].tolist(), arrays["row_upper"].tolist()
        for row, (low, high) in enumerate(zip(lows, highs, strict=True)):
            span = slice(starts[row], starts[row + 1])
            self._row(columns[span], factors[span], low, high)
        for form in meta["globals"]:
            getattr(self, f"_{form['kind']}")(form)
        cost = arrays["cost"]
        used = np.flatnonzero(cost)
        if len(used):
            sign = -1 if meta["is_maximize"] else 1
            objective = self._proto.objective
            objective.vars.extend(used.tolist())
            objective.coeffs.extend((sign * cost[used]).tolist())
            objective.scaling_factor = float(sign)
        if "start" in arrays:
            known = np.flatnonzero(~np.isnan(arrays["start"]))
            self._proto.solution_hint.vars.extend(known.tolist())
            self._proto.solution_hint.values.extend(np.round(arrays["start"][known]).astype(int).tolist())

    def _variable(self, low: int, high: int) -> int:
        self._proto.variables.add().domain.extend([low, high])
        self._low.append(low)
        self._high.append(high)
        return len(self._low) - 1

    def _row(self, columns: list[int], factors: list[int], low: int, high: int) -> None:
        linear = self._proto.constraints.add().linear
        linear.vars.extend(columns)
        linear.coeffs.extend(factors)
        linear.domain.extend([low, high])

    def _range(self, term: Expression) -> tuple[int, int]:
        pairs = [
            sorted((factor * self._low[column], factor * self._high[column]))
            for column, factor in zip(term["columns"], term["factors"], strict=True)
        ]
        return (
            term["constant"] + sum(low for low, _ in pairs),
            term["constant"] + sum(high for _, high in pairs),
        )

    def _affine(self, term: Expression) -> Expression:
        """The expression with one variable at most, as intervals need it."""
        if len(term["columns"]) <= 1:
            return term
        low, high = self._range(term)
        new = self._variable(low, high)
        limit = -term["constant"]
        self._row([*term["columns"], new], [*term["factors"], -1], limit, limit)
        return {"columns": [new], "factors": [1], "constant": 0}

    def _sum(self, a: Expression, b: Expression) -> Expression:
        together = {
            "columns": [*a["columns"], *b["columns"]],
            "factors": [*a["factors"], *b["factors"]],
            "constant": a["constant"] + b["constant"],
        }
        return self._affine(together)

    def _fill(self, target: Any, term: Expression) -> None:
        target.vars.extend(term["columns"])
        target.coeffs.extend(term["factors"])
        target.offset = term["constant"]

    def _interval(self, start: Expression, duration: Expression) -> int:
        start, duration = self._affine(start), self._affine(duration)
        end = self._sum(start, duration)
        position = len(self._proto.constraints)
        interval = self._proto.constraints.add().interval
        self._fill(interval.start, start)
        self._fill(interval.size, duration)
        self._fill(interval.end, end)
        return position

    def _all_different(self, form: dict[str, Any]) -> None:
        terms = [self._affine(item[0]) for item in form["items"]]
        target = self._proto.constraints.add().all_diff
        for term in terms:
            self._fill(target.exprs.add(), term)

    def _no_overlap(self, form: dict[str, Any]) -> None:
        intervals = [self._interval(*item) for item in form["items"]]
        self._proto.constraints.add().no_overlap.intervals.extend(intervals)

    def _cumulative(self, form: dict[str, Any]) -> None:
        intervals = [self._interval(*item[:2]) for item in form["items"]]
        demands = [self._affine(item[2]) for item in form["items"]]
        capacity = self._affine(form["capacity"])
        target = self._proto.constraints.add().cumulative
        target.intervals.extend(intervals)
        for demand in demands:
            self._fill(target.demands.add(), demand)
        self._fill(target.capacity, capacity)

    def _circuit(self, form: dict[str, Any]) -> None:
        arcs = form["items"]
        if len({end for arc in arcs for end in arc[:2]}) > 1:
            for tail, head, column in arcs:
                if tail == head:
                    self._row([column], [1], 0, 0)  # a loop would let CP-SAT leave the node out
            arcs = [arc for arc in arcs if arc[0] != arc[1]]
        target = self._proto.constraints.add().circuit
        for tail, head, column in arcs:
            target.tails.append(tail)
            target.heads.append(head)
            target.literals.append(column)
