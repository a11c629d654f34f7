"""Named arrays and plain values as bytes and back: what travels to and from the engines' processes."""

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

_META = "meta"


def pack(arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> bytes:
    """The arrays and the JSON-able `meta` as bytes."""
    text = np.frombuffer(json.dumps(meta).encode(), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **{_META: text}, **arrays)
    return buffer.getvalue()


def unpack(data: bytes) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """What `pack` packed. Raises ValueError on anything else; never unpickles."""
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    meta = json.loads(arrays.pop(_META).tobytes())
    if not isinstance(meta, dict):
        raise ValueError("the packed values are no mapping")
    return arrays, meta
