"""Shapes of transfers that are not contiguous: what is taken from a source, and where it is put.

Each function names a shape and holds its numbers; `start_dma_transfer`, `start_block_transfer` and
`start_stream_transfer` take the result as ``layout=``. The engine checks it when a transfer first uses it: what does
not fit together is a ValueError (code KPU_GEOMETRY) of that call. Matrices are row-major; rows, columns and so on count
elements, strides and starts are bytes; an element has 4 bytes unless said otherwise.

>>> import stillwater_kpu as kpu
>>> bank, l3 = sim.get_external_bank_base(0), sim.get_l3_tile_base(0)
>>> sim.write_memory_bank(0, 0, [1, 2, 3, 4, 5, 6])
>>> sim.start_dma_transfer(0, bank, l3, layout=kpu.geometry.transpose(2, 3))
>>> sim.run_until_idle()
>>> sim.read_l3_tile(0, 0, 6)
[1.0, 4.0, 2.0, 5.0, 3.0, 6.0]
"""

from __future__ import annotations

from typing import SupportsIndex

from ._arguments import whole
from ._transfer_layout import Indices, Layout, Parameter, TransferLayout, whole_numbers
from .errors import KpuTypeError

__all__ = [
    "Layout",
    "TransferLayout",
    "block_reshape",
    "blocks",
    "broadcast_column",
    "broadcast_row",
    "gather_rows",
    "im2col",
    "interleave",
    "layout",
    "permute",
    "scatter_rows",
    "tile",
    "transpose",
]

BlockSize = tuple[SupportsIndex, SupportsIndex]


def layout(source: Layout, destination: Layout) -> TransferLayout:
    """Any layout: element number e of the source goes to element number e of the destination.

    Both ends need elements of the same size, and as many. A source may read bytes several times; a destination may not
    write any twice.
    """
    for end, what in ((source, "source"), (destination, "destination")):
        if not isinstance(end, Layout):
            raise KpuTypeError(f"{what} must be a Layout, got {type(end).__name__}", "KPU_TYPE")
    return TransferLayout("layout", source=source, destination=destination)


def tile(
    rows: SupportsIndex,
    cols: SupportsIndex,
    *,
    source_row_stride: SupportsIndex | None = None,
    destination_row_stride: SupportsIndex | None = None,
    element_bytes: SupportsIndex = 4,
) -> TransferLayout:
    """A matrix as it is, rows so many bytes apart at each end: cuts a tile out of a larger matrix, or puts it into one.

    A stride that is not given means rows without gaps.
    """
    return _shape(
        "tile",
        rows=rows,
        cols=cols,
        source_row_stride=source_row_stride,
        destination_row_stride=destination_row_stride,
        element_bytes=element_bytes,
    )


def blocks(
    count: SupportsIndex,
    rows: SupportsIndex,
    cols: SupportsIndex,
    *,
    source_row_stride: SupportsIndex,
    source_block_stride: SupportsIndex,
    element_bytes: SupportsIndex = 4,
) -> TransferLayout:
    """Blocks of a matrix, packed one behind the other: `count` blocks of rows x cols, so many bytes apart."""
    return _shape(
        "blocks",
        count=count,
        rows=rows,
        cols=cols,
        source_row_stride=source_row_stride,
        source_block_stride=source_block_stride,
        element_bytes=element_bytes,
    )


def transpose(
    rows: SupportsIndex,
    cols: SupportsIndex,
    *,
    source_row_stride: SupportsIndex | None = None,
    destination_row_stride: SupportsIndex | None = None,
    element_bytes: SupportsIndex = 4,
) -> TransferLayout:
    """The transpose of a matrix that has rows x cols at the source and cols x rows at the destination."""
    return _shape(
        "transpose",
        rows=rows,
        cols=cols,
        source_row_stride=source_row_stride,
        destination_row_stride=destination_row_stride,
        element_bytes=element_bytes,
    )


def block_reshape(
    rows: SupportsIndex,
    cols: SupportsIndex,
    *,
    source_block: BlockSize | None = None,
    destination_block: BlockSize | None = None,
    element_bytes: SupportsIndex = 4,
) -> TransferLayout:
    """Another tiling of a matrix: its blocks follow one another, row of blocks by row of blocks, each row-major.

    Blocks are (rows, cols) and divide the matrix; one that is not given is the whole matrix, which is row-major order.
    """
    return _shape(
        "block_reshape",
        rows=rows,
        cols=cols,
        source_block=_block(source_block, "source_block"),
        destination_block=_block(destination_block, "destination_block"),
        element_bytes=element_bytes,
    )


