"""Optimal transport between two sets of masses: exact, sparse, and entropic by Newton's method."""
