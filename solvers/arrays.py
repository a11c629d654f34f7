"""Named arrays and plain values as bytes and back: what travels to and from the engines' processes."""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

_KINDS = "biufSU"
"""Kinds of arrays that travel: numbers, truth values and texts, never objects."""


def pack(arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> bytes:
    """The arrays and the JSON-able `meta` as bytes: a line that says what follows, and the arrays' own bytes.

    NumPy's archives take ten times as long, which counts where processes share a search.
    """
    parts = {name: np.asarray(array) for name, array in arrays.items()}
    if any(part.dtype.kind not in _KINDS for part in parts.values()):
        raise ValueError("only arrays of numbers, truth values and texts travel")
    forms = [[name, part.dtype.str, part.shape] for name, part in parts.items()]
    head = json.dumps({"meta": dict(meta), "arrays": forms}).encode()
    return b"".join((head, b"\n", *(part.tobytes() for part in parts.values())))


def unpack(data: bytes) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """What `pack` packed. Raises ValueError on anything else; never unpickles."""
    head, _, rest = data.partition(b"\n")
    arrays: dict[str, np.ndarray] = {}
    place = 0
    try:
        told = json.loads(head)
        meta = told["meta"]
        for name, form, shape in told["arrays"]:
            kind = np.dtype(form)
            if kind.kind not in _KINDS or not kind.itemsize:
                raise ValueError(f"arrays of type {form} do not travel")
            count = math.prod(shape)
            arrays[name] = np.frombuffer(rest, kind, count, place).reshape(shape).copy()
            place += count * kind.itemsize
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"these are no packed arrays: {error}") from None
    if place != len(rest) or not isinstance(meta, dict):
        raise ValueError("these are no packed arrays: their sizes or values are not as told")
    return arrays, meta
