"""The command line: parse, call, print, exit code. No logic of its own.

Standard output holds the result and nothing else; progress, notes and errors go to standard error. A package
above this one adds its commands through the entry points group ``optwright.commands``.
"""

from agent.cli.app import app as app
from agent.cli.app import main as main

__all__ = ["app", "main"]
