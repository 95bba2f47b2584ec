"""Numbers as the bytes of a format and back. The engine converts, so that there is one set of rules."""

from __future__ import annotations

import array
import sys
from typing import Any, SupportsIndex

from . import _arguments, _engines, _values
from ._protocol import (
    DECODE_HEAD,
    DECODE_NUMBERS,
    ENCODE_HEAD,
    ENCODE_NUMBERS,
    MAX_QUANTIZED_NUMBERS,
    TAG_BYTES,
    pack,
)
from .data_type import DataType, bytes_for, data_type, dtype_bits, is_floating
from .errors import KpuTypeError, KpuValueError, unknown_name_message

__all__ = ["decode_numbers", "encode_numbers"]

_POLICIES = ("ieee", "saturate", "raise")
_DOUBLE_BYTES = 8
_WIDE_BYTES = 4
_PIECE = MAX_QUANTIZED_NUMBERS // 2
"""Numbers that travel at once: even, so that a piece of INT4 ends at a byte."""


def encode_numbers(values: Any, dtype: Any, policy: str | None = None) -> bytes:
    """Numbers rounded to a format, to nearest with ties to even, and packed little-endian.

    `values` is any iterable of numbers or an array, which is taken in C order. `policy` says what becomes of a number
    beyond the greatest finite one: ``"ieee"`` (floating-point formats only, their default) infinity, or NaN in
    FLOAT8_E4M3; ``"saturate"`` (the default of integer formats) the bound; ``"raise"`` a ValueError. Errors: ValueError
    also for a NaN that is to become a whole number; the message says which number it is.

    >>> encode_numbers([1, -2, 7.5], "int4").hex()
    'e107'
    """
    return bytes(encoded(values, data_type(dtype), policy))


def decode_numbers(content: Any, dtype: Any, count: SupportsIndex | None = None) -> list[float]:
    r"""The numbers in bytes of a format, exactly: floats, or ints for whole numbers.

    `count` defaults to as many as the bytes have, which are 2 for each byte of INT4. Errors: ValueError where there are
    fewer, TypeError for what has no bytes.

    >>> decode_numbers(b"\x00\x3c", "float16"), decode_numbers(b"\xe1\x07", "int4", 3)
    ([1.0], [1, -2, 7])
    """
    wanted = data_type(dtype)
    try:
        view = _values.as_bytes(content)
    except TypeError:
        message = f"content must be bytes, got {type(content).__name__}"
        raise KpuTypeError(message, "KPU_TYPE", {"argument": "content"}) from None
    most = len(view) * 8 // dtype_bits(wanted)
    number = most if count is None else _arguments.size(count, "count")
    if number > most:
        raise KpuValueError(
            f"{number} numbers of {wanted.name} need {bytes_for(wanted, number)} bytes, got {len(view)}",
            "KPU_SIZE",
            {"count": number, "bytes": len(view)},
        )
    values: list[float] = decoded(view, wanted, number).tolist()
    return values


def checked_policy(policy: str | None) -> int:
    """A policy as its number on the wire; 0 is the format's own. TypeError or ValueError for anything else."""
    if policy is None:
        return 0
    if not isinstance(policy, str):
        raise KpuTypeError(f"policy must be a str, got {type(policy).__name__}", "KPU_TYPE")
    if policy not in _POLICIES:
        message = unknown_name_message(f"policy must be one of {', '.join(_POLICIES)}, got", policy, _POLICIES)
        raise KpuValueError(message, "KPU_ARGUMENT", {"argument": "policy"})
    return _POLICIES.index(policy) + 1


