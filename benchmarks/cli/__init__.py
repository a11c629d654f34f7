"""``optwright bench``: added to the command line through the entry points group ``optwright.commands``."""

from benchmarks.cli.app import app as app

__all__ = ["app"]
