"""A model with a budget: every call of a run goes through here and is written down."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Self, Unpack

from agent.errors import ModelUnavailable
from agent.llm.ledger import Budget, Call, Ledger
from agent.llm.protocol import CallOptions, ChatModel, Message, Reply


class Meter:
    """Checks the budget before each call to a model and records the call after it.

    Tasks and threads may share one meter. A call is reserved before it is made, so calls side by side cannot
    pass the limit of calls; tokens and money are known only afterwards, so those limits can be passed by the
    calls in flight.
    """

    def __init__(
        self,
        model: ChatModel,
        budget: Budget | None = None,
        *,
        spent: Ledger | None = None,
        elapsed_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Starts the run's clock.

        Args:
            model: who answers.
            budget: the run's limits; default: none.
            spent: calls of the same run before it was interrupted.
            elapsed_s: seconds of the same run before it was interrupted.
            clock: seconds from any origin.
        """
        self.model = model
        self.budget = budget or Budget()
        self._clock = clock
        self._started = clock() - elapsed_s
        self._ledger = spent or Ledger()
        self._in_flight = 0
        self._lock = threading.Lock()

    @property
    def ledger(self) -> Ledger:
        """The calls that have ended."""
        with self._lock:
            return self._ledger

    @property
    def elapsed_s(self) -> float:
        """Seconds since the run began."""
        return self._clock() - self._started

    def remaining(self) -> Budget:
        """What is left of the budget, without the calls in flight."""
        with self._lock:
            left = self.budget.remaining(self._ledger, self.elapsed_s)
            if left.calls is None:
                return left
            return left.model_copy(update={"calls": max(0, left.calls - self._in_flight)})

    def complete(self, role: str, messages: Sequence[Message], **options: Unpack[CallOptions]) -> Reply:
        """The model's answer, on the account of ``role``.

        Raises:
            BudgetExceeded: before the call, if a limit is reached; after it, if the budget's seconds cut it off.
        """
        with self._account(role, options) as account:
            account.reply = self.model.complete(messages, **options)
        return account.reply

    async def acomplete(
        self, role: str, messages: Sequence[Message], **options: Unpack[CallOptions]
    ) -> Reply:
        """The model's answer, on the account of ``role``.

        Raises:
            BudgetExceeded: before the call, if a limit is reached; after it, if the budget's seconds cut it off.
        """
        with self._account(role, options) as account:
            account.reply = await self.model.acomplete(messages, **options)
        return account.reply

    def work(self, role: str) -> "Work":
        """A block that counts as one call: work of another kind that the same budget limits."""
        return Work(role, self._reserve, self._record, self._clock)

    def charge(self, ledger: Ledger) -> None:
        """Takes over calls that were made with another meter on this one's account."""
        with self._lock:
            self._ledger = self._ledger + ledger

    def _reserve(self) -> None:
        with self._lock:
            self.budget.check(self._ledger, self.elapsed_s, in_flight=self._in_flight)
            self._in_flight += 1

    def _record(self, call: Call) -> None:
        with self._lock:
            self._in_flight -= 1
            self._ledger = self._ledger.with_call(call)

    @contextmanager
    def _account(self, role: str, options: CallOptions) -> Iterator["_Account"]:
        """Reserves the call, shortens ``timeout_s`` to what the budget leaves, and records how it ended."""
        self._reserve()
        left_s, asked_s = self.remaining().seconds, options.get("timeout_s")
        if left_s is not None:
            options["timeout_s"] = left_s if asked_s is None else min(asked_s, left_s)
        started = self._clock()
        account = _Account()
        try:
            yield account
        except ModelUnavailable:
            if left_s is not None:  # it may have been cut off by the budget's own limit
                self.budget.check(self.ledger, self.elapsed_s)
            raise
        finally:
            self._record(account.entry(role, self.model.name, self._clock() - started))


class Work:
    """A block that counts as one call, when it ends or when it is given up, whichever comes first."""

    def __init__(
        self,
        role: str,
        reserve: Callable[[], None],
        record: Callable[[Call], None],
        clock: Callable[[], float],
    ) -> None:
        """Takes what a meter gives it; nothing counts before the block is entered."""
        self._role = role
        self._reserve = reserve
        self._record = record
        self._clock = clock
        self._started = 0.0
        self._lock = threading.Lock()
        self._is_open = False

    def __enter__(self) -> Self:
        """Reserves the call.

        Raises:
            BudgetExceeded: a limit is reached.
        """
        self._reserve()
        self._started, self._is_open = self._clock(), True
        return self

    def __exit__(self, kind: type[BaseException] | None, *unused: object) -> None:
        self._end(is_done=kind is None)

    def give_up(self) -> None:
        """Nothing; the call counts as failed now, however long its block still takes."""
        self._end(is_done=False)

    def _end(self, *, is_done: bool) -> None:
        with self._lock:
            was_open, self._is_open = self._is_open, False
        if was_open:
            seconds = self._clock() - self._started
            call = Call(
                role=self._role,
                model="",
                prompt_tokens=0,
                completion_tokens=0,
                seconds=seconds,
                cost=0.0,
                ok=is_done,
            )
            self._record(call)


class _Account:
    """One call under way: its reply, once there is one."""

    reply: Reply

    def entry(self, role: str, model: str, seconds: float) -> Call:
        reply = getattr(self, "reply", None)
        if reply is None:
            return Call(
                role=role, model=model, prompt_tokens=0, completion_tokens=0, seconds=seconds, ok=False
            )
        return Call(
            role=role,
            model=reply.model,
            prompt_tokens=reply.usage.prompt_tokens,
            completion_tokens=reply.usage.completion_tokens,
            seconds=seconds,
            cost=reply.cost,
        )
