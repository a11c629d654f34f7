"""Methods of the literature by name, for problems that smooth programs with rows do not cover.

Each kind of problem is a record of its own, which `solvers.numeric.minimize` takes; see `docs/methods.md`.
"""
