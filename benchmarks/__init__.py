"""Scores and performance figures, each a script: ``python -m benchmarks.NAME --help``."""
