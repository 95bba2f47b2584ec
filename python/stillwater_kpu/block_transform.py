"""What a block mover may do to a block on its way."""

from __future__ import annotations

import enum


class BlockTransform(enum.IntEnum):
    """What becomes of a block of rows x cols between an L3 tile and an L2 bank.

    ``IDENTITY``: the block as it is. ``TRANSPOSE``: rows become columns. ``BLOCK_RESHAPE``: the row-major block is cut
    into smaller blocks that follow one another. ``SHUFFLE``: its rows in another order.

    >>> BlockTransform.TRANSPOSE.name, BlockTransform.TRANSPOSE.value
    ('TRANSPOSE', 1)
    """

    IDENTITY = 0
    TRANSPOSE = 1
    BLOCK_RESHAPE = 2
    SHUFFLE = 3

    def __str__(self) -> str:
        """The qualified name, on every version of Python."""
        return f"{type(self).__name__}.{self.name}"
