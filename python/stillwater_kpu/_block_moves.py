"""Blocks of matrices between L3 tiles and L2 banks."""

from __future__ import annotations

from typing import TYPE_CHECKING, SupportsIndex

from ._arguments import whole
from ._block_layouts import Block, checked_transform, transformed
from ._protocol import BLOCK_MOVER, L2, L3
from ._transfer_start import TransferStart
from .block_transform import BlockTransform
from .errors import KpuValueError

if TYPE_CHECKING:
    from ._base import Callback
    from ._transfer_layout import Indices
    from .geometry import BlockSize, TransferLayout
    from .semaphores import CreditRequests


class BlockMoves(TransferStart):
    """Moves of blocks by id and byte offset; callbacks, semaphores and errors are as for transfers.

    `transform` says what becomes of the block of rows x cols elements (`BlockTransform`):

    - IDENTITY and TRANSPOSE take the row strides of both ends, in bytes; the default is rows without gaps.
    - BLOCK_RESHAPE takes ``block=(rows, cols)``: the row-major block is cut into blocks of this size, which follow one
      another, row of blocks by row of blocks.
    - SHUFFLE takes ``indices``, each row number once: row i of the result is row ``indices[i]``.
    - BLOCK_RESHAPE and SHUFFLE take any ``layout=`` of `stillwater_kpu.geometry` instead, of rows x cols elements.
    """

    __slots__ = ()

    def start_block_move(
        self,
        block_mover_id: SupportsIndex,
        src_l3_tile_id: SupportsIndex,
        src_offset: SupportsIndex,
        dst_l2_bank_id: SupportsIndex,
        dst_offset: SupportsIndex,
        rows: SupportsIndex,
        cols: SupportsIndex,
        element_size: SupportsIndex = 4,
        transform: BlockTransform | int = BlockTransform.IDENTITY,
        callback: Callback = None,
        *,
        src_row_stride: SupportsIndex | None = None,
        dst_row_stride: SupportsIndex | None = None,
        block: BlockSize | None = None,
        indices: Indices | None = None,
        layout: TransferLayout | None = None,
        wait_for: CreditRequests = (),
        signal: CreditRequests = (),
    ) -> None:
        """Queues a block of rows x cols elements on a block mover, from an L3 tile to an L2 bank.

        >>> sim.write_l3_tile(0, 0, [1, 2, 3, 4, 5, 6])
        >>> sim.start_block_move(0, 0, 0, 3, 0, rows=2, cols=3, transform=BlockTransform.TRANSPOSE)
        >>> sim.run_until_idle()
        >>> sim.read_l2_bank(3, 0, 6)
        [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]
        """
        source = self._address_in(L3, src_l3_tile_id, src_offset, "src_l3_tile_id", "src_offset")
        destination = self._address_in(L2, dst_l2_bank_id, dst_offset, "dst_l2_bank_id", "dst_offset")
        shape = self._block_layout(
            rows, cols, element_size, transform, src_row_stride, dst_row_stride, block, indices, layout
        )
        self._start(
            BLOCK_MOVER,
            block_mover_id,
            source,
            destination,
            None,
            callback,
            layout=shape,
            wait_for=wait_for,
            signal=signal,
        )

    def start_block_writeback(
        self,
        block_mover_id: SupportsIndex,
        src_l2_bank_id: SupportsIndex,
        src_offset: SupportsIndex,
        dst_l3_tile_id: SupportsIndex,
        dst_offset: SupportsIndex,
        rows: SupportsIndex,
        cols: SupportsIndex,
        element_size: SupportsIndex = 4,
        transform: BlockTransform | int = BlockTransform.IDENTITY,
        callback: Callback = None,
        *,
        src_row_stride: SupportsIndex | None = None,
        dst_row_stride: SupportsIndex | None = None,
        block: BlockSize | None = None,
        indices: Indices | None = None,
        layout: TransferLayout | None = None,
        wait_for: CreditRequests = (),
        signal: CreditRequests = (),
    ) -> None:
        """`start_block_move` the other way: from an L2 bank back to an L3 tile."""
        source = self._address_in(L2, src_l2_bank_id, src_offset, "src_l2_bank_id", "src_offset")
        destination = self._address_in(L3, dst_l3_tile_id, dst_offset, "dst_l3_tile_id", "dst_offset")
        shape = self._block_layout(
            rows, cols, element_size, transform, src_row_stride, dst_row_stride, block, indices, layout
        )
        self._start(
            BLOCK_MOVER,
            block_mover_id,
            source,
            destination,
            None,
            callback,
            layout=shape,
            wait_for=wait_for,
            signal=signal,
        )

    def _block_layout(
        self,
        rows: SupportsIndex,
        cols: SupportsIndex,
        element_size: SupportsIndex,
        transform: BlockTransform | int,
        src_row_stride: SupportsIndex | None,
        dst_row_stride: SupportsIndex | None,
        block: BlockSize | None,
        indices: Indices | None,
        layout: TransferLayout | None,
    ) -> TransferLayout:
        whole_block = Block(
            whole(rows, "rows"),
            whole(cols, "cols"),
            whole(element_size, "element_size"),
            src_row_stride,
            dst_row_stride,
        )
        shape = transformed(whole_block, checked_transform(transform), block, indices, layout)
        if layout is not None:
            moved = self._registered.of(self._link, layout).total_bytes
            if moved != whole_block.size:
                message = (
                    f"the layout moves {moved} bytes, but {whole_block.rows} x {whole_block.cols} elements of "
                    f"{whole_block.element_size} bytes are {whole_block.size}"
                )
                raise KpuValueError(message, "KPU_GEOMETRY", {"layout": moved, "block": whole_block.size})
        return shape
