"""Starting transfers of DMA engines, block movers and streamers."""

from __future__ import annotations

from typing import SupportsIndex

from . import _arguments
from ._base import Callback, SimulatorBase
from ._layout import in_one_region
from ._protocol import (
    BLOCK_MOVER,
    DMA,
    POSTED,
    STREAM_COLUMNS,
    STREAM_ROWS,
    STREAMER,
    TRANSFER,
    TRANSFER_FRAME,
    pack,
)
from .errors import KpuTypeError, KpuValueError
from .semaphores import CreditRequests, pack_credits

_STREAMS = {"rows": STREAM_ROWS, "columns": STREAM_COLUMNS}


class Transfers(SimulatorBase):
    """Work that takes simulated time.

    Addresses of transfers are global byte addresses: the base of a region plus an offset. A transfer reads its source
    when it starts and writes its destination when it completes; `callback`, if given, is then called once, without
    arguments, from inside `step` or a run. Each end must stay in one region. Any level can be moved to any other.

    In a callback, starting work and reading and writing memory are fine; running, resetting or closing the simulator is
    a RuntimeError. What a callback raises comes out of the call that was running; the simulator stays usable.

    `wait_for` and `signal` name semaphores (`create_semaphore`): the work starts when the credits that it waits for are
    there, takes them, and gives the credits that it signals when it completes.

    Errors: IndexError for an id that does not exist, an address in no region or an end that leaves its region;
    ValueError for a negative size; TypeError for a callback that cannot be called; RuntimeError where `reach_policy` is
    'hierarchical' and the engine does not reach one of the memories. Nothing is started then.
    """

    __slots__ = ()

    def start_dma_transfer(
        self,
        dma_id: SupportsIndex,
        src_addr: SupportsIndex,
        dst_addr: SupportsIndex,
        size: SupportsIndex,
        callback: Callback = None,
        *,
        wait_for: CreditRequests = (),
        signal: CreditRequests = (),
    ) -> None:
        """Queues a transfer of `size` bytes on a DMA engine.

        >>> source = sim.get_external_bank_base(0)
        >>> sim.start_dma_transfer(0, source, sim.get_scratchpad_base(0), 1024, lambda: print("done"))
        >>> sim.run_until_idle()
        done
        """
        self._start(DMA, dma_id, src_addr, dst_addr, size, callback, wait_for=wait_for, signal=signal)

    def dma_host_to_external(
        self,
        dma_id: SupportsIndex,
        host_addr: SupportsIndex,
        external_addr: SupportsIndex,
        size: SupportsIndex,
        callback: Callback = None,
    ) -> None:
        """`start_dma_transfer` from host memory to external memory."""
        self._start(DMA, dma_id, host_addr, external_addr, size, callback)

    def dma_external_to_host(
        self,
        dma_id: SupportsIndex,
        external_addr: SupportsIndex,
        host_addr: SupportsIndex,
        size: SupportsIndex,
        callback: Callback = None,
    ) -> None:
        """`start_dma_transfer` from external memory to host memory."""
        self._start(DMA, dma_id, external_addr, host_addr, size, callback)

    def dma_host_to_l3(
        self,
        dma_id: SupportsIndex,
        host_addr: SupportsIndex,
        l3_addr: SupportsIndex,
        size: SupportsIndex,
        callback: Callback = None,
    ) -> None:
        """`start_dma_transfer` from host memory to an L3 tile."""
        self._start(DMA, dma_id, host_addr, l3_addr, size, callback)

    def dma_l3_to_host(
        self,
        dma_id: SupportsIndex,
        l3_addr: SupportsIndex,
        host_addr: SupportsIndex,
        size: SupportsIndex,
        callback: Callback = None,
    ) -> None:
        """`start_dma_transfer` from an L3 tile to host memory."""
        self._start(DMA, dma_id, l3_addr, host_addr, size, callback)

    def dma_external_to_l3(
        self,
        dma_id: SupportsIndex,
        external_addr: SupportsIndex,
        l3_addr: SupportsIndex,
        size: SupportsIndex,
        callback: Callback = None,
    ) -> None:
        """`start_dma_transfer` from external memory to an L3 tile."""
        self._start(DMA, dma_id, external_addr, l3_addr, size, callback)

    def dma_l3_to_external(
        self,
        dma_id: SupportsIndex,
        l3_addr: SupportsIndex,
        external_addr: SupportsIndex,
        size: SupportsIndex,
        callback: Callback = None,
    ) -> None:
        """`start_dma_transfer` from an L3 tile to external memory."""
        self._start(DMA, dma_id, l3_addr, external_addr, size, callback)

    def dma_host_to_scratchpad(
        self,
        dma_id: SupportsIndex,
        host_addr: SupportsIndex,
        scratchpad_addr: SupportsIndex,
        size: SupportsIndex,
        callback: Callback = None,
    ) -> None:
        """`start_dma_transfer` from host memory to a scratchpad."""
        self._start(DMA, dma_id, host_addr, scratchpad_addr, size, callback)

    def dma_scratchpad_to_host(
        self,
        dma_id: SupportsIndex,
        scratchpad_addr: SupportsIndex,
        host_addr: SupportsIndex,
        size: SupportsIndex,
        callback: Callback = None,
    ) -> None:
        """`start_dma_transfer` from a scratchpad to host memory."""
        self._start(DMA, dma_id, scratchpad_addr, host_addr, size, callback)

    def dma_external_to_scratchpad(
        self,
        dma_id: SupportsIndex,
        external_addr: SupportsIndex,
        scratchpad_addr: SupportsIndex,
        size: SupportsIndex,
        callback: Callback = None,
    ) -> None:
        """`start_dma_transfer` from external memory to a scratchpad."""
        self._start(DMA, dma_id, external_addr, scratchpad_addr, size, callback)

    def dma_scratchpad_to_external(
        self,
        dma_id: SupportsIndex,
        scratchpad_addr: SupportsIndex,
        external_addr: SupportsIndex,
        size: SupportsIndex,
        callback: Callback = None,
    ) -> None:
        """`start_dma_transfer` from a scratchpad to external memory."""
        self._start(DMA, dma_id, scratchpad_addr, external_addr, size, callback)

    def dma_scratchpad_to_scratchpad(
        self,
        dma_id: SupportsIndex,
        src_scratchpad_addr: SupportsIndex,
        dst_scratchpad_addr: SupportsIndex,
        size: SupportsIndex,
        callback: Callback = None,
    ) -> None:
        """`start_dma_transfer` from one scratchpad to another, or within one."""
        self._start(DMA, dma_id, src_scratchpad_addr, dst_scratchpad_addr, size, callback)

    def start_block_transfer(
        self,
        block_mover_id: SupportsIndex,
        src_addr: SupportsIndex,
        dst_addr: SupportsIndex,
        size: SupportsIndex,
        callback: Callback = None,
        *,
        wait_for: CreditRequests = (),
        signal: CreditRequests = (),
    ) -> None:
        """Queues a transfer of `size` bytes on a block mover, which works between L3 tiles and L2 banks."""
        self._start(BLOCK_MOVER, block_mover_id, src_addr, dst_addr, size, callback, wait_for=wait_for, signal=signal)

    def start_stream_transfer(
        self,
        streamer_id: SupportsIndex,
        src_addr: SupportsIndex,
        dst_addr: SupportsIndex,
        size: SupportsIndex,
        stream: str = "rows",
        callback: Callback = None,
        *,
        wait_for: CreditRequests = (),
        signal: CreditRequests = (),
    ) -> None:
        """Queues a stream of `size` bytes on a streamer, which works between L2 banks and scratchpads.

        It moves as many float32 elements a cycle as an array row (`stream="rows"`) or column (`"columns"`) has.
        """
        if not isinstance(stream, str):
            raise KpuTypeError(f"stream must be 'rows' or 'columns', got {type(stream).__name__}", "KPU_TYPE")
        if stream not in _STREAMS:
            raise KpuValueError(f"stream must be 'rows' or 'columns', got {stream!r}", "KPU_ARGUMENT")
        kind = _STREAMS[stream]
        self._start(STREAMER, streamer_id, src_addr, dst_addr, size, callback, kind, wait_for=wait_for, signal=signal)

    def _start(
        self,
        kind: int,
        unit_id: SupportsIndex,
        source: SupportsIndex,
        destination: SupportsIndex,
        size: SupportsIndex,
        callback: Callback,
        stream: int = STREAM_ROWS,
        *,
        wait_for: CreditRequests = (),
        signal: CreditRequests = (),
    ) -> None:
        function = _arguments.completion_callback(callback)
        unit = _arguments.component_id(unit_id, _UNIT_ARGUMENTS[kind])
        start = _arguments.address(source, "the source address")
        target = _arguments.address(destination, "the destination address")
        length = _arguments.size(size, "size")
        link, layout = self._link, self._layout
        ends = b""
        if wait_for or signal:
            ends = pack_credits(link, wait_for, "wait_for") + pack_credits(link, signal, "signal")
        number = self._keep(function)
        # What cannot fail is posted; the rest the engine is asked, which words the refusal.
        if (
            unit < self._unit_counts[kind]
            and in_one_region(layout, start, length)
            and in_one_region(layout, target, length)
            and not ends
            and self._config.reach_policy == "any"
        ):
            link.post_work(
                pack(TRANSFER_FRAME, TRANSFER | POSTED, link.handle, kind, unit, start, target, length, stream, number)
            )
            return
        try:
            link.change(TRANSFER_FRAME, TRANSFER, kind, unit, start, target, length, stream, number, behind=ends)
        except Exception:
            link.callbacks.pop(number, None)
            raise

    def _keep(self, callback: Callback) -> int:
        """Keeps a callback until its completion; returns its number, 0 for none."""
        if callback is None:
            return 0
        number = self._link.connection.new_callback_id()
        self._link.callbacks[number] = callback
        return number


_UNIT_ARGUMENTS = {DMA: "dma_id", BLOCK_MOVER: "block_mover_id", STREAMER: "streamer_id"}
