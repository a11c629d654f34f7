"""The families of smooth models: each has an optimum that IPOPT finds, and known ones are what the books say."""

import pytest

pytest.importorskip("jax", reason="the numerical optimizer is not installed")

from benchmarks.families import FAMILIES
from solvers.numeric import minimize

KNOWN = {
    "points on a sphere": 9.985281,
    "discs in a square": 0.207107,
    "largest polygon": 0.674981,
    "spring": 0.012665,
}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_has_an_optimum(name: str) -> None:
    found = minimize(FAMILIES[name](), starts=8, method="ipopt", time_limit=60)
    assert found.outcome.is_solved, found.outcome.text
    if name in KNOWN:
        assert found.objective == pytest.approx(KNOWN[name], rel=1e-4)
