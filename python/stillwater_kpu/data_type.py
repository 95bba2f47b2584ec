"""Number formats: what the numbers in memory and the operands of products are."""

from __future__ import annotations

import enum
import sys
from typing import Any, NamedTuple, SupportsIndex

from . import _arguments
from .errors import KpuTypeError, KpuValueError, unknown_name_message

__all__ = [
    "DataType",
    "accumulator_type",
    "bytes_for",
    "data_type",
    "dtype_bits",
    "dtype_max",
    "dtype_min",
    "dtype_name",
    "dtype_size",
    "elements_per_byte",
    "is_floating",
    "is_integer",
]


class DataType(enum.IntEnum):
    """A number format. Every ``dtype`` argument takes one, its name, or a numpy or ml_dtypes dtype.

    FLOAT8_E4M3 is ml_dtypes' ``float8_e4m3fn``: it has no infinity. Two INT4 share a byte, the first in the low half.

    >>> DataType.INT8, str(DataType.BFLOAT16)
    (<DataType.INT8: 4>, 'DataType.BFLOAT16')
    """

    FLOAT32 = 0
    FLOAT16 = 1
    BFLOAT16 = 2
    INT32 = 3
    INT8 = 4
    UINT8 = 5
    INT4 = 6
    FLOAT8_E4M3 = 7
    FLOAT8_E5M2 = 8

    def __str__(self) -> str:
        """The qualified name, on every version of Python."""
        return f"{type(self).__name__}.{self.name}"


class _Facts(NamedTuple):
    bits: int
    kind: str
    greatest: float
    least: float


_FACTS: dict[DataType, _Facts] = {
    DataType.FLOAT32: _Facts(32, "float", (2 - 2**-23) * 2.0**127, -(2 - 2**-23) * 2.0**127),
    DataType.FLOAT16: _Facts(16, "float", 65504.0, -65504.0),
    DataType.BFLOAT16: _Facts(16, "float", (2 - 2**-7) * 2.0**127, -(2 - 2**-7) * 2.0**127),
    DataType.INT32: _Facts(32, "integer", 2**31 - 1, -(2**31)),
    DataType.INT8: _Facts(8, "integer", 127, -128),
    DataType.UINT8: _Facts(8, "integer", 255, 0),
    DataType.INT4: _Facts(4, "integer", 7, -8),
    DataType.FLOAT8_E4M3: _Facts(8, "float", 448.0, -448.0),
    DataType.FLOAT8_E5M2: _Facts(8, "float", 57344.0, -57344.0),
}

_NAMES: dict[str, DataType] = {each.name.lower(): each for each in DataType}
_SPELLINGS: dict[str, DataType] = {**_NAMES, "float8_e4m3fn": DataType.FLOAT8_E4M3}


def data_type(dtype: Any) -> DataType:
    """The `DataType` that anything naming a number format means.

    A `DataType` or its value, a name such as ``"int8"`` or ``"float8_e4m3fn"``, or a numpy or ml_dtypes dtype or scalar
    type. Errors: TypeError for what names no format, ValueError for a format that is not supported, such as float64.

    >>> data_type("bfloat16"), data_type(4)
    (<DataType.BFLOAT16: 2>, <DataType.INT8: 4>)
    """
    if type(dtype) is DataType:
        return dtype
    if isinstance(dtype, bool) or dtype is None:
        raise _no_format(dtype)
    if isinstance(dtype, str):
        return _named(dtype)
    try:
        code = _arguments.whole(dtype, "dtype")
    except KpuTypeError:
        return _of_numpy(dtype)
    if code not in DataType._value2member_map_:
        raise KpuValueError(f"dtype must be a DataType, 0 to {max(DataType).value}, got {code}", "KPU_ARGUMENT")
    return DataType(code)


def dtype_name(dtype: Any) -> str:
    """Its name: ``"float32"``, ``"float16"``, ``"bfloat16"``, ``"int8"`` and so on."""
    return data_type(dtype).name.lower()


def dtype_bits(dtype: Any) -> int:
    """Bits of a number."""
    return _FACTS[data_type(dtype)].bits


def dtype_size(dtype: Any) -> int:
    """Bytes of a number by itself; 1 for INT4, of which two share a byte. See `bytes_for`."""
    return (dtype_bits(dtype) + 7) // 8


def elements_per_byte(dtype: Any) -> int:
    """How many numbers share a byte: 2 for INT4, 1 for all others, wider ones too."""
    return max(1, 8 // dtype_bits(dtype))


def bytes_for(dtype: Any, count: SupportsIndex) -> int:
    """Bytes of `count` numbers one behind the other.

    >>> bytes_for(DataType.INT4, 3), bytes_for(DataType.FLOAT16, 3)
    (2, 6)
    """
    return (_arguments.size(count, "count") * dtype_bits(dtype) + 7) // 8


def is_floating(dtype: Any) -> bool:
    """Whether it is a floating-point format."""
    return _FACTS[data_type(dtype)].kind == "float"


def is_integer(dtype: Any) -> bool:
    """Whether it is a format of whole numbers."""
    return not is_floating(dtype)


def accumulator_type(dtype: Any) -> DataType:
    """What products of it are summed up in: FLOAT32, or INT32 for whole numbers."""
    return DataType.FLOAT32 if is_floating(dtype) else DataType.INT32


def dtype_min(dtype: Any) -> float:
    """The least finite number: an int for whole numbers."""
    return _FACTS[data_type(dtype)].least


def dtype_max(dtype: Any) -> float:
    """The greatest finite number: an int for whole numbers.

    >>> dtype_max("float8_e4m3"), dtype_min("int4")
    (448.0, -8)
    """
    return _FACTS[data_type(dtype)].greatest


def _named(name: str) -> DataType:
    known = _SPELLINGS.get(name.lower())
    if known is not None:
        return known
    message = unknown_name_message(f"dtype must be one of {', '.join(_NAMES)}, got", name, tuple(_SPELLINGS))
    raise KpuValueError(message, "KPU_ARGUMENT", {"argument": "dtype"})


def _of_numpy(dtype: Any) -> DataType:
    numpy = sys.modules.get("numpy")
    # Only what is a dtype or names one by itself: numpy takes also int and float for dtypes, which are too wide here.
    if numpy is None or not (isinstance(dtype, (numpy.dtype, type)) or hasattr(dtype, "dtype")):
        raise _no_format(dtype)
    try:
        found = numpy.dtype(getattr(dtype, "dtype", dtype) if not isinstance(dtype, type) else dtype)
    except TypeError:
        raise _no_format(dtype) from None
    known = _SPELLINGS.get(found.name)
    if known is None or found.names is not None:
        message = f"dtype {found} is no number format of the simulator; there are {', '.join(_NAMES)}"
        raise KpuValueError(message, "KPU_ARGUMENT", {"argument": "dtype"})
    return known


def _no_format(value: object) -> KpuTypeError:
    message = f"dtype must be a DataType, its name or a numpy dtype, got {type(value).__name__}"
    return KpuTypeError(message, "KPU_TYPE", {"argument": "dtype"})
