"""Quantizing: real numbers as whole ones with a scale and a zero point."""

from __future__ import annotations

import array
import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple, SupportsFloat, SupportsIndex

from . import _arguments, _engines, _values
from ._protocol import (
    CALIBRATE,
    DEQUANTIZE,
    MAX_QUANTIZED_NUMBERS,
    QUANTIZE,
    TAG_BYTES,
    TAG_JSON,
    TENSOR_HEAD,
    pack,
)
from .data_type import DataType, data_type, is_floating
from .errors import KpuTypeError, KpuValueError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Quantization", "calibrate"]

_WIDE_BYTES = 4
_LEAST_PERCENTILE, _MOST_PERCENTILE = 50, 100
_MODES = ("symmetric", "affine")


class _Tensor(NamedTuple):
    data: memoryview
    shape: tuple[int, ...]
    is_array: bool


class Quantization:
    """How real numbers stand for whole ones: ``real = scale * (whole - zero_point)``.

    Args:
        scales: a positive number for all, or one for each place along `axis`; kept as float32.
        zero_points: a whole number of `dtype` for all, or one for each scale; default 0.
        dtype: INT8, UINT8, INT4 or INT32.
        axis: the axis whose places (channels) have their own scales; None for one scale for all.

    Errors: ValueError for a scale that is not positive and finite in float32 (and which), a zero point outside `dtype`,
    a floating-point `dtype`, several scales without an axis.

    >>> by = Quantization(0.5, zero_points=3)
    >>> by.quantize([0.0, 0.75, 1000.0])
    [3, 5, 127]
    >>> by.dequantize([3, 5])
    [0.0, 1.0]

    """

    __slots__ = ("axis", "dtype", "scales", "zero_points")

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    dtype: DataType
    axis: int | None

    def __init__(
        self,
        scales: SupportsFloat | Sequence[SupportsFloat],
        zero_points: SupportsIndex | Sequence[SupportsIndex] | None = None,
        dtype: Any = DataType.INT8,
        axis: SupportsIndex | None = None,
    ) -> None:
        listed = _numbers(scales, "scales")
        if zero_points is None:
            points: list[Any] = [0] * len(listed)
        else:
            points = _listed(zero_points)
            points = [_arguments.whole(each, f"zero_points[{index}]") for index, each in enumerate(points)]
        self.scales = tuple(array.array("f", listed))
        for index, scale in enumerate(self.scales):
            if not 0 < scale < math.inf:
                message = f"scale {index} must be a positive finite float32, got {listed[index]}"
                raise KpuValueError(message, "KPU_ARGUMENT", {"index": index})
        self.zero_points = tuple(points)
        self.dtype = _integer_type(dtype)
        self.axis = None if axis is None else _arguments.size(axis, "axis", "KPU_ARGUMENT")
        shape = [0] if self.axis is None else [0] * (self.axis + 1)
        _call(QUANTIZE, self._head(tuple(shape)), memoryview(b""), 0)  # the engine words every refusal

    def quantize(self, values: Any) -> Any:
        """Whole numbers for real ones: x / scale in float32, to nearest with ties to even, plus the zero point.

        What lies beyond the format becomes its bound. A list for an iterable of numbers; for an array one of its shape
        and of dtype int8, uint8 or int32 (int8 for INT4 too: `write_*_numpy` packs it). Errors: ValueError for a NaN
        (and which), and for a shape whose `axis` has not as many places as there are scales.
        """
        tensor = _tensor(values)
        whole = _call(QUANTIZE, self._head(tensor.shape), tensor.data, len(tensor.data))
        if not tensor.is_array:
            return array.array("i", bytes(whole)).tolist()
        numpy = _values.require_numpy()
        kept = {DataType.INT32: "<i4", DataType.UINT8: "u1"}.get(self.dtype, "i1")
        return numpy.frombuffer(whole, "<i4").astype(kept).reshape(tensor.shape)

    def dequantize(self, values: Any) -> Any:
        """The real numbers that whole ones stand for, rounded once to float32: a list, or an array for an array."""
        shape, is_array = _shape_of(values)
        if is_array:
            data = _values.as_bytes(_values.require_numpy().ascontiguousarray(values).astype("<i4").reshape(-1))
        else:
            listed = [_arguments.whole(each, f"values[{index}]") for index, each in enumerate(values)]
            try:
                data = _values.as_bytes(array.array("i", listed))
            except OverflowError:
                raise KpuValueError("values must be whole numbers of 32 bits", "KPU_ARGUMENT") from None
            shape = (len(listed),)
        real = _call(DEQUANTIZE, self._head(shape), data, len(data))
        if not is_array:
            return array.array("f", bytes(real)).tolist()
        return _values.require_numpy().frombuffer(real, "<f4").reshape(shape)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Quantization):
            return NotImplemented
        return self._parts == other._parts

    def __hash__(self) -> int:
        return hash(self._parts)

    def __repr__(self) -> str:
        axis = "" if self.axis is None else f", axis={self.axis}"
        return f"Quantization({list(self.scales)}, {list(self.zero_points)}, {self.dtype}{axis})"

    @property
    def _parts(self) -> tuple[Any, ...]:
        return self.scales, self.zero_points, self.dtype, self.axis

    def _head(self, shape: tuple[int, ...]) -> dict[str, Any]:
        if self.axis is not None and 0 in shape:
            # Nothing is converted, but the scales are still looked at.
            shape = (*shape[: self.axis], len(self.scales), *shape[self.axis + 1 :], 0)
        return {
            "format": int(self.dtype),
            "scales": list(self.scales),
            "zeroPoints": list(self.zero_points),
            "axis": self.axis,
            "shape": list(shape),
        }


