"""Scales of products and of vector operations, and the formats of their results."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _arguments
from ._protocol import (
    HAS_RESULT_SCALE,
    HAS_RESULT_ZERO_POINT,
    HAS_SCALE,
    HAS_SCALE_ROW,
    VECTOR_FORMATS,
)
from .data_type import DataType, data_type, dtype_max, dtype_min, is_floating
from .errors import KpuTypeError, KpuValueError

if TYPE_CHECKING:
    from typing import SupportsFloat, SupportsIndex

_FLOAT = struct.Struct("<f")


class Scales(NamedTuple):
    """Checked scales of an operation; `present` says which there are, as the wire has it."""

    present: int = 0
    scale: float = 0.0
    result_scale: float = 0.0
    result_zero_point: int = 0

    @property
    def numbers(self) -> tuple[float, float, int]:
        """As they go over the wire."""
        return self.scale, self.result_scale, self.result_zero_point


def checked_scales(
    scale: SupportsFloat | None,
    scale_addr: SupportsIndex | None,
    result_scale: SupportsFloat | None,
    result_zero_point: SupportsIndex | None,
    result_dtype: DataType,
) -> Scales:
    """What the user has given. TypeError for a scale and a row of scales, ValueError for one that cannot be."""
    if scale is not None and scale_addr is not None:
        raise KpuTypeError("give either scale, one for all columns, or scale_addr, one for each, not both", "KPU_TYPE")
    present, factor = 0, 0.0
    if scale is not None:
        present, factor = HAS_SCALE, positive(scale, "scale")
    elif scale_addr is not None:
        present, factor = HAS_SCALE_ROW, _arguments.address(scale_addr, "scale_addr")
    of_result, zero_point = checked_result(result_scale, result_zero_point, result_dtype)
    present |= (of_result is not None) * HAS_RESULT_SCALE | (zero_point is not None) * HAS_RESULT_ZERO_POINT
    return Scales(present, factor, of_result or 0.0, zero_point or 0)


def checked_result(
    scale: SupportsFloat | None, zero_point: SupportsIndex | None, dtype: DataType
) -> tuple[float | None, int | None]:
    """How whole numbers stand for results of a format. ValueError for a scale or zero point that cannot be."""
    if scale is None and zero_point is None:
        return None, None
    if is_floating(dtype):
        message = f"result_scale and result_zero_point are of whole numbers; a result of {dtype.name} has neither"
        raise KpuValueError(message, "KPU_ARGUMENT", {"dtype": dtype.name})
    checked = None if scale is None else positive(scale, "result_scale")
    if zero_point is None:
        return checked, None
    point = _arguments.whole(zero_point, "result_zero_point")
    least, greatest = dtype_min(dtype), dtype_max(dtype)
    if not least <= point <= greatest:
        message = f"result_zero_point must be of {dtype.name}, {least} to {greatest}, got {point}"
        raise KpuValueError(message, "KPU_ARGUMENT", {"argument": "result_zero_point", "value": point})
    return checked, point


def positive(value: SupportsFloat, what: str) -> float:
    """A scale: a number that is positive and finite as a float32. ValueError for any other."""
    number = _arguments.real(value, what)
    try:
        (rounded,) = _FLOAT.unpack(_FLOAT.pack(number))
    except OverflowError:
        rounded = math.inf
    if rounded > 0 and math.isfinite(rounded):
        return number
    message = f"{what} must be a positive finite float32, got {number}"
    raise KpuValueError(message, "KPU_ARGUMENT", {"argument": what})


def vector_formats(dtype: Any, result_dtype: Any, scales: Scales) -> bytes:
    """The formats of a vector operation as they end VECTOR; nothing where all is float32."""
    of_matrix = data_type(dtype)
    if of_matrix is DataType.FLOAT32 and result_dtype is None and not scales.present:
        return b""
    result = 0 if result_dtype is None else data_type(result_dtype) + 1
    return VECTOR_FORMATS.pack(of_matrix, result, scales.present, *scales.numbers)
