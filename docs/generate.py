"""Writes the references that are made from the code: ``python -m docs.generate``.

With ``--check`` nothing is written; the exit code is 1 if a file differs from what the code says.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from docs import algebra, cli, settings

FOLDER = Path(__file__).parent
PAGES: dict[str, Callable[[], str]] = {
    "algebra.md": algebra.page,
    "cli.md": cli.page,
    "settings.md": settings.page,
}
HEAD = "<!-- Made by `make docs` from the code; edit the code or docs/*.py, not this file. -->\n\n"


def main(arguments: list[str]) -> int:
    """The exit code, once the pages are written or compared."""
    stale = []
    for name, page in PAGES.items():
        path, text = FOLDER / name, HEAD + page().strip() + "\n"
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    if "--check" not in arguments:
        print("written:", ", ".join(stale) or "nothing, all pages are up to date")
        return 0
    if stale:
        print(f"stale: {', '.join(stale)}; run `make docs`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
