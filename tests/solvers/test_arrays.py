"""Arrays as bytes and back, and bytes that are no arrays."""

import numpy as np
import pytest

from solvers.arrays import pack, unpack


def test_arrays_and_values_come_back_as_they_were() -> None:
    arrays = {
        "none": np.zeros((0, 3)),
        "texts": np.array(["ab", ""]),
        "number": np.array(3, np.int32),
        "matrix": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "signs": np.array([True, False]),
    }
    found, meta = unpack(pack(arrays, {"limit": 1.5, "name": "x\ny"}))
    assert meta == {"limit": 1.5, "name": "x\ny"} and list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype and np.array_equal(found[name], array)
        assert found[name].shape == array.shape and found[name].flags.writeable


def test_objects_do_not_travel() -> None:
    with pytest.raises(ValueError, match="only arrays of numbers"):
        pack({"a": np.array([{}], object)}, {})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]\n",
        b"{}\n",
        b'{"meta": [], "arrays": []}\n',
        b'{"meta": {}, "arrays": []}\nmore',
        b'{"meta": {}, "arrays": [["a", "<f8", [2]]]}\n12345678',
        b'{"meta": {}, "arrays": [["a", "<f8", [-1]]]}\n12345678',
        b'{"meta": {}, "arrays": [["a", "|O", [1]]]}\n12345678',
        b'{"meta": {}, "arrays": [["a", "nonsense", [1]]]}\n12345678',
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        unpack(data)
