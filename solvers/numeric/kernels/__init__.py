"""Algorithms in JAX for one lane; lanes are stacked by `jax.vmap` and driven by `solvers.numeric.lanes`.

A kernel is two functions, `start` and `sweep`. A sweep tries one step in each lane: searches along lines and for
regularizations are unrolled over sweeps, so that no lane waits for the longest search of another.
"""
