"""The road of OptMATH: a seed generator emits formulation and data, and the language model tells it in words.

Lu et al., OptMATH: A Scalable Bidirectional Data Synthesis Framework for Optimization Modeling (2025).
"""

from random import Random

from agent.llm import Meter
from benchmarks.synth.generators import GENERATORS, SIZES
from benchmarks.synth.seeds import Seed, solved

KINDS = tuple(GENERATORS)


def kind_of(number: int) -> tuple[str, int]:
    """Type and size of an attempt: types in turn, sizes from small to large and again."""
    return KINDS[number % len(KINDS)], SIZES[number // len(KINDS) % len(SIZES)]


async def seed(number: int, draw: Random, meter: Meter) -> Seed:  # noqa: ARG001
    """The seed of an attempt.

    Raises:
        Refused: what was drawn has no optimum.
    """
    kind, size = kind_of(number)
    return await solved(GENERATORS[kind](draw, size))
