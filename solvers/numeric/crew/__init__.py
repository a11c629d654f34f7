"""Processes that share the lanes of one search: their own part of it, and the parent's."""
