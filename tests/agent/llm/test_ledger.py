"""Accounts and budgets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import BudgetExceeded, ConfigError
from agent.llm import Budget, Call, Ledger

CALL = Call(role="formulate", model="m", prompt_tokens=100, completion_tokens=20, seconds=1.5, cost=0.25)
FAILED = Call(role="explain", model="m", prompt_tokens=0, completion_tokens=0, seconds=3, ok=False)
calls = st.builds(
    Call,
    role=st.sampled_from(["formulate", "explain"]),
    model=st.just("m"),
    prompt_tokens=st.integers(0, 10_000),
    completion_tokens=st.integers(0, 10_000),
    seconds=st.floats(0, 1e4),
    cost=st.none() | st.floats(0, 1e3),
    ok=st.booleans(),
)
ledgers = st.builds(Ledger, entries=st.lists(calls, max_size=6).map(tuple))


def test_totals() -> None:
    ledger = Ledger(entries=(CALL, CALL, FAILED))
    assert (ledger.calls, ledger.prompt_tokens, ledger.completion_tokens, ledger.tokens) == (3, 200, 40, 240)
    assert (ledger.seconds, ledger.cost) == (6, 0.5)


def test_one_unknown_price_makes_the_sum_unknown() -> None:
    assert Ledger(entries=(CALL, CALL.model_copy(update={"cost": None}))).cost is None


@given(ledgers, ledgers)
def test_merging_adds(left: Ledger, right: Ledger) -> None:
    merged = left + right
    assert merged.entries == left.entries + right.entries
    assert merged.tokens == left.tokens + right.tokens
    assert (merged.cost is None) == (left.cost is None or right.cost is None)


@given(ledgers)
def test_survives_json(ledger: Ledger) -> None:
    assert Ledger.model_validate_json(ledger.model_dump_json()) == ledger


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ((), "0 model calls, 0 + 0 tokens, 0.0 s"),
        ((CALL,), "1 model call, 100 + 20 tokens, 1.5 s, cost 0.25"),
        ((CALL, FAILED), "2 model calls (1 failed), 100 + 20 tokens, 4.5 s, cost 0.25"),
        ((CALL.model_copy(update={"cost": None}),), "1 model call, 100 + 20 tokens, 1.5 s, cost unknown"),
    ],
)
def test_summary(entries: tuple[Call, ...], expected: str) -> None:
    assert Ledger(entries=entries).summary() == expected


@pytest.mark.parametrize(
    ("budget", "elapsed", "told"),
    [
        (Budget(calls=2), 0, "calls is spent: 2 used, 2 allowed"),
        (Budget(tokens=240), 0, "tokens is spent: 240 used, 240 allowed"),
        (Budget(seconds=5), 7.5, "seconds is spent: 7.5 used, 5 allowed"),
        (Budget(money=0.4), 0, "money is spent: 0.5 used, 0.4 allowed"),
    ],
)
def test_the_message_names_limit_spent_and_allowed(budget: Budget, elapsed: float, told: str) -> None:
    with pytest.raises(BudgetExceeded, match=told):
        budget.check(Ledger(entries=(CALL, CALL)), elapsed)


def test_within_the_budget_nothing_happens() -> None:
    Budget(calls=3, tokens=241, seconds=5, money=0.6).check(Ledger(entries=(CALL, CALL)), 4.9)
    Budget().check(Ledger(entries=(CALL,) * 100), 1e9)


def test_money_without_a_price_names_the_settings() -> None:
    with pytest.raises(ConfigError, match="OPTWRIGHT_PRICE_PROMPT"):
        Budget(money=1).check(Ledger(entries=(CALL.model_copy(update={"cost": None}),)))


@given(ledgers, st.floats(0, 1e5))
def test_what_remains_is_what_the_check_goes_by(ledger: Ledger, elapsed: float) -> None:
    budget = Budget(calls=3, tokens=20_000, seconds=1000)
    left = budget.remaining(ledger, elapsed)
    is_spent = 0 in (left.calls, left.tokens, left.seconds)
    try:
        budget.check(ledger, elapsed)
    except BudgetExceeded:
        assert is_spent
    else:
        assert not is_spent


@pytest.mark.parametrize("limits", [{"calls": -1}, {"seconds": float("nan")}, {"cals": 3}])
def test_nonsense_limits_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(limits))):
        Budget(**limits)
