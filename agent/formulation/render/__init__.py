"""Formulations as text."""
