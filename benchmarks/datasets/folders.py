"""Sets that keep each problem in a folder of its own: ComplexOR and NLP4LP."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.datasets.reading import Entry

_DESCRIPTION = "description.txt"
_DATA_FILES = ("data.json", "parameters.json")


def digest_of(folder: Path) -> str:
    """SHA-256 over the names and contents of all files below a folder, as hexadecimal digits."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(str(path.relative_to(folder)).encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def entries(folder: Path) -> Iterator[Entry]:
    """One entry for each folder with a description, or for each sample where a problem comes with several.

    ComplexOR keeps inputs and outputs in ``sample.json``, NLP4LP data in ``data.json`` and the optimum in
    ``solution.json``. The data are put below the description, as the sets' own prompts do.
    """
    for path in sorted(folder.rglob(_DESCRIPTION)):
        home = path.parent
        place = str(home.relative_to(folder))
        try:
            description = path.read_text(encoding="utf-8")
            if (home / "sample.json").exists():
                yield from _samples(description, _json(home / "sample.json"), place)
            else:
                yield Entry(place, _single(description, home, place))
        except (OSError, ValueError, KeyError, TypeError) as error:
            yield Entry(place, None, f"the folder cannot be read: {type(error).__name__}: {error}")


def _samples(description: str, samples: list[dict[str, Any]], place: str) -> Iterator[Entry]:
    for number, sample in enumerate(samples, start=1):
        name = place if len(samples) == 1 else f"{place}-{number}"
        fields = {
            "id": name,
            "question": _with_data(description, sample["input"]),
            "answer": sample.get("output"),
        }
        yield Entry(name, fields)


def _single(description: str, home: Path, place: str) -> dict[str, Any]:
    data = next((home / name for name in _DATA_FILES if (home / name).exists()), None)
    solution = home / "solution.json"
    found = _json(solution) if solution.exists() else {}
    return {
        "id": place,
        "question": description if data is None else _with_data(description, _json(data)),
        "answer": found.get("objective") if isinstance(found, dict) else found,
    }


def _with_data(description: str, data: object) -> str:
    return f"{description.rstrip()}\n\nData:\n{json.dumps(data, ensure_ascii=False)}"


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