def encoded(values: Any, dtype: DataType, policy: str | None = None) -> memoryview:
    """The bytes of numbers; a view of `values` itself where they have the format already."""
    code = checked_policy(policy)
    same = _as_they_are(values, dtype) if policy is None or not is_floating(dtype) else None
    if same is not None:
        return same
    if dtype is DataType.FLOAT32 and policy is None:
        return _values.float32_bytes(values)
    is_double = not _has_floats(values)
    source = _values.float32_bytes(values, "d" if is_double else "f")
    width = _DOUBLE_BYTES if is_double else _WIDE_BYTES
    connection = _engines.shared_connection()
    content = bytearray(bytes_for(dtype, len(source) // width))
    for first in range(0, len(source) // width, _PIECE):
        piece = source[first * width : (first + _PIECE) * width]
        size = bytes_for(dtype, len(piece) // width)
        head = pack(ENCODE_HEAD, ENCODE_NUMBERS, 0, dtype, code, is_double, first, behind=len(piece))
        at = bytes_for(dtype, first)
        connection.call(None, head, TAG_BYTES, payload=piece, into=memoryview(content)[at : at + size])
    return memoryview(content)


def decoded(content: memoryview, dtype: DataType, count: int) -> array.array[Any]:
    """The first numbers in bytes of a format: float32 or int32."""
    values = array.array("f" if is_floating(dtype) else "i", bytes(_WIDE_BYTES)) * count
    if not count:
        return values
    view = _values.as_bytes(values)
    connection = _engines.shared_connection()
    for first in range(0, count, _PIECE):
        number = min(_PIECE, count - first)
        at = bytes_for(dtype, first)
        piece = content[at : at + bytes_for(dtype, number)]
        head = pack(DECODE_HEAD, DECODE_NUMBERS, 0, dtype, number, behind=len(piece))
        into = view[first * _WIDE_BYTES : (first + number) * _WIDE_BYTES]
        connection.call(None, head, TAG_BYTES, payload=piece, into=into)
    return values


def encoded_array(values: Any, dtype: DataType, policy: str | None = None) -> memoryview:
    """The bytes of an array in C order; rows of INT4 (along the last axis) begin at whole bytes."""
    numpy = _values.require_numpy()
    matrix = numpy.asarray(values)
    if dtype is DataType.INT4 and matrix.ndim > 1 and matrix.shape[-1] % 2:
        matrix = numpy.pad(matrix, [(0, 0)] * (matrix.ndim - 1) + [(0, 1)])
    return encoded(matrix, dtype, policy)


def array_bytes(dtype: DataType, shape: tuple[int, ...]) -> int:
    """Bytes of an array as `encoded_array` lays it out."""
    if len(shape) < 2:  # noqa: PLR2004  # one dimension has one row
        return bytes_for(dtype, _values.element_count(shape))
    return _values.element_count(shape[:-1]) * bytes_for(dtype, shape[-1])


def decoded_array(content: bytearray, dtype: DataType, shape: tuple[int, ...]) -> Any:
    """An array out of its bytes.

    The numpy dtype is that of the format; of BFLOAT16, INT4 and the FLOAT8 formats, which numpy has not, that of
    ml_dtypes where it is installed, else float32 (int8 for INT4), which holds all of their numbers.
    """
    numpy = _values.require_numpy()
    native = _NATIVE.get(dtype)
    if native is not None:
        return numpy.frombuffer(content, native).reshape(shape)
    extension = _extension_dtype(dtype)
    if dtype is DataType.INT4:
        width = shape[-1] if shape else 1
        padded = (*shape[:-1], width + width % 2)
        whole = numpy.array(decoded(memoryview(content), dtype, _values.element_count(padded)), "i1")
        return whole.reshape(padded)[..., :width].reshape(shape).astype(extension or "i1")
    if extension is not None:
        return numpy.frombuffer(content, "<u2" if dtype is DataType.BFLOAT16 else "u1").view(extension).reshape(shape)
    return numpy.array(decoded(memoryview(content), dtype, _values.element_count(shape)), "<f4").reshape(shape)


_NATIVE: dict[DataType, str] = {
    DataType.FLOAT32: "<f4",
    DataType.FLOAT16: "<f2",
    DataType.INT32: "<i4",
    DataType.INT8: "i1",
    DataType.UINT8: "u1",
}
_EXTENSIONS: dict[DataType, str] = {
    DataType.BFLOAT16: "bfloat16",
    DataType.INT4: "int4",
    DataType.FLOAT8_E4M3: "float8_e4m3fn",
    DataType.FLOAT8_E5M2: "float8_e5m2",
}


def _extension_dtype(dtype: DataType) -> Any:
    try:
        import ml_dtypes  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return None
    return _values.require_numpy().dtype(getattr(ml_dtypes, _EXTENSIONS[dtype]))


def _as_they_are(values: Any, dtype: DataType) -> memoryview | None:
    """The bytes of an array whose dtype is the format, INT4 excepted, of which numpy keeps one to a byte."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(values, numpy.ndarray) or dtype is DataType.INT4:
        return None
    if values.dtype.name not in (_NATIVE_NAMES.get(dtype), _EXTENSIONS.get(dtype)):
        return None
    native = values.astype(values.dtype.newbyteorder("<"), order="C", copy=False)
    return _values.as_bytes(native.reshape(-1).view("u1"))


_NATIVE_NAMES: dict[DataType, str] = {dtype: dtype.name.lower() for dtype in _NATIVE}


def _has_floats(values: Any) -> bool:
    """Whether the numbers are float32 or fit it, so that doubles need not travel."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(values, numpy.ndarray):
        return values.dtype.name in ("float32", "float16", "int8", "uint8", "bool", *_EXTENSIONS.values())
    return isinstance(values, array.array) and values.typecode == "f"
