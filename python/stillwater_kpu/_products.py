"""Matrix products: the plain one for comparison, and the comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from . import _arguments, _values
from ._protocol import CHUNK_BYTES, PRODUCT, PRODUCT_HEAD, TAG_BYTES, pack
from ._values import FLOAT_BYTES
from .errors import KpuValueError

if TYPE_CHECKING:
    import array
    from collections.abc import Sequence

    from ._connection import Connection

TOLERANCE = 1e-5
"""Relative and absolute tolerance of comparisons."""


class Operands(NamedTuple):
    """The float32 operands of C = A B, row-major: A is m x k, B is k x n."""

    m: int
    n: int
    k: int
    a: memoryview
    b: memoryview

    @property
    def c_bytes(self) -> int:
        """Size of the product."""
        return FLOAT_BYTES * self.m * self.n


class Mismatch(NamedTuple):
    """The first element of a product that is not as expected."""

    position: int
    actual: float
    expected: float


def checked_operands(a: Any, b: Any, m: Any, n: Any, k: Any, names: tuple[str, str]) -> Operands:
    """Flat matrices and their dimensions as operands. ValueError for a zero dimension or a wrong length."""
    dimensions = []
    for name, value in (("m", m), ("n", n), ("k", k)):
        extent = _arguments.dimension(value, name)
        if extent == 0:
            raise KpuValueError(f"{name} must be at least 1, got 0", "KPU_DIMENSION", {"argument": name})
        dimensions.append(extent)
    rows, columns, depth = dimensions
    left = _flat(a, names[0], rows, depth, "m x k")
    right = _flat(b, names[1], depth, columns, "k x n")
    return Operands(rows, columns, depth, left, right)


def checked_product(c: Any, m: int, n: int, name: str) -> Sequence[float]:
    """A flat product to be compared. ValueError for a wrong length."""
    values: list[float] = list(c)
    if len(values) != m * n:
        raise _wrong_length(name, len(values), m, n, "m x n")
    return values


def plain_product(connection: Connection, operands: Operands) -> array.array[float]:
    """C by the plain float32 loop with k ascending, in blocks that fit a frame."""
    m, n, k, a, b = operands
    row_bytes, block = FLOAT_BYTES * k, max(1, CHUNK_BYTES // (FLOAT_BYTES * k))
    product = _values.new_floats(m * n)
    for first_column in range(0, n, block):
        columns = min(block, n - first_column)
        part = b if columns == n else _columns(b, n, first_column, columns)
        for first_row in range(0, m, min(block, max(1, CHUNK_BYTES // (FLOAT_BYTES * columns)))):
            rows = min(block, max(1, CHUNK_BYTES // (FLOAT_BYTES * columns)), m - first_row)
            left = a[first_row * row_bytes : (first_row + rows) * row_bytes]
            result = _values.new_floats(rows * columns)
            head = pack(PRODUCT_HEAD, PRODUCT, 0, rows, columns, k, behind=len(left) + len(part))
            payload = bytes(left) + bytes(part)
            connection.call(None, head, TAG_BYTES, payload=payload, into=_values.as_bytes(result))
            for row in range(rows):
                at = (first_row + row) * n + first_column
                product[at : at + columns] = result[row * columns : (row + 1) * columns]
    return product


def first_mismatch(actual: Sequence[float], expected: Sequence[float], tolerance: float = TOLERANCE) -> Mismatch | None:
    """Where |x - e| <= tolerance + tolerance |e| does not hold. NaN equals nothing, an infinity only itself."""
    for position, (x, e) in enumerate(zip(actual, expected)):
        if x == e:
            continue
        if not (abs(x - e) <= tolerance + tolerance * abs(e) < _INFINITY):
            return Mismatch(position, x, e)
    return None


_INFINITY = float("inf")


def _columns(b: memoryview, n: int, first: int, count: int) -> memoryview:
    block = bytearray()
    for start in range(FLOAT_BYTES * first, len(b), FLOAT_BYTES * n):
        block += b[start : start + FLOAT_BYTES * count]
    return memoryview(block)


def _flat(values: Any, name: str, rows: int, columns: int, shape: str) -> memoryview:
    view = _values.float32_bytes(values)
    if len(view) != FLOAT_BYTES * rows * columns:
        raise _wrong_length(name, len(view) // FLOAT_BYTES, rows, columns, shape)
    return view


def _wrong_length(name: str, length: int, rows: int, columns: int, shape: str) -> KpuValueError:
    message = f"{name} has {length} numbers, but {shape} is {rows} x {columns} = {rows * columns}"
    return KpuValueError(message, "KPU_DIMENSION", {"argument": name, "length": length, "needed": rows * columns})
