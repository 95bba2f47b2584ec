"""Reading and writing the simulated memories, as lists and as numpy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsIndex

from . import _arguments, _protocol, _values
from ._base import SimulatorBase
from ._protocol import CHUNK_BYTES, EXTERNAL, HOST, L2, L3, POSTED, READ, READ_FRAME, SCRATCHPAD, WRITE, WRITE_HEAD
from .data_type import DataType, bytes_for, data_type
from .number_conversion import array_bytes, decoded, decoded_array, encoded, encoded_array

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ._values import Numbers, Shape


_JOINED_BYTES = 16384
"""Payloads up to this size travel in one piece with their head; larger ones are not copied."""


class MemoryAccess(SimulatorBase):
    """Host access to every memory level.

    Numbers are float32, or of the format `dtype` (a `DataType`, its name, or a numpy or ml_dtypes dtype). What is
    written is rounded to it, with `policy` for what overflows (see `encode_numbers`); what is read is a list of floats
    or ints, or an array of that dtype (BFLOAT16, INT4 and FLOAT8: of ml_dtypes if installed, else float32, or int8 for
    INT4). Rows of INT4 arrays, along the last axis, begin at whole bytes, as products need them; lists have no gaps.

    `addr` is a byte offset inside the region, of any alignment; `count` and shapes count elements. Unwritten memory
    reads as 0. An access takes no simulated time. Errors: IndexError for an id that does not exist or bytes outside of
    the region, TypeError for what are no numbers, ValueError for a negative count or a number that the format refuses.
    """

    __slots__ = ()

    def read_host_memory(
        self, region_id: SupportsIndex, addr: SupportsIndex, count: SupportsIndex, *, dtype: Any = DataType.FLOAT32
    ) -> list[float]:
        """`count` numbers of a host memory region, from byte offset `addr` on."""
        return self._read_list(HOST, region_id, "region_id", addr, count, dtype)

    def write_host_memory(
        self,
        region_id: SupportsIndex,
        addr: SupportsIndex,
        data: Numbers,
        *,
        dtype: Any = DataType.FLOAT32,
        policy: str | None = None,
    ) -> None:
        """Writes numbers, as float32 or `dtype`, to a host memory region, from byte offset `addr` on."""
        self._write(HOST, region_id, "region_id", addr, encoded(data, data_type(dtype), policy))

    def read_host_memory_numpy(
        self, region_id: SupportsIndex, addr: SupportsIndex, shape: Shape, *, dtype: Any = DataType.FLOAT32
    ) -> npt.NDArray[Any]:
        """A new array of the given shape with what a host memory region holds from byte offset `addr` on."""
        return self._read_array(HOST, region_id, "region_id", addr, shape, dtype)

    def write_host_memory_numpy(
        self,
        region_id: SupportsIndex,
        addr: SupportsIndex,
        data: npt.ArrayLike,
        *,
        dtype: Any = DataType.FLOAT32,
        policy: str | None = None,
    ) -> None:
        """Writes an array by value, as float32 or `dtype` in C order, to a host memory region."""
        self._write(HOST, region_id, "region_id", addr, encoded_array(data, data_type(dtype), policy))

    def read_memory_bank(
        self, bank_id: SupportsIndex, addr: SupportsIndex, count: SupportsIndex, *, dtype: Any = DataType.FLOAT32
    ) -> list[float]:
        """`count` numbers of an external memory bank, from byte offset `addr` on.

        >>> sim.read_memory_bank(bank_id=0, addr=0, count=2)
        [0.0, 0.0]
        """
        return self._read_list(EXTERNAL, bank_id, "bank_id", addr, count, dtype)

    def write_memory_bank(
        self,
        bank_id: SupportsIndex,
        addr: SupportsIndex,
        data: Numbers,
        *,
        dtype: Any = DataType.FLOAT32,
        policy: str | None = None,
    ) -> None:
        """Writes numbers, as float32 or `dtype`, to an external memory bank, from byte offset `addr` on.

        `data` is any iterable of numbers or an array of any shape. Numbers beyond float32 become infinite.

        >>> sim.write_memory_bank(0, 0, [1.0, 2.5])
        """
        self._write(EXTERNAL, bank_id, "bank_id", addr, encoded(data, data_type(dtype), policy))

    def read_memory_bank_numpy(
        self, bank_id: SupportsIndex, addr: SupportsIndex, shape: Shape, *, dtype: Any = DataType.FLOAT32
    ) -> npt.NDArray[Any]:
        """A new array of the given shape with what an external bank holds from byte offset `addr` on.

        >>> sim.read_memory_bank_numpy(0, 0, (4, 6)).shape
        (4, 6)
        """
        return self._read_array(EXTERNAL, bank_id, "bank_id", addr, shape, dtype)

    def write_memory_bank_numpy(
        self,
        bank_id: SupportsIndex,
        addr: SupportsIndex,
        data: npt.ArrayLike,
        *,
        dtype: Any = DataType.FLOAT32,
        policy: str | None = None,
    ) -> None:
        """Writes an array to an external bank by value, as float32 or `dtype` in C order, whatever its strides."""
        self._write(EXTERNAL, bank_id, "bank_id", addr, encoded_array(data, data_type(dtype), policy))

    def read_l3_tile(
        self, tile_id: SupportsIndex, addr: SupportsIndex, count: SupportsIndex, *, dtype: Any = DataType.FLOAT32
    ) -> list[float]:
        """`count` numbers of an L3 tile, from byte offset `addr` on."""
        return self._read_list(L3, tile_id, "tile_id", addr, count, dtype)

    def write_l3_tile(
        self,
        tile_id: SupportsIndex,
        addr: SupportsIndex,
        data: Numbers,
        *,
        dtype: Any = DataType.FLOAT32,
        policy: str | None = None,
    ) -> None:
        """Writes numbers, as float32 or `dtype`, to an L3 tile, from byte offset `addr` on."""
        self._write(L3, tile_id, "tile_id", addr, encoded(data, data_type(dtype), policy))

    def read_l3_tile_numpy(
        self, tile_id: SupportsIndex, addr: SupportsIndex, shape: Shape, *, dtype: Any = DataType.FLOAT32
    ) -> npt.NDArray[Any]:
        """A new array of the given shape with what an L3 tile holds from byte offset `addr` on."""
        return self._read_array(L3, tile_id, "tile_id", addr, shape, dtype)

    def write_l3_tile_numpy(
        self,
        tile_id: SupportsIndex,
        addr: SupportsIndex,
        data: npt.ArrayLike,
        *,
        dtype: Any = DataType.FLOAT32,
        policy: str | None = None,
    ) -> None:
        """Writes an array by value, as float32 or `dtype` in C order, to an L3 tile."""
        self._write(L3, tile_id, "tile_id", addr, encoded_array(data, data_type(dtype), policy))

    def read_l2_bank(
        self, bank_id: SupportsIndex, addr: SupportsIndex, count: SupportsIndex, *, dtype: Any = DataType.FLOAT32
    ) -> list[float]:
        """`count` numbers of an L2 bank, from byte offset `addr` on."""
        return self._read_list(L2, bank_id, "bank_id", addr, count, dtype)

    def write_l2_bank(
        self,
        bank_id: SupportsIndex,
        addr: SupportsIndex,
        data: Numbers,
        *,
        dtype: Any = DataType.FLOAT32,
        policy: str | None = None,
    ) -> None:
        """Writes numbers, as float32 or `dtype`, to an L2 bank, from byte offset `addr` on."""
        self._write(L2, bank_id, "bank_id", addr, encoded(data, data_type(dtype), policy))

    def read_l2_bank_numpy(
        self, bank_id: SupportsIndex, addr: SupportsIndex, shape: Shape, *, dtype: Any = DataType.FLOAT32
    ) -> npt.NDArray[Any]:
        """A new array of the given shape with what an L2 bank holds from byte offset `addr` on."""
        return self._read_array(L2, bank_id, "bank_id", addr, shape, dtype)

    def write_l2_bank_numpy(
        self,
        bank_id: SupportsIndex,
        addr: SupportsIndex,
        data: npt.ArrayLike,
        *,
        dtype: Any = DataType.FLOAT32,
        policy: str | None = None,
    ) -> None:
        """Writes an array by value, as float32 or `dtype` in C order, to an L2 bank."""
        self._write(L2, bank_id, "bank_id", addr, encoded_array(data, data_type(dtype), policy))

    def read_scratchpad(
        self, scratchpad_id: SupportsIndex, addr: SupportsIndex, count: SupportsIndex, *, dtype: Any = DataType.FLOAT32
    ) -> list[float]:
        """`count` numbers of a scratchpad, from byte offset `addr` on."""
        return self._read_list(SCRATCHPAD, scratchpad_id, "scratchpad_id", addr, count, dtype)

    def write_scratchpad(
        self,
        scratchpad_id: SupportsIndex,
        addr: SupportsIndex,
        data: Numbers,
        *,
        dtype: Any = DataType.FLOAT32,
        policy: str | None = None,
    ) -> None:
        """Writes numbers, as float32 or `dtype`, to a scratchpad, from byte offset `addr` on."""
        self._write(SCRATCHPAD, scratchpad_id, "scratchpad_id", addr, encoded(data, data_type(dtype), policy))

    def read_scratchpad_numpy(
        self, scratchpad_id: SupportsIndex, addr: SupportsIndex, shape: Shape, *, dtype: Any = DataType.FLOAT32
    ) -> npt.NDArray[Any]:
        """A new array of this shape with what a scratchpad holds from byte offset `addr` on."""
        return self._read_array(SCRATCHPAD, scratchpad_id, "scratchpad_id", addr, shape, dtype)

    def write_scratchpad_numpy(
        self,
        scratchpad_id: SupportsIndex,
        addr: SupportsIndex,
        data: npt.ArrayLike,
        *,
        dtype: Any = DataType.FLOAT32,
        policy: str | None = None,
    ) -> None:
        """Writes an array by value, as float32 or `dtype` in C order, to a scratchpad."""
        self._write(SCRATCHPAD, scratchpad_id, "scratchpad_id", addr, encoded_array(data, data_type(dtype), policy))

    read_l1_buffer = read_scratchpad
    write_l1_buffer = write_scratchpad
    read_l1_buffer_numpy = read_scratchpad_numpy
    write_l1_buffer_numpy = write_scratchpad_numpy

    def _read_list(
        self, kind: int, number: SupportsIndex, id_name: str, addr: SupportsIndex, count: SupportsIndex, dtype: Any
    ) -> list[float]:
        wanted = data_type(dtype)
        target = _arguments.component_id(number, id_name)
        offset = _arguments.address(addr, "addr")
        elements = _arguments.size(count, "count")
        size = bytes_for(wanted, elements)
        self._require_readable(kind, target, offset, size)
        if wanted is not DataType.FLOAT32:
            content = self._read_bytes(kind, target, offset, size)
            numbers: list[float] = decoded(memoryview(content), wanted, elements).tolist()
            return numbers
        values = _values.new_floats(elements)
        self._read_into(kind, target, offset, _values.as_bytes(values))
        return values.tolist()

    def _read_array(
        self, kind: int, number: SupportsIndex, id_name: str, addr: SupportsIndex, shape: Shape, dtype: Any
    ) -> npt.NDArray[Any]:
        numpy = _values.require_numpy()
        wanted = data_type(dtype)
        target = _arguments.component_id(number, id_name)
        offset = _arguments.address(addr, "addr")
        extents = _values.checked_shape(shape)
        size = array_bytes(wanted, extents)
        self._require_readable(kind, target, offset, size)
        if wanted is not DataType.FLOAT32:
            array: npt.NDArray[Any] = decoded_array(self._read_bytes(kind, target, offset, size), wanted, extents)
            return array
        values: npt.NDArray[np.float32] = numpy.empty(extents, "<f4")
        self._read_into(kind, target, offset, _values.as_bytes(values.reshape(-1)))
        return values

    def _require_readable(self, kind: int, number: int, offset: int, needed: int) -> None:
        """Has the engine refuse what lies outside of the region, before memory is allocated for the answer."""
        size = min(needed, _protocol.SAFE_INTEGER_MAX)
        if not size or not self._layout[kind].holds(number, offset, size):
            link = self._link
            frame = _protocol.pack(READ_FRAME, READ, link.handle, kind, number, offset, size)
            link.call(frame, _protocol.TAG_BYTES, 0)

    def _read_bytes(self, kind: int, number: int, offset: int, size: int) -> bytearray:
        content = bytearray(size)
        self._read_into(kind, number, offset, memoryview(content))
        return content

    def _read_into(self, kind: int, number: int, offset: int, view: memoryview) -> None:
        link = self._link
        for start in range(0, len(view), CHUNK_BYTES):
            chunk = view[start : start + CHUNK_BYTES]
            frame = _protocol.pack(READ_FRAME, READ, link.handle, kind, number, offset + start, len(chunk))
            link.call(frame, _protocol.TAG_BYTES, into=chunk)

    def _write(self, kind: int, number: SupportsIndex, id_name: str, addr: SupportsIndex, data: memoryview) -> None:
        link = self._link
        target = _arguments.component_id(number, id_name)
        offset = _arguments.address(addr, "addr")
        size = len(data)
        if not size or not self._layout[kind].holds(target, offset, size) or self._config.timing_only:
            # The engine refuses it, or takes nothing; only the size counts, so no large data need travel.
            if size <= CHUNK_BYTES:
                head = _protocol.pack(WRITE_HEAD, WRITE, link.handle, kind, target, offset, behind=size)
                link.call(head, payload=data)
            else:
                link.call(
                    _protocol.pack(READ_FRAME, READ, link.handle, kind, target, offset, size), _protocol.TAG_BYTES
                )
            return
        for start in range(0, size, CHUNK_BYTES):
            chunk = data[start : start + CHUNK_BYTES]
            head = _protocol.pack(
                WRITE_HEAD, WRITE | POSTED, link.handle, kind, target, offset + start, behind=len(chunk)
            )
            if len(chunk) <= _JOINED_BYTES:
                link.post(head + chunk)
            else:
                link.post(head, chunk)
