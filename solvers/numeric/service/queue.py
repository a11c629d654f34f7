"""Which job is next: owners share the workers' time equally, and jobs of one structure go together."""

import hashlib
import threading
from collections import defaultdict
from dataclasses import dataclass, field

from solvers.errors import ModelError
from solvers.numeric.fitting.curve import curve_of
from solvers.numeric.linear import continuous_program, is_mps
from solvers.numeric.nl import NLLimits, NLModel, parse_nl
from solvers.numeric.problem import problem_of
from solvers.numeric.service.store import Job
from solvers.numeric.variants import varied

COALESCED = ("auto", "lanes")
"""Methods by which jobs of one structure can be solved as one batch."""


@dataclass(slots=True)
class Ticket:
    """A waiting job.

    Attributes:
        group: jobs of one group may be solved as one batch; None where a job goes alone.
        cancelled: set when it is no longer wanted.
    """

    job: Job
    group: str | None
    cancelled: threading.Event = field(default_factory=threading.Event)


class FairQueue:
    """Waiting jobs by owner. The owner who was served the least time so far is next; within an owner the job of the
    highest priority, then the oldest. Safe to use from several threads.
    """

    def __init__(self, limit: int, most_together: int) -> None:
        """An empty queue of `limit` places."""
        self._limit, self._most_together = limit, most_together
        self._waiting: dict[str, list[Ticket]] = defaultdict(list)
        self._served: dict[str, float] = {}
        self._changed = threading.Condition()
        self._is_closed = False

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    @property
    def is_full(self) -> bool:
        """Whether no job is taken any more."""
        return len(self) >= self._limit

    def put(self, ticket: Ticket) -> None:
        """A job waits. An owner who comes anew starts level with the least served, not far behind."""
        with self._changed:
            owner = ticket.job.owner
            if not self._waiting[owner]:
                active = [self._served.get(name, 0.0) for name, queue in self._waiting.items() if queue]
                self._served[owner] = max(self._served.get(owner, 0.0), min(active, default=0.0))
            self._waiting[owner].append(ticket)
            self._changed.notify()

    def take(self) -> list[Ticket]:
        """The next job with those that go with it; blocks until there is one, and is empty once closed."""
        with self._changed:
            while not len(self) and not self._is_closed:
                self._changed.wait()
            if self._is_closed:
                return []
            owners = [owner for owner, queue in self._waiting.items() if queue]
            owner = min(owners, key=lambda name: self._served.get(name, 0.0))
            queue = self._waiting[owner]
            first = max(queue, key=lambda ticket: ticket.job.request.priority)
            queue.remove(first)
            together = [first]
            if first.group is not None:
                for others in self._waiting.values():
                    same = [ticket for ticket in others if ticket.group == first.group]
                    for ticket in same[: self._most_together - len(together)]:
                        others.remove(ticket)
                        together.append(ticket)
            return together

    def charge(self, owner: str, seconds: float) -> None:
        """An owner was served for some seconds."""
        with self._changed:
            self._served[owner] = self._served.get(owner, 0.0) + seconds

    def close(self) -> None:
        """Let everybody who waits in `take` go."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def drop(self, name: str) -> bool:
        """Whether a job waited; it does not any more."""
        with self._changed:
            for queue in self._waiting.values():
                for ticket in queue:
                    if ticket.job.id == name:
                        queue.remove(ticket)
                        return True
        return False


def group_of(job: Job, limits: NLLimits) -> str | None:
    """The group of a job of one model: its structure and options; None for others.

    Raises:
        ModelError: the model is malformed or has whole variables.
    """
    request = job.request
    if request.fit is not None:
        curve_of(request.fit)
        return None
    if request.transport is not None:
        return None
    for place, text in enumerate(request.models):
        try:
            if is_mps(text):
                continuous_program(text, limits)
                continue
            model = parse_nl(text, limits)
            if model.is_integer.any():
                count = int(model.is_integer.sum())
                raise ModelError(f"{count} variables are whole; no continuous road takes them")
        except ModelError as error:
            raise ModelError(f"model {place}: {error}") from None
    first = request.models[0]
    if request.variants is not None:
        if is_mps(first):
            raise ModelError("variants are of an NL file; linear programs are sent as many MPS texts")
        varied(model, request.variants)
        return None
    if len(request.models) > 1 or is_mps(first) or request.options[0].method not in COALESCED:
        return None
    signature = _signature(model)
    if signature is None:
        return None
    options = request.options[0]
    told = (signature, options.method, options.time_limit_s)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _signature(model: NLModel) -> str | None:
    """None where the model is too large to compile."""
    try:
        return problem_of(model).signature
    except ModelError:
        return None
