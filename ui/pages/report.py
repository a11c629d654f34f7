"""The report of one run: scores, plots, and each problem with all that happened."""

import streamlit as st

from agent.formulation.render import to_latex
from agent.state import Candidate
from benchmarks.answering import Answer
from benchmarks.runs import RunFolder
from benchmarks.scoring.remarks import remarks
from benchmarks.scoring.report import Report, Row, Scored
from benchmarks.scoring.score import Verdict
from ui import plots, safe_text

_EVERY = "all"


def show(folder: RunFolder, found: Report) -> None:
    """The report."""
    config = found.config
    model = config.setup.model or "the model of the settings"
    samples = "one formulation" if config.setup.samples == 1 else f"{config.setup.samples} formulations"
    told = f"{config.set}: {found.n} answered by {model}, {samples} a problem, begun {config.started}"
    st.caption(safe_text.markdown(told))
    right, answered, tokens = st.columns(3)
    right.metric("right", f"{found.total.accuracy.value:.1%}", help=str(found.total.accuracy))
    answered.metric("right of answered", f"{found.total.answered.value:.1%}", help=str(found.total.answered))
    tokens.metric("tokens a problem", f"{found.tokens / max(1, found.n):,.0f}")
    st.dataframe([_shares(row) for row in (found.total, *found.types)], hide_index=True, key="scores")
    for remark in remarks(found):
        st.caption(safe_text.markdown(remark))
    _show_plots(folder.path.name, found)
    _show_items(folder, found)


def _shares(row: Row) -> dict[str, str]:
    right = row.accuracy
    return {
        "type": row.type or "none",
        "right": f"{right.right} of {right.total}, {right.value:.1%}",
        "95 % interval": f"{right.low:.0%} to {right.high:.0%}",
        "executed": f"{row.executed.value:.1%}",
        "verified": f"{row.verified.value:.1%}",
        "unsure": f"{row.abstained.value:.1%}",
        "right of answered": f"{row.answered.value:.1%}",
    }


def _show_plots(name: str, found: Report) -> None:
    st.subheader("Risk and coverage")
    if found.risk_coverage:
        st.caption(
            "If only the surest answers were given: the share of problems answered, and of these the share wrong."
        )
        st.altair_chart(plots.risk_coverage({name: found}), width="stretch", key="risk-coverage")
    else:
        st.caption("No problem is answered yet.")
    st.subheader("Cost")
    st.caption("Each problem by what it took; the shape says what its answer is worth.")
    st.altair_chart(plots.costs(found), width="stretch", key="costs")


def _show_items(folder: RunFolder, found: Report) -> None:
    st.subheader("Problems")
    verdicts = [_EVERY, *dict.fromkeys(item.verdict.value for item in found.items)]
    wanted = st.segmented_control("Show", verdicts, default=_EVERY, key="verdict-filter") or _EVERY
    items = {item.id: item for item in found.items if wanted in (_EVERY, item.verdict.value)}
    st.dataframe([_row(item) for item in items.values()], hide_index=True, key="items")
    chosen = st.selectbox("Look into", list(items), index=None, key="item", placeholder="the id of a problem")
    if chosen is not None:
        with st.container(key="drill-down"):
            _show_item(folder.answers()[chosen], items[chosen])


def _row(item: Scored) -> dict[str, object]:
    return {
        "problem": item.id,
        "type": item.type,
        "verdict": item.verdict.value,
        "status": item.status,
        "objective": item.objective,
        "key": " or ".join(map(str, item.accepted)) or "none",
        "confidence": round(item.confidence, 2),
        "tokens": item.tokens,
        "seconds": round(item.seconds, 1),
    }


def _show_item(answer: Answer, item: Scored) -> None:
    """All that happened with one problem."""
    mark = "✓" if item.verdict is Verdict.RIGHT else "✗"
    keys = " or ".join(map(str, item.accepted)) or "none"
    head = f"{mark} {item.verdict.value}: {answer.status}, objective {answer.objective}; key {keys}"
    st.markdown(f"**{safe_text.markdown(head)}**")
    for words in (answer.error, answer.reason, answer.question):
        if words:
            st.markdown(safe_text.markdown(words))
    if answer.formulation is not None:
        st.latex(to_latex(answer.formulation))
    for candidate in answer.candidates:
        _show_candidate(candidate)
    st.dataframe(
        [{"step": r.node, "seconds": round(r.seconds, 2), "note": r.note} for r in answer.trace],
        hide_index=True,
        key=f"nodes-{answer.id}",
    )


def _show_candidate(candidate: Candidate) -> None:
    title = f"Sample {candidate.number + 1}: {candidate.road}, {candidate.stage}"
    with st.expander(safe_text.markdown(title)):
        for exchange in (*candidate.exchanges, *candidate.rejected):
            st.code(safe_text.safe(exchange.reply), language="json", wrap_lines=True)
            if exchange.complaint:
                st.markdown(f"*complaint:* {safe_text.markdown(exchange.complaint)}")
        outcome = candidate.outcome
        if outcome is not None:
            told = f"{outcome.status}, objective {outcome.objective}, {outcome.engine}"
            st.markdown(f"*outcome:* {safe_text.markdown(told)}")
        for words in (*candidate.warnings, *([candidate.fault] if candidate.fault else ())):
            st.markdown(f"*mind:* {safe_text.markdown(words)}")