def calibrate(
    values: Any,
    dtype: Any = DataType.INT8,
    mode: str = "symmetric",
    percentile: float = 100.0,
    axis: SupportsIndex | None = None,
) -> Quantization:
    """Scales and zero points that suit values.

    ``"symmetric"``: the zero point is 0 and the greatest magnitude becomes the greatest number (not for UINT8).
    ``"affine"``: the least and the greatest value, 0 included, become the least and the greatest number. With a
    `percentile` p below 100 the range ends at that percentile of the magnitudes, or goes from the (100 - p)-th to the
    p-th of the values, interpolated linearly; what lies outside is cut off. With an `axis` each place has its own.

    Errors: ValueError for a NaN or an infinity (and which), no values, or more than 8,388,608 at once.

    >>> calibrate([0.0, 1.0, -2.54])
    Quantization([0.019999999552965164], [0], DataType.INT8)
    """
    wanted = _integer_type(dtype)
    if not isinstance(mode, str):
        raise KpuTypeError(f"mode must be a str, got {type(mode).__name__}", "KPU_TYPE")
    if mode not in _MODES:
        raise KpuValueError(f"mode must be 'symmetric' or 'affine', got {mode!r}", "KPU_ARGUMENT")
    (share,) = _numbers(percentile, "percentile")
    if not _LEAST_PERCENTILE < share <= _MOST_PERCENTILE:
        raise KpuValueError(f"percentile must be above 50 and at most 100, got {percentile}", "KPU_ARGUMENT")
    place = None if axis is None else _arguments.size(axis, "axis", "KPU_ARGUMENT")
    tensor = _tensor(values)
    head = {"format": int(wanted), "mode": mode, "percentile": share, "axis": place, "shape": list(tensor.shape)}
    answer = json.loads(bytes(_exchange(CALIBRATE, head, tensor.data, TAG_JSON)))
    return Quantization(answer["scales"], answer["zeroPoints"], wanted, place)


def _call(op: int, head: dict[str, Any], data: memoryview, size: int) -> bytearray:
    result = bytearray(size)
    _exchange(op, head, data, TAG_BYTES, memoryview(result))
    return result


def _exchange(op: int, head: dict[str, Any], data: memoryview, tag: int, into: memoryview | None = None) -> Any:
    if len(data) > _WIDE_BYTES * MAX_QUANTIZED_NUMBERS:
        message = f"{len(data) // _WIDE_BYTES} numbers; at most {MAX_QUANTIZED_NUMBERS} are quantized at once"
        raise KpuValueError(message, "KPU_SIZE", {"most": MAX_QUANTIZED_NUMBERS})
    text = json.dumps(head).encode()
    frame = pack(TENSOR_HEAD, op, 0, len(text), behind=len(text) + len(data)) + text
    return _engines.shared_connection().call(None, frame, tag, payload=data, into=into)


def _tensor(values: Any) -> _Tensor:
    shape, is_array = _shape_of(values)
    data = _values.float32_bytes(values)
    return _Tensor(data, shape if is_array else (len(data) // _WIDE_BYTES,), is_array)


def _shape_of(values: Any) -> tuple[tuple[int, ...], bool]:
    return (tuple(values.shape), True) if hasattr(values, "__array__") else ((0,), False)


def _integer_type(dtype: Any) -> DataType:
    wanted = data_type(dtype)
    if is_floating(wanted):
        message = f"numbers are quantized to INT8, UINT8, INT4 or INT32, got {wanted.name}"
        raise KpuValueError(message, "KPU_ARGUMENT", {"argument": "dtype"})
    return wanted


def _listed(value: Any) -> list[Any]:
    return list(value) if hasattr(value, "__iter__") else [value]


def _numbers(value: Any, what: str) -> list[float]:
    try:
        return [float(each) for each in _listed(value)]
    except (TypeError, ValueError):
        raise KpuTypeError(f"{what} must be numbers, got {type(value).__name__}", "KPU_TYPE") from None