def permute(counts: Indices, order: Indices, *, element_bytes: SupportsIndex = 4) -> TransferLayout:
    """The axes of an array in another order, as `numpy.transpose(array, order)` does it.

    `counts` is the shape of the source; axis d of the destination is axis `order[d]` of the source.
    """
    return _shape(
        "permute",
        counts=whole_numbers(counts, "counts"),
        order=whole_numbers(order, "order"),
        element_bytes=element_bytes,
    )


def interleave(sequences: SupportsIndex, length: SupportsIndex, *, element_bytes: SupportsIndex = 4) -> TransferLayout:
    """Runs of `length` elements, one behind the other, become the first element of each, then the second, and so on.

    With the two numbers exchanged it takes them apart again.
    """
    return _shape("interleave", sequences=sequences, length=length, element_bytes=element_bytes)


def im2col(
    height: SupportsIndex,
    width: SupportsIndex,
    kernel_height: SupportsIndex,
    kernel_width: SupportsIndex,
    *,
    channels: SupportsIndex = 1,
    stride: SupportsIndex = 1,
    element_bytes: SupportsIndex = 4,
) -> TransferLayout:
    """The windows of an image as the rows of a matrix, so that a convolution is a matrix product.

    The image is height x width x channels, channels fastest; windows lie `stride` elements apart in both directions.
    Columns are kernel_height x kernel_width x channels. Padding is part of the image.
    """
    return _shape(
        "im2col",
        height=height,
        width=width,
        kernel_height=kernel_height,
        kernel_width=kernel_width,
        channels=channels,
        stride=stride,
        element_bytes=element_bytes,
    )


def gather_rows(
    indices: Indices,
    cols: SupportsIndex,
    *,
    row_stride: SupportsIndex | None = None,
    element_bytes: SupportsIndex = 4,
) -> TransferLayout:
    """Rows of a table, packed: row i of the result is row `indices[i]` of the table.

    A row may be taken several times.
    """
    return _picked_rows("gather_rows", indices, cols, row_stride, element_bytes)


def scatter_rows(
    indices: Indices,
    cols: SupportsIndex,
    *,
    row_stride: SupportsIndex | None = None,
    element_bytes: SupportsIndex = 4,
) -> TransferLayout:
    """Packed rows into a table: row i becomes row `indices[i]` of the table, each of its rows at most once."""
    return _picked_rows("scatter_rows", indices, cols, row_stride, element_bytes)


def broadcast_row(
    rows: SupportsIndex,
    cols: SupportsIndex,
    *,
    destination_row_stride: SupportsIndex | None = None,
    element_bytes: SupportsIndex = 4,
) -> TransferLayout:
    """One row of `cols` elements, repeated as the `rows` rows of a matrix. It is read `rows` times."""
    return _shape(
        "broadcast_row",
        rows=rows,
        cols=cols,
        destination_row_stride=destination_row_stride,
        element_bytes=element_bytes,
    )


def broadcast_column(
    rows: SupportsIndex,
    cols: SupportsIndex,
    *,
    source_row_stride: SupportsIndex | None = None,
    destination_row_stride: SupportsIndex | None = None,
    element_bytes: SupportsIndex = 4,
) -> TransferLayout:
    """A column of `rows` elements, repeated as the `cols` columns of a matrix. It is read `cols` times."""
    return _shape(
        "broadcast_column",
        rows=rows,
        cols=cols,
        source_row_stride=source_row_stride,
        destination_row_stride=destination_row_stride,
        element_bytes=element_bytes,
    )


def _shape(name: str, **parameters: SupportsIndex | tuple[int, ...] | None) -> TransferLayout:
    """The layout with what was given; what was not has its default in the engine."""
    held: dict[str, Parameter] = {}
    for key, value in parameters.items():
        if isinstance(value, tuple):
            held[key] = value
        elif value is not None:
            held[key] = whole(value, key)
    return TransferLayout(name, **held)


def _block(size: BlockSize | None, what: str) -> tuple[int, ...] | None:
    if size is None:
        return None
    block = whole_numbers(size, what)
    if len(block) != 2:  # noqa: PLR2004  # rows and columns
        raise KpuTypeError(f"{what} must be (rows, cols), got {block}", "KPU_TYPE")
    return block


def _picked_rows(
    name: str, indices: Indices, cols: SupportsIndex, row_stride: SupportsIndex | None, element_bytes: SupportsIndex
) -> TransferLayout:
    return _shape(
        name,
        indices=whole_numbers(indices, "indices"),
        cols=cols,
        row_stride=row_stride,
        element_bytes=element_bytes,
    )
