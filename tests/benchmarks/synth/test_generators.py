"""Seed generators: deterministic, of growing size, with verified optima."""

from random import Random

import pytest

import agent
from benchmarks.synth.generators import GENERATORS, SIZES
from benchmarks.synth.telling import data_numbers


def test_there_are_at_least_25_types() -> None:
    assert len(GENERATORS) >= 25


@pytest.mark.parametrize("kind", GENERATORS)
def test_the_same_draw_gives_the_same_formulation(kind: str) -> None:
    first, second, other = (GENERATORS[kind](Random(seed), 3) for seed in (1, 1, 2))
    assert first == second
    assert first != other


@pytest.mark.parametrize("kind", GENERATORS)
def test_larger_seeds_hold_no_less(kind: str) -> None:
    sizes = [len(data_numbers(GENERATORS[kind](Random(4), size))) for size in (SIZES[0], SIZES[-1])]
    assert sizes[0] <= sizes[1] or kind == "staff scheduling"


@pytest.mark.parametrize("kind", GENERATORS)
def test_every_number_and_constraint_has_a_meaning(kind: str) -> None:
    """Words are made from the meanings, so that none may be missing."""
    formulation = GENERATORS[kind](Random(1), 2)
    assert formulation.objective.meaning
    for item in (*formulation.parameters, *formulation.variables, *formulation.constraints):
        assert item.meaning


@pytest.mark.slow
@pytest.mark.parametrize("kind", GENERATORS)
@pytest.mark.parametrize("size", [SIZES[0], SIZES[-1]])
def test_seeds_have_verified_optima(kind: str, size: int) -> None:
    """Most draws can be solved; the few others are rejected by their status, never by a fault."""
    statuses = []
    for seed in range(3):
        solution = agent.solve_formulation(GENERATORS[kind](Random(seed), size), time_limit=60)
        statuses.append(solution.status.value)
        if solution.status == "optimal":
            assert solution.certificate is not None
            assert solution.certificate.is_valid
    assert "optimal" in statuses
    assert set(statuses) <= {"optimal", "infeasible"}
