"""What calls to language models have cost, and what they may cost."""

import math
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from agent.errors import BudgetExceeded, ConfigError


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Call(_Record):
    """One call to a language model, for one role of the agent."""

    role: str
    model: str
    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)
    seconds: float = Field(ge=0)
    cost: float | None = Field(None, ge=0, description="Money; None where the price is not known.")
    ok: bool = True

    @property
    def tokens(self) -> int:
        """Prompt and completion."""
        return self.prompt_tokens + self.completion_tokens


class Ledger(_Record):
    """The calls of a run, in the order in which they ended; ``a + b`` merges two."""

    entries: tuple[Call, ...] = ()

    def __add__(self, other: Self) -> "Ledger":
        return Ledger(entries=self.entries + other.entries)

    def with_call(self, call: Call) -> "Ledger":
        """A ledger with one more entry."""
        return Ledger(entries=(*self.entries, call))

    @property
    def calls(self) -> int:
        """Calls made, failed ones included."""
        return len(self.entries)

    @property
    def prompt_tokens(self) -> int:
        """Tokens read by the models."""
        return sum(call.prompt_tokens for call in self.entries)

    @property
    def completion_tokens(self) -> int:
        """Tokens written by the models."""
        return sum(call.completion_tokens for call in self.entries)

    @property
    def tokens(self) -> int:
        """Tokens read and written."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def seconds(self) -> float:
        """Seconds spent in calls; calls side by side all count."""
        return math.fsum(call.seconds for call in self.entries)

    @property
    def cost(self) -> float | None:
        """Money spent; ``None`` where the price of an answer is not known."""
        costs = [call.cost for call in self.entries if call.ok]
        return None if None in costs else math.fsum(cost for cost in costs if cost is not None)

    def accounts(self) -> dict[tuple[str, str], "Ledger"]:
        """The calls by role and model, in the order in which these first ended."""
        found: dict[tuple[str, str], list[Call]] = {}
        for call in self.entries:
            found.setdefault((call.role, call.model), []).append(call)
        return {key: Ledger(entries=tuple(calls)) for key, calls in found.items()}

    @property
    def failed(self) -> int:
        """Calls that gave no answer."""
        return sum(not call.ok for call in self.entries)

    def summary(self) -> str:
        """One line for people, in words that need no markup."""
        parts = [
            _count(self.calls, "model call") + (f" ({self.failed} failed)" if self.failed else ""),
            f"{self.prompt_tokens:,} + {self.completion_tokens:,} tokens",
            f"{self.seconds:.1f} s",
        ]
        if self.cost:
            parts.append(f"cost {self.cost:.4g}")
        elif self.cost is None:
            parts.append("cost unknown")
        return ", ".join(parts)


class Budget(_Record):
    """Limits of a run; ``None`` is no limit."""

    calls: int | None = Field(None, ge=0)
    tokens: int | None = Field(None, ge=0)
    seconds: float | None = Field(None, ge=0, description="Wall-clock seconds of the run.")
    money: float | None = Field(None, ge=0)

    def remaining(self, ledger: Ledger, elapsed: float = 0.0) -> "Budget":
        """What is left, never below zero, after the ledger's calls and ``elapsed`` wall-clock seconds."""
        return Budget(
            calls=None if self.calls is None else max(0, self.calls - ledger.calls),
            tokens=None if self.tokens is None else max(0, self.tokens - ledger.tokens),
            seconds=None if self.seconds is None else max(0.0, self.seconds - elapsed),
            money=None if self.money is None else max(0.0, self.money - (ledger.cost or 0.0)),
        )

    def check(self, ledger: Ledger, elapsed: float = 0.0, *, in_flight: int = 0) -> None:
        """Nothing, where one more call is within the budget.

        Args:
            ledger: the calls that have ended.
            elapsed: wall-clock seconds of the run so far.
            in_flight: calls that are under way.

        Raises:
            BudgetExceeded: a limit is reached; the text names it, what was spent and what was allowed.
            ConfigError: money is limited, but the model's price is not known.
        """
        if self.money is not None and ledger.cost is None:
            raise ConfigError(
                "a budget of money needs the model's price: "
                "set OPTWRIGHT_PRICE_PROMPT and OPTWRIGHT_PRICE_COMPLETION"
            )
        # What has no limit is not added up: a ledger may hold thousands of calls.
        if self.calls is not None:
            _refuse_beyond("calls", ledger.calls + in_flight, self.calls)
        if self.tokens is not None:
            _refuse_beyond("tokens", ledger.tokens, self.tokens)
        if self.seconds is not None:
            _refuse_beyond("seconds", elapsed, self.seconds)
        if self.money is not None:
            _refuse_beyond("money", ledger.cost or 0.0, self.money)


def _refuse_beyond(what: str, used: float, allowed: float) -> None:
    if used >= allowed:
        raise BudgetExceeded(f"the budget of {what} is spent: {used:.4g} used, {allowed:.4g} allowed")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
