"""The bar on a terminal."""

import io

from rich.console import Console

from agent.llm.progress import RichProgress


def test_the_bar_names_the_download_and_reaches_its_end() -> None:
    out = io.StringIO()
    progress = RichProgress(Console(file=out, width=120, force_terminal=True))
    progress.start("language model", 1000, 0)
    progress.update(1000)
    progress.stop()
    progress.stop()
    assert "language model" in out.getvalue()
    assert "1.0/1.0 kB" in out.getvalue()
