"""Seed generators: each draws the data of one type of problem and emits its formulation.

>>> from random import Random
>>> len(GENERATORS) >= 25
True
>>> GENERATORS["knapsack"](Random(1), 1).objective.sense.value
'maximize'

`size` is one of `SIZES`; variables and constraints grow with it.
"""

from importlib import import_module

from benchmarks.synth.generators.building import GENERATORS as GENERATORS
from benchmarks.synth.generators.building import Generator as Generator

__all__ = ["GENERATORS", "SIZES", "Generator"]

SIZES = (1, 2, 3, 4, 5)
for _family in ("production", "packing", "networks", "places", "scheduling", "money"):
    import_module(f"{__name__}.{_family}")  # registers its generators
