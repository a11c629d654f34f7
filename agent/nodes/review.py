"""Send a candidate back to the language model with a complaint, or give it up when it had its repairs."""

from agent.state import Candidate, Stage

MAX_COMPLAINT_CHARS = 1_500


def complain(candidate: Candidate, complaint: str, max_repairs: int) -> Candidate:
    """The candidate as a draft again with the complaint on its last reply; abandoned after `max_repairs`."""
    complaint = complaint[:MAX_COMPLAINT_CHARS]
    last = candidate.exchanges[-1].model_copy(update={"complaint": complaint})
    exchanges = (*candidate.exchanges[:-1], last)
    stage = Stage.ABANDONED if candidate.repairs >= max_repairs else Stage.DRAFT
    return candidate.model_copy(update={"exchanges": exchanges, "stage": stage, "fault": complaint})
