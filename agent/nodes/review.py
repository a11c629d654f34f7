"""Send a candidate back to the language model with a complaint, or give it up when it had its repairs."""

from agent.state import Candidate, Stage

MAX_COMPLAINT_CHARS = 1_500


def complain(candidate: Candidate, complaint: str, max_repairs: int) -> Candidate:
    """The candidate as a draft again with the complaint on its last reply; given up after `max_repairs`."""
    complaint = complaint[:MAX_COMPLAINT_CHARS]
    last = candidate.exchanges[-1].model_copy(update={"complaint": complaint})
    told = candidate.model_copy(update={"exchanges": (*candidate.exchanges[:-1], last), "fault": complaint})
    if candidate.repairs >= max_repairs:
        return give_up(told, complaint)
    return told.model_copy(update={"stage": Stage.DRAFT})


def doubt(candidate: Candidate, complaint: str, max_repairs: int) -> Candidate:
    """The verified candidate as a draft again; it stands by, in case its repairs come to nothing."""
    return complain(candidate, complaint, max_repairs).model_copy(update={"standby": candidate})


def give_up(candidate: Candidate, fault: str) -> Candidate:
    """The candidate as it was when it was last verified, else abandoned."""
    if candidate.standby is not None:
        return candidate.standby.model_copy(update={"exchanges": candidate.exchanges})
    return candidate.model_copy(update={"stage": Stage.ABANDONED, "fault": fault})
