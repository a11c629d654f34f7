"""Send a candidate back to the language model with a complaint, or give it up when it had its repairs."""

from agent.state import Candidate, Stage

MAX_COMPLAINT_CHARS = 1_500


def complain(candidate: Candidate, complaint: str, max_repairs: int) -> Candidate:
    """The candidate as a draft again with the complaint on its last reply; given up after `max_repairs`."""
    complaint = complaint[:MAX_COMPLAINT_CHARS]
    if not candidate.exchanges:  # a formulation that was given, not written by a model
        return give_up(candidate, complaint)
    last = candidate.exchanges[-1].model_copy(update={"complaint": complaint})
    told = candidate.model_copy(update={"exchanges": (*candidate.exchanges[:-1], last), "fault": complaint})
    if candidate.repairs >= max_repairs:
        return give_up(told, complaint)
    return told.model_copy(update={"stage": Stage.DRAFT})


def doubt(candidate: Candidate, complaint: str, max_repairs: int) -> Candidate:
    """The verified candidate as a draft again; it stands by, in case its repairs come to nothing better."""
    sent_back = complain(candidate, complaint, max_repairs)
    if not sent_back.exchanges:
        return sent_back
    *before, last = sent_back.exchanges
    exchanges = (*before, last.model_copy(update={"is_doubt": True}))
    return sent_back.model_copy(update={"exchanges": exchanges, "standby": candidate})


def with_sets(candidate: Candidate, complaint: str, max_repairs: int) -> Candidate:
    """The candidate as an indexed draft that starts afresh: what outgrows plain variables is short with sets."""
    advice = f"{complaint}. Use sets, a variable for each element or pair, and sums over the sets."
    sent_back = complain(candidate, advice, max_repairs)
    if sent_back.stage is not Stage.DRAFT:
        return sent_back
    afresh = tuple(one.model_copy(update={"is_doubt": True}) for one in sent_back.exchanges)
    return sent_back.model_copy(update={"profile": "indexed", "exchanges": afresh})


def give_up(candidate: Candidate, fault: str) -> Candidate:
    """The candidate as it was when it was last verified, else abandoned."""
    if candidate.standby is not None:
        later = candidate.exchanges[len(candidate.standby.exchanges) :]
        return candidate.standby.model_copy(update={"rejected": later})
    return candidate.model_copy(update={"stage": Stage.ABANDONED, "fault": fault})


def better_of(candidate: Candidate) -> Candidate:
    """A verified candidate or the one standing by: the one with a solution, then the one with fewer warnings."""
    before = candidate.standby
    if before is None:
        return candidate
    has_values = [bool(c.outcome and c.outcome.values) for c in (candidate, before)]
    is_worse = has_values == [False, True] or (
        has_values == [True, True] and len(candidate.warnings) > len(before.warnings)
    )
    return give_up(candidate, "") if is_worse else candidate.model_copy(update={"standby": None})
