"""The kinds of memory in the hierarchy."""

from __future__ import annotations

import enum


class MemoryType(enum.IntEnum):
    """Levels of the memory hierarchy, from the host inwards.

    >>> MemoryType.EXTERNAL.name, MemoryType.EXTERNAL.value
    ('EXTERNAL', 1)
    """

    HOST_MEMORY = 0
    EXTERNAL = 1
    L3_TILE = 2
    L2_BANK = 3
    SCRATCHPAD = 4

    def __str__(self) -> str:
        """The qualified name, on every version of Python."""
        return f"{type(self).__name__}.{self.name}"
