"""Starting transfers of DMA engines, block movers and streamers."""

from __future__ import annotations

from typing import TYPE_CHECKING, SupportsIndex

from . import _arguments, geometry
from ._protocol import BLOCK_MOVER, DMA, STREAM_COLUMNS, STREAM_ROWS, STREAMER
from ._transfer_start import TransferStart
from .errors import KpuTypeError, KpuValueError

if TYPE_CHECKING:
    from ._base import Callback
    from .geometry import TransferLayout
    from .semaphores import CreditRequests

_STREAMS = {"rows": STREAM_ROWS, "columns": STREAM_COLUMNS}


class Transfers(TransferStart):
    """Work that takes simulated time.

    Addresses of transfers are global byte addresses: the base of a region plus an offset. A transfer reads its source
    when it starts and writes its destination when it completes; `callback`, if given, is then called once, without
    arguments, from inside `step` or a run. Each end must stay in one region. Any level can be moved to any other.

    In a callback, starting work and reading and writing memory are fine; running, resetting or closing the simulator is
    a RuntimeError. What a callback raises comes out of the call that was running; the simulator stays usable.

    `wait_for` and `signal` name semaphores (`create_semaphore`): the work starts when the credits that it waits for are
    there, takes them, and gives the credits that it signals when it completes.

    A transfer has either a `size`, and is contiguous at both ends, or a `layout` (`stillwater_kpu.geometry`): a tile
    of a matrix, a transpose, gathered rows and so on. Both take the same time for the same number of bytes.

    Errors: IndexError for an id that does not exist, an address in no region or an end that leaves its region;
    ValueError for a negative size or a layout that does not fit together (code KPU_GEOMETRY); TypeError for a callback
    that cannot be called; RuntimeError where `reach_policy` is 'hierarchical' and the engine does not reach one of the
    memories. Nothing is started then.
    """

    __slots__ = ()

    def start_dma_transfer(
        self,
        dma_id: SupportsIndex,
        src_addr: SupportsIndex,
        dst_addr: SupportsIndex,
        size: SupportsIndex | None = None,
        callback: Callback = None,
        *,
        layout: TransferLayout | None = None,
        wait_for: CreditRequests = (),
        signal: CreditRequests = (),
    ) -> None:
        """Queues a transfer of `size` bytes on a DMA engine.

        >>> source = sim.get_external_bank_base(0)
        >>> sim.start_dma_transfer(0, source, sim.get_scratchpad_base(0), 1024, lambda: print("done"))
        >>> sim.run_until_idle()
        done
        """
        self._start(DMA, dma_id, src_addr, dst_addr, size, callback, layout=layout, wait_for=wait_for, signal=signal)

    def start_dma_transfer_2d(
        self,
        dma_id: SupportsIndex,
        src_addr: SupportsIndex,
        dst_addr: SupportsIndex,
        rows: SupportsIndex,
        cols: SupportsIndex,
        element_size: SupportsIndex = 4,
        src_row_stride: SupportsIndex | None = None,
        dst_row_stride: SupportsIndex | None = None,
        callback: Callback = None,
        *,
        wait_for: CreditRequests = (),
        signal: CreditRequests = (),
    ) -> None:
        """Queues a transfer of rows x cols elements on a DMA engine, rows so many bytes apart (default: without gaps).

        A 2 x 2 tile out of a matrix of three columns:

        >>> bank, l3 = sim.get_external_bank_base(0), sim.get_l3_tile_base(0)
        >>> sim.write_memory_bank(0, 0, [1, 2, 3, 4, 5, 6])
        >>> sim.start_dma_transfer_2d(0, bank, l3, rows=2, cols=2, src_row_stride=12)
        >>> sim.run_until_idle()
        >>> sim.read_l3_tile(0, 0, 4)
        [1.0, 2.0, 4.0, 5.0]
        """
        shape = geometry.tile(
            rows,
            cols,
            source_row_stride=src_row_stride,
            destination_row_stride=dst_row_stride,
            element_bytes=element_size,
        )
        self._start(DMA, dma_id, src_addr, dst_addr, None, callback, layout=shape, wait_for=wait_for, signal=signal)

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
        size: SupportsIndex | None = None,
        callback: Callback = None,
        *,
        layout: TransferLayout | None = None,
        wait_for: CreditRequests = (),
        signal: CreditRequests = (),
    ) -> None:
        """Queues a transfer of `size` bytes on a block mover, which works between L3 tiles and L2 banks."""
        self._start(
            BLOCK_MOVER,
            block_mover_id,
            src_addr,
            dst_addr,
            size,
            callback,
            layout=layout,
            wait_for=wait_for,
            signal=signal,
        )

    def start_stream_transfer(
        self,
        streamer_id: SupportsIndex,
        src_addr: SupportsIndex,
        dst_addr: SupportsIndex,
        size: SupportsIndex | None = None,
        stream: str = "rows",
        callback: Callback = None,
        *,
        layout: TransferLayout | None = None,
        stagger_lanes: SupportsIndex = 1,
        wait_for: CreditRequests = (),
        signal: CreditRequests = (),
    ) -> None:
        """Queues a stream of `size` bytes on a streamer, which works between L2 banks and scratchpads.

        It moves as many float32 elements a cycle as an array row (`stream="rows"`) or column (`"columns"`) has. With
        `stagger_lanes` lane i of the stream begins i cycles after lane 0, so n lanes take n - 1 cycles more.
        """
        if not isinstance(stream, str):
            raise KpuTypeError(f"stream must be 'rows' or 'columns', got {type(stream).__name__}", "KPU_TYPE")
        if stream not in _STREAMS:
            raise KpuValueError(f"stream must be 'rows' or 'columns', got {stream!r}", "KPU_ARGUMENT")
        kind = _STREAMS[stream]
        self._start(
            STREAMER,
            streamer_id,
            src_addr,
            dst_addr,
            size,
            callback,
            kind,
            layout=layout,
            lanes=_arguments.size(stagger_lanes, "stagger_lanes", "KPU_ARGUMENT"),
            wait_for=wait_for,
            signal=signal,
        )
