"""A report's figures beside the table, in lines for people."""

from benchmarks.scoring.report import Report

MAX_FLAWS = 10


def remarks(found: Report) -> list[str]:
    """What else there is to say of a run, besides its table of shares."""
    samples = found.config.setup.samples
    lines = [
        f"relative tolerance {found.tolerance:g}; at {found.loose_tolerance:g}: {found.loose}",
        f"first sample alone: {found.first}",
    ]
    if samples > 1:
        lines += [
            f"any of up to {samples} samples: {found.any}",
            f"vote of up to {samples} samples, unsure counted as not right: {found.total.accuracy}",
        ]
    if found.variables is not None:
        lines.append(f"all variables right: {found.variables}")
    if found.corrections:
        lines.append(f"with {found.corrections} corrected labels: {found.corrected}")
    lines.append(f"calibration error {found.calibration_error:.3f}")
    cost = "unknown" if found.cost is None else f"{found.cost:.4g}"
    lines.append(f"{found.calls:,} calls, {found.tokens:,} tokens, cost {cost}, {found.seconds:,.0f} s")
    if found.missing:
        lines.append(f"{found.missing} not answered yet: run the same command again")
    if found.learned_from:
        lines.append(f"the library learned from {len(found.learned_from)} of these problems: no fair test")
    if found.unscored:
        lines.append(f"{found.unscored} without a usable label, not scored")
    lines += [f"error: {kind}, {count} times" for kind, count in found.errors.items()]
    lines += [f"in the set's file: {flaw}" for flaw in found.flaws[:MAX_FLAWS]]
    if len(found.flaws) > MAX_FLAWS:
        lines.append(f"and {len(found.flaws) - MAX_FLAWS} more flaws: see report.json")
    return lines
