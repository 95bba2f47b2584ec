"""Where the memories of a simulator lie, as the engine told it when it made the simulator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ._protocol import HOST, MEMORY_KIND_NAMES


class MemoryClass(NamedTuple):
    """All regions of one level: `regions` regions of `capacity` bytes, back to back from address `base` on."""

    regions: int
    capacity: int
    base: int

    def holds(self, number: int, offset: int, size: int) -> bool:
        """Whether the bytes lie inside of region `number`."""
        return number < self.regions and offset + size <= self.capacity


MemoryLayout = Sequence[MemoryClass]
"""The memory classes, by memory kind."""


def read_layout(reported: Sequence[Any]) -> MemoryLayout:
    """The layout out of the engine's report. Raises ValueError or KeyError when it is not one."""
    layout: list[MemoryClass] = []
    for kind, entry in zip(MEMORY_KIND_NAMES, reported):
        if entry["kind"] != kind:
            raise ValueError(f"memory class {entry['kind']!r} in the place of {kind!r}")
        layout.append(MemoryClass(int(entry["count"]), int(entry["capacityBytes"]), int(entry["base"])))
    if len(layout) != len(MEMORY_KIND_NAMES):
        raise ValueError(f"{len(layout)} memory classes")
    return layout


def in_one_region(layout: MemoryLayout, address: int, size: int) -> bool:
    """Whether an address is mapped and `size` bytes from there stay in its region."""
    for regions, capacity, base in layout:
        if base <= address < base + regions * capacity:
            return (address - base) % capacity + size <= capacity
    return False


def in_host(layout: MemoryLayout, address: int) -> bool:
    """Whether an address lies in the host's memories."""
    regions, capacity, base = layout[HOST]
    return base <= address < base + regions * capacity
