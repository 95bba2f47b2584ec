"""The layouts of block transforms."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, SupportsIndex

from . import geometry
from ._arguments import whole
from ._transfer_layout import Indices, TransferLayout, whole_numbers
from .block_transform import BlockTransform
from .errors import KpuTypeError, KpuValueError

if TYPE_CHECKING:
    from .geometry import BlockSize


class Block(NamedTuple):
    """A block of a matrix: rows x cols elements, rows so many bytes apart at each end (None: without gaps)."""

    rows: int
    cols: int
    element_size: int
    source_row_stride: SupportsIndex | None
    destination_row_stride: SupportsIndex | None

    @property
    def size(self) -> int:
        """Bytes that move."""
        return self.rows * self.cols * self.element_size


def checked_transform(transform: BlockTransform | int) -> BlockTransform:
    """The transform as a member of the enumeration."""
    try:
        return BlockTransform(whole(transform, "transform"))
    except ValueError:
        known = ", ".join(f"{each.name} {each.value}" for each in BlockTransform)
        raise KpuValueError(f"transform must be one of {known}; got {transform!r}", "KPU_ARGUMENT") from None


def transformed(
    block: Block,
    transform: BlockTransform,
    small_block: BlockSize | None,
    indices: Indices | None,
    layout: TransferLayout | None,
) -> TransferLayout:
    """The layout of a block under a transform. What the transform does not use must not be given."""
    needed = _PARAMETERS[transform]
    given = [
        name for name, value in (("block", small_block), ("indices", indices), ("layout", layout)) if value is not None
    ]
    if (needed and len(given) != 1) or any(name not in needed for name in given):
        wanted = " or ".join(f"{name}=" for name in needed) or "neither block= nor indices= nor layout="
        got = ", ".join(f"{name}=" for name in given) or "none"
        raise KpuValueError(f"{transform!s} takes {wanted}, got {got}", "KPU_GEOMETRY")
    if layout is not None:
        _refuse_strides(block, transform, "layout=")
        if not isinstance(layout, TransferLayout):
            raise KpuTypeError(f"layout must be a TransferLayout, got {type(layout).__name__}", "KPU_TYPE")
        return layout
    if small_block is not None:
        _refuse_strides(block, transform, "block=")
        return geometry.block_reshape(
            block.rows, block.cols, destination_block=small_block, element_bytes=block.element_size
        )
    if indices is not None:
        return _shuffled(block, whole_numbers(indices, "indices"))
    make = geometry.transpose if transform is BlockTransform.TRANSPOSE else geometry.tile
    return make(
        block.rows,
        block.cols,
        source_row_stride=block.source_row_stride,
        destination_row_stride=block.destination_row_stride,
        element_bytes=block.element_size,
    )


_PARAMETERS: dict[BlockTransform, tuple[str, ...]] = {
    BlockTransform.IDENTITY: (),
    BlockTransform.TRANSPOSE: (),
    BlockTransform.BLOCK_RESHAPE: ("block", "layout"),
    BlockTransform.SHUFFLE: ("indices", "layout"),
}


def _shuffled(block: Block, indices: tuple[int, ...]) -> TransferLayout:
    if len(indices) != block.rows or sorted(indices) != list(range(block.rows)):
        message = f"indices must name each of {block.rows} rows once; geometry.gather_rows takes any rows, as layout="
        raise KpuValueError(message, "KPU_GEOMETRY", {"rows": block.rows, "indices": len(indices)})
    if block.destination_row_stride is not None:
        raise KpuValueError("a shuffled block is packed: its destination has no row stride", "KPU_GEOMETRY")
    return geometry.gather_rows(
        indices, block.cols, row_stride=block.source_row_stride, element_bytes=block.element_size
    )


def _refuse_strides(block: Block, transform: BlockTransform, what: str) -> None:
    if block.source_row_stride is None and block.destination_row_stride is None:
        return
    raise KpuValueError(
        f"{transform!s} with {what} takes no row strides: the layout says where rows lie", "KPU_GEOMETRY"
    )
