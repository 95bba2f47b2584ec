"""Matrices that users give and get: 2-D arrays, buffers with two dimensions, or nested lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _values
from ._values import FLOAT_BYTES
from .errors import KpuOverflowError, KpuTypeError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIMENSIONS = 2


class Matrix(NamedTuple):
    """A matrix as it goes to the engine.

    Attributes:
        rows: how many rows it has, at least one.
        cols: how many columns it has, at least one.
        data: its float32 values, row by row.
        is_array: whether it came as an array, so that what is made of it should be one too.

    """

    rows: int
    cols: int
    data: memoryview
    is_array: bool

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.cols


def matrix_of(values: Any, name: str) -> Matrix:
    """What a user gave as a matrix. ShapeError if it is none or is empty, TypeError for what are no numbers."""
    if hasattr(values, "__array__"):
        array = _values.require_numpy().asarray(values)
        rows, cols = _require_matrix(array.shape, name)
        return Matrix(rows, cols, _values.float32_bytes_of_array(array), is_array=True)
    if isinstance(values, memoryview) and values.ndim > 1:
        rows, cols = _require_matrix(values.shape or (), name)
        return Matrix(rows, cols, _values.float32_bytes(values), is_array=False)
    if not isinstance(values, Iterable) or isinstance(values, (str, bytes, bytearray, Mapping, AbstractSet)):
        raise KpuTypeError(f"{name} must be a 2-D array or nested lists, got {type(values).__name__}", "KPU_TYPE")
    return _from_rows(values, name)


def product_operands(a: Any, b: Any) -> tuple[Matrix, Matrix]:
    """The operands of A B. ShapeError if they do not fit each other."""
    left, right = matrix_of(a, "a"), matrix_of(b, "b")
    if left.cols != right.rows:
        message = (
            f"the inner dimensions differ: a is {left.shape}, b is {right.shape}, and {left.cols} is not {right.rows}"
        )
        raise ShapeError(message, "KPU_SHAPE")
    return left, right


def shaped(values: Sequence[Any], rows: int, cols: int, *, as_array: bool) -> Any:
    """Float32 values as a matrix for the user: a new array, or a list for each row."""
    if as_array:
        return _values.require_numpy().array(values, "<f4").reshape(rows, cols)
    return nested(values, rows, cols)


def nested(values: Sequence[Any], rows: int, cols: int) -> list[list[Any]]:
    """Values as a list for each row."""
    return [list(values[row * cols : (row + 1) * cols]) for row in range(rows)]


def _require_matrix(shape: tuple[int, ...], name: str) -> tuple[int, int]:
    if len(shape) != _DIMENSIONS or 0 in shape:
        raise ShapeError(f"{name} must be a 2-D array that is not empty, got shape {tuple(shape)}", "KPU_SHAPE")
    return shape[0], shape[1]


def _from_rows(values: Iterable[Any], name: str) -> Matrix:
    data = bytearray()
    rows = width = 0
    for row in values:
        if not isinstance(row, Iterable):
            message = f"{name} must have rows of numbers, got {type(row).__name__} as row {rows}"
            raise KpuTypeError(message, "KPU_TYPE")
        try:
            encoded = _values.float32_bytes(row)
        except (KpuTypeError, KpuOverflowError) as error:
            raise type(error)(f"row {rows} of {name}: {error}", error.code, error.details) from None
        if rows == 0:
            width = len(encoded)
        elif len(encoded) != width:
            message = (
                f"{name} must be a matrix: row {rows} has {len(encoded) // FLOAT_BYTES} numbers, "
                f"row 0 has {width // FLOAT_BYTES}"
            )
            raise ShapeError(message, "KPU_SHAPE")
        data += encoded
        rows += 1
    if not data:
        raise ShapeError(f"{name} must not be empty", "KPU_SHAPE")
    return Matrix(rows, width // FLOAT_BYTES, memoryview(data), is_array=False)
