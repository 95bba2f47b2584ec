"""Numbers in and out of simulated memory: float32 (doubles on the way to other formats), little-endian, in C order."""

from __future__ import annotations

import array
import struct
import sys
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, SupportsFloat, SupportsIndex, Union

from ._arguments import size as checked_size
from .errors import KpuOverflowError, KpuTypeError

FLOAT_BYTES = 4

Numbers = Union[Iterable[SupportsFloat], Iterable[SupportsIndex], memoryview, "array.array[float]"]
"""What can be written to memory: any iterable of numbers, a numpy array, or an object with a buffer of numbers."""

Shape = Union[SupportsIndex, Sequence[SupportsIndex]]

_RAW_BYTES = (bytes, bytearray)


def float32_bytes(data: Any, code: str = "f") -> memoryview:
    """The numbers as float32 (``"f"``) or doubles (``"d"``); a view of `data` itself where it holds them that way.

    Values beyond the range of float32 become infinite, as in numpy. TypeError: something that is no number, and where.
    """
    if type(data) is list or type(data) is tuple:
        return _from_sequence(data, code)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(data, (numpy.ndarray, numpy.generic)):
        return float32_bytes_of_array(data, code)
    if isinstance(data, (str, *_RAW_BYTES)):
        advice = "" if isinstance(data, str) else "; give raw float32 bytes as memoryview(data).cast('f')"
        raise KpuTypeError(f"data must be numbers, got {type(data).__name__}{advice}", "KPU_TYPE")
    view = _buffer(data)
    if view is not None:
        return _from_buffer(view, code)
    if hasattr(data, "__array__"):
        return float32_bytes_of_array(data, code)
    if not isinstance(data, Iterable) or isinstance(data, (Mapping, AbstractSet)):
        raise KpuTypeError(f"data must be a sequence of numbers, got {type(data).__name__}", "KPU_TYPE")
    return _from_sequence(list(data), code)


def float32_bytes_of_array(data: Any, code: str = "f") -> memoryview:
    """The values of anything that numpy takes for an array of numbers, as float32 or doubles in C order."""
    numpy = require_numpy()
    values = numpy.asarray(data)
    wanted = numpy.dtype("<f4" if code == "f" else "<f8")
    if values.dtype != wanted:
        if not _is_real(numpy, values.dtype):
            raise KpuTypeError(
                f"cannot convert an array of {values.dtype} to {wanted}: its values are not real numbers",
                "KPU_TYPE",
                {"dtype": str(values.dtype), "needed": str(wanted)},
            )
        with numpy.errstate(over="ignore", invalid="ignore"):
            values = values.astype(wanted, order="C")
    return as_bytes(numpy.ascontiguousarray(values, wanted).reshape(-1))


def as_bytes(values: Any) -> memoryview:
    """The bytes behind a contiguous array."""
    view = memoryview(values)
    return view.cast("B") if view.nbytes else memoryview(b"")  # an empty view cannot be cast


def new_floats(count: int) -> array.array[float]:
    """Room for `count` float32 numbers."""
    return array.array("f", bytes(FLOAT_BYTES)) * count


def checked_shape(shape: Any) -> tuple[int, ...]:
    """A shape as a tuple of ints. Raises TypeError and ValueError; -1 means nothing here."""
    extents: Any = shape if isinstance(shape, Iterable) and not isinstance(shape, (str, *_RAW_BYTES)) else None
    if extents is None:
        return (checked_size(shape, "shape", "KPU_DIMENSION"),)
    return tuple(checked_size(extent, f"shape[{axis}]", "KPU_DIMENSION") for axis, extent in enumerate(extents))


def element_count(shape: tuple[int, ...]) -> int:
    """How many elements an array of this shape has."""
    count = 1
    for extent in shape:
        count *= extent
    return count


def require_numpy() -> Any:
    """The numpy module, which only the calls with arrays need."""
    try:
        import numpy as np
    except ImportError as error:
        message = "this call works with numpy arrays, and numpy is not installed: pip install numpy"
        raise ImportError(message) from error
    return np


def _from_sequence(data: Any, to_code: str) -> memoryview:
    try:
        return as_bytes(array.array(to_code, data))
    except (TypeError, OverflowError):
        raise _element_error(data) from None


def _element_error(data: Sequence[Any]) -> Exception:
    """Which element cannot be converted, and why."""
    for position, element in enumerate(data):
        try:
            array.array("f", (element,))
        except TypeError:
            message = f"data[{position}] must be a number, got {type(element).__name__}"
            return KpuTypeError(message, "KPU_TYPE", {"position": position})
        except OverflowError:
            message = f"data[{position}] is an int too large to be converted to a float"
            return KpuOverflowError(message, "KPU_OVERFLOW", {"position": position})
    return KpuTypeError("data must be numbers", "KPU_TYPE")


def _buffer(data: Any) -> memoryview | None:
    try:
        return memoryview(data)
    except TypeError:
        return None


def _from_buffer(view: memoryview, to_code: str) -> memoryview:
    code: Any  # one of the codes that memoryview.cast knows, which it checks itself
    order, code = (view.format[:1], view.format[1:]) if view.format[:1] in "@=<" else ("@", view.format)
    if code == to_code:
        return as_bytes(view) if view.c_contiguous and order == "@" else memoryview(view.tobytes())
    try:
        if order != "@" and struct.calcsize(code) == view.itemsize:
            view = memoryview(view.tobytes()).cast(code)
        values: Any = view.tolist()
    except (NotImplementedError, ValueError, struct.error):
        message = f"cannot read a buffer of format {view.format!r} as numbers; float32 is 'f'"
        raise KpuTypeError(message, "KPU_TYPE", {"format": view.format}) from None
    for _ in range(view.ndim - 1):
        values = [element for row in values for element in row]
    return _from_sequence(values if isinstance(values, list) else [values], to_code)


def _is_real(numpy: Any, dtype: Any) -> bool:
    # 'V' are the types of extensions such as bfloat16, which say themselves whether they convert.
    return dtype.kind in "biuf" or (dtype.kind == "V" and bool(numpy.can_cast(dtype, numpy.float32)))
