"""``python -m agent.cli`` is ``optwright``."""

from agent.cli import main

main()
