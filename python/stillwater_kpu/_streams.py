"""Streams of matrices between L2 banks and scratchpads, at the edges of the arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, SupportsIndex

from . import geometry
from ._arguments import whole
from ._protocol import L2, SCRATCHPAD, STREAM_COLUMNS, STREAM_ROWS, STREAMER
from ._transfer_start import TransferStart
from .errors import KpuTypeError, KpuValueError

if TYPE_CHECKING:
    from ._base import Callback
    from .geometry import TransferLayout
    from .semaphores import CreditRequests

_DIRECTIONS = {"l2_to_l1": True, "l1_to_l2": False}


class _Ends(NamedTuple):
    """Where a stream works: L2 bank and scratchpad (the original's L1), each with a byte offset in it."""

    l2_bank_id: SupportsIndex
    l2_addr: SupportsIndex
    scratchpad_id: SupportsIndex
    l1_addr: SupportsIndex


class Streams(TransferStart):
    """Streams by id and byte offset; callbacks, semaphores and errors are as for transfers.

    A row stream moves as many float32 elements a cycle as an array row has, a column stream as an array column has.
    Both keep the matrix row-major; its rows lie so many bytes apart at each end, by default without gaps.

    With `stagger` each lane begins a cycle after the one before, as a systolic array wants its operands: a row stream
    has min(rows, array rows) lanes, a column stream min(cols, array columns), and n lanes take n - 1 cycles more.
    """

    __slots__ = ()

    def start_row_stream(
        self,
        streamer_id: SupportsIndex,
        l2_bank_id: SupportsIndex,
        scratchpad_id: SupportsIndex,
        l2_addr: SupportsIndex,
        l1_addr: SupportsIndex,
        rows: SupportsIndex,
        cols: SupportsIndex,
        element_size: SupportsIndex = 4,
        callback: Callback = None,
        *,
        direction: str = "l2_to_l1",
        l2_row_stride: SupportsIndex | None = None,
        l1_row_stride: SupportsIndex | None = None,
        stagger: bool = False,
        wait_for: CreditRequests = (),
        signal: CreditRequests = (),
    ) -> None:
        """Queues the rows of a matrix on a streamer; `direction` is 'l2_to_l1' or 'l1_to_l2'.

        >>> sim.write_l2_bank(0, 0, [1, 2, 3, 4, 5, 6])
        >>> sim.start_row_stream(0, 0, 0, 0, 0, rows=2, cols=2, l2_row_stride=12)
        >>> sim.run_until_idle()
        >>> sim.read_scratchpad(0, 0, 4)
        [1.0, 2.0, 4.0, 5.0]
        """
        ends = _Ends(l2_bank_id, l2_addr, scratchpad_id, l1_addr)
        into_l1 = _into_l1(direction)
        shape = _matrix(rows, cols, element_size, l2_row_stride, l1_row_stride, into_l1=into_l1)
        lanes = self._lanes(STREAM_ROWS, rows, cols) if stagger else 1
        self._stream(STREAM_ROWS, streamer_id, ends, shape, callback, lanes, wait_for, signal, into_l1=into_l1)

    def start_column_stream(
        self,
        streamer_id: SupportsIndex,
        l2_bank_id: SupportsIndex,
        scratchpad_id: SupportsIndex,
        l2_addr: SupportsIndex,
        l1_addr: SupportsIndex,
        rows: SupportsIndex,
        cols: SupportsIndex,
        element_size: SupportsIndex = 4,
        callback: Callback = None,
        *,
        direction: str = "l2_to_l1",
        l2_row_stride: SupportsIndex | None = None,
        l1_row_stride: SupportsIndex | None = None,
        stagger: bool = False,
        wait_for: CreditRequests = (),
        signal: CreditRequests = (),
    ) -> None:
        """Queues the columns of a matrix on a streamer; `direction` is 'l2_to_l1' or 'l1_to_l2'."""
        ends = _Ends(l2_bank_id, l2_addr, scratchpad_id, l1_addr)
        into_l1 = _into_l1(direction)
        shape = _matrix(rows, cols, element_size, l2_row_stride, l1_row_stride, into_l1=into_l1)
        lanes = self._lanes(STREAM_COLUMNS, rows, cols) if stagger else 1
        self._stream(STREAM_COLUMNS, streamer_id, ends, shape, callback, lanes, wait_for, signal, into_l1=into_l1)

    def start_drain(
        self,
        streamer_id: SupportsIndex,
        scratchpad_id: SupportsIndex,
        l2_bank_id: SupportsIndex,
        l1_addr: SupportsIndex,
        l2_addr: SupportsIndex,
        rows: SupportsIndex,
        cols: SupportsIndex,
        element_size: SupportsIndex = 4,
        callback: Callback = None,
        *,
        l1_row_stride: SupportsIndex | None = None,
        l2_row_stride: SupportsIndex | None = None,
        stagger: bool = False,
        wait_for: CreditRequests = (),
        signal: CreditRequests = (),
    ) -> None:
        """Queues the rows of a result on a streamer, from a scratchpad to an L2 bank."""
        ends = _Ends(l2_bank_id, l2_addr, scratchpad_id, l1_addr)
        shape = _matrix(rows, cols, element_size, l2_row_stride, l1_row_stride, into_l1=False)
        lanes = self._lanes(STREAM_ROWS, rows, cols) if stagger else 1
        self._stream(STREAM_ROWS, streamer_id, ends, shape, callback, lanes, wait_for, signal, into_l1=False)

    def start_broadcast_row(
        self,
        streamer_id: SupportsIndex,
        l2_bank_id: SupportsIndex,
        scratchpad_id: SupportsIndex,
        l2_addr: SupportsIndex,
        l1_addr: SupportsIndex,
        rows: SupportsIndex,
        cols: SupportsIndex,
        element_size: SupportsIndex = 4,
        callback: Callback = None,
        *,
        l1_row_stride: SupportsIndex | None = None,
        wait_for: CreditRequests = (),
        signal: CreditRequests = (),
    ) -> None:
        """Queues one row of `cols` elements of an L2 bank as all `rows` rows of a matrix in a scratchpad.

        The row is read `rows` times, so the stream takes as long as that of the whole matrix.
        """
        ends = _Ends(l2_bank_id, l2_addr, scratchpad_id, l1_addr)
        shape = geometry.broadcast_row(rows, cols, destination_row_stride=l1_row_stride, element_bytes=element_size)
        self._stream(STREAM_ROWS, streamer_id, ends, shape, callback, 1, wait_for, signal, into_l1=True)

    def start_broadcast_column(
        self,
        streamer_id: SupportsIndex,
        l2_bank_id: SupportsIndex,
        scratchpad_id: SupportsIndex,
        l2_addr: SupportsIndex,
        l1_addr: SupportsIndex,
        rows: SupportsIndex,
        cols: SupportsIndex,
        element_size: SupportsIndex = 4,
        callback: Callback = None,
        *,
        l2_row_stride: SupportsIndex | None = None,
        l1_row_stride: SupportsIndex | None = None,
        wait_for: CreditRequests = (),
        signal: CreditRequests = (),
    ) -> None:
        """Queues one column of `rows` elements of an L2 bank as all `cols` columns of a matrix in a scratchpad.

        The elements of the column lie `l2_row_stride` bytes apart, by default without gaps. It is read `cols` times.
        """
        ends = _Ends(l2_bank_id, l2_addr, scratchpad_id, l1_addr)
        shape = geometry.broadcast_column(
            rows,
            cols,
            source_row_stride=l2_row_stride,
            destination_row_stride=l1_row_stride,
            element_bytes=element_size,
        )
        self._stream(STREAM_COLUMNS, streamer_id, ends, shape, callback, 1, wait_for, signal, into_l1=True)

    def _lanes(self, stream: int, rows: SupportsIndex, cols: SupportsIndex) -> int:
        config = self._config
        if stream == STREAM_ROWS:
            lanes = min(whole(rows, "rows"), config.systolic_array_rows)
        else:
            lanes = min(whole(cols, "cols"), config.systolic_array_cols)
        return max(lanes, 1)

    def _stream(
        self,
        stream: int,
        streamer_id: SupportsIndex,
        ends: _Ends,
        layout: TransferLayout,
        callback: Callback,
        lanes: int,
        wait_for: CreditRequests,
        signal: CreditRequests,
        *,
        into_l1: bool,
    ) -> None:
        l2 = self._address_in(L2, ends.l2_bank_id, ends.l2_addr, "l2_bank_id", "l2_addr")
        l1 = self._address_in(SCRATCHPAD, ends.scratchpad_id, ends.l1_addr, "scratchpad_id", "l1_addr")
        source, destination = (l2, l1) if into_l1 else (l1, l2)
        self._start(
            STREAMER,
            streamer_id,
            source,
            destination,
            None,
            callback,
            stream,
            layout=layout,
            lanes=lanes,
            wait_for=wait_for,
            signal=signal,
        )


def _into_l1(direction: str) -> bool:
    if not isinstance(direction, str):
        found = type(direction).__name__
        raise KpuTypeError(f"direction must be 'l2_to_l1' or 'l1_to_l2', got {found}", "KPU_TYPE")
    if direction not in _DIRECTIONS:
        raise KpuValueError(f"direction must be 'l2_to_l1' or 'l1_to_l2', got {direction!r}", "KPU_ARGUMENT")
    return _DIRECTIONS[direction]


def _matrix(
    rows: SupportsIndex,
    cols: SupportsIndex,
    element_size: SupportsIndex,
    l2_row_stride: SupportsIndex | None,
    l1_row_stride: SupportsIndex | None,
    *,
    into_l1: bool,
) -> TransferLayout:
    source, destination = (l2_row_stride, l1_row_stride) if into_l1 else (l1_row_stride, l2_row_stride)
    return geometry.tile(
        rows, cols, source_row_stride=source, destination_row_stride=destination, element_bytes=element_size
    )
