"""``python -m ui`` is ``optwright ui``."""

from ui.command import ui_command

ui_command()
