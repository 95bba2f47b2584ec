"""How a transfer is handed to the engine, whatever its shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, SupportsIndex

from . import _arguments
from ._group import GroupLink
from ._inventory import Inventory
from ._layout import in_host, in_one_region
from ._protocol import (
    BLOCK_MOVER,
    DMA,
    POSTED,
    STREAM_ROWS,
    STREAMER,
    TRANSFER,
    TRANSFER_FRAME,
    TRANSFER_SHAPE,
    pack,
)
from ._registered_layouts import NO_CREDITS
from ._transfer_layout import TransferLayout
from .errors import KpuIndexError, KpuTypeError, KpuValueError
from .semaphores import CreditRequests, pack_credits

if TYPE_CHECKING:
    from ._base import Callback

_UNIT_ARGUMENTS = {DMA: "dma_id", BLOCK_MOVER: "block_mover_id", STREAMER: "streamer_id"}


class TransferStart(Inventory):
    """The way of all transfers to the engine."""

    __slots__ = ()

    def _start(
        self,
        kind: int,
        unit_id: SupportsIndex,
        source: SupportsIndex,
        destination: SupportsIndex,
        size: SupportsIndex | None,
        callback: Callback,
        stream: int = STREAM_ROWS,
        *,
        layout: TransferLayout | None = None,
        lanes: int = 1,
        wait_for: CreditRequests = (),
        signal: CreditRequests = (),
    ) -> None:
        function = _arguments.completion_callback(callback)
        unit = _arguments.component_id(unit_id, _UNIT_ARGUMENTS[kind])
        start = _arguments.address(source, "the source address")
        target = _arguments.address(destination, "the destination address")
        link, memories = self._link, self._layout
        number, shape = 0, b""
        if layout is None:
            if size is None:
                raise KpuTypeError("size must be an int, got None; only a transfer with a layout has none", "KPU_TYPE")
            length = source_extent = target_extent = _arguments.size(size, "size")
        else:
            if size is not None:
                raise KpuValueError("a transfer has either a size or a layout, not both", "KPU_GEOMETRY")
            if not isinstance(layout, TransferLayout):
                found = type(layout).__name__
                raise KpuTypeError(
                    f"layout must be a TransferLayout of stillwater_kpu.geometry, got {found}", "KPU_TYPE"
                )
            number, _, source_extent, target_extent, _, shape = self._registered.of(link, layout)
            length = 0
        if lanes != 1:
            shape = NO_CREDITS + TRANSFER_SHAPE.pack(number, lanes)
        ends = b""
        if wait_for or signal:
            ends = pack_credits(link, wait_for, "wait_for") + pack_credits(link, signal, "signal")
        call = self._keep(function)
        # What cannot fail is posted; the rest the engine is asked, which words the refusal.
        if (
            unit < self._unit_counts[kind]
            and in_one_region(memories, start, source_extent)
            and in_one_region(memories, target, target_extent)
            and not ends
            and (lanes == 1 or (kind == STREAMER and lanes > 1))
            and self._config.reach_policy == "any"
            and not (isinstance(link, GroupLink) and in_host(memories, start) and in_host(memories, target))
        ):
            head = pack(
                TRANSFER_FRAME,
                TRANSFER | POSTED,
                link.handle,
                kind,
                unit,
                start,
                target,
                length,
                stream,
                call,
                behind=len(shape),
            )
            link.post_work(head + shape)
            return
        behind = ends + shape[len(NO_CREDITS) :] if ends else shape
        try:
            link.change(TRANSFER_FRAME, TRANSFER, kind, unit, start, target, length, stream, call, behind=behind)
        except Exception:
            link.callbacks.pop(call, None)
            raise

    def _address_in(
        self, kind: int, number: SupportsIndex, offset: SupportsIndex, id_name: str, offset_name: str
    ) -> int:
        """The global address of a byte offset in a memory. An offset behind its end would be in the next memory."""
        base = self._base(kind, number, id_name)
        place = _arguments.address(offset, offset_name)
        capacity = self._layout[kind].capacity_of(int(number))
        if place >= capacity:
            message = f"{offset_name} {place:#x} lies behind the end of the memory, which has {capacity:#x} bytes"
            details = {"argument": offset_name, "offset": place, "capacity": capacity, "id": int(number)}
            raise KpuIndexError(f"{message} ({id_name} {number})", "KPU_ADDRESS_RANGE", details)
        return base + place

    def _keep(self, callback: Callback) -> int:
        """Keeps a callback until its completion; returns its number, 0 for none."""
        if callback is None:
            return 0
        number = self._link.connection.new_callback_id()
        self._link.callbacks[number] = callback
        return number
