"""Matrices in and out: arrays or nested lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _values
from .errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIMENSIONS = 2


def is_array(values: Any) -> bool:
    """Whether these are numpy's, so that a result should be an array too."""
    return hasattr(values, "__array__")


def matrix(values: Any, name: str) -> tuple[int, int, memoryview]:
    """Rows, columns and float32 bytes of an array or of nested lists. ShapeError for anything that is no matrix."""
    if is_array(values):
        array = _values.require_numpy().asarray(values)
        if array.ndim != _DIMENSIONS or 0 in array.shape:
            raise ShapeError(f"{name} must be a 2-D array that is not empty, got shape {array.shape}", "KPU_SHAPE")
        return int(array.shape[0]), int(array.shape[1]), _values.float32_bytes_of_array(array)
    rows = [list(row) for row in values]
    if not rows or not rows[0]:
        raise ShapeError(f"{name} must not be empty", "KPU_SHAPE")
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ShapeError(
                f"{name} must be a matrix: row {number} has {len(row)} numbers, row 0 has {len(rows[0])}", "KPU_SHAPE"
            )
    return len(rows), len(rows[0]), _values.float32_bytes([value for row in rows for value in row])


def shaped(product: Sequence[float], m: int, n: int, *, as_array: bool) -> Any:
    """An m x n product as an array, or as nested lists."""
    if as_array:
        return _values.require_numpy().array(product, "<f4").reshape(m, n)
    return [list(product[row * n : (row + 1) * n]) for row in range(m)]
