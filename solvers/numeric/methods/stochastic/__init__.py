"""Finite sums over data: optimizers, schedules and batch sizes."""
