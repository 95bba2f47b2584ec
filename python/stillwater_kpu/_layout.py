"""Where the memories of a simulator lie, as the engine told it when it made the simulator."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from ._protocol import HOST, MEMORY_KIND_NAMES


class MemoryClass(NamedTuple):
    """All regions of one level: `regions` regions of `capacity` bytes, back to back from address `base` on.

    Where they are not alike, `capacity` is that of the largest, and `bases` are the addresses of the regions and the
    one after the last.
    """

    regions: int
    capacity: int
    base: int
    bases: tuple[int, ...] = ()

    @classmethod
    def of(cls, base: int, capacities: Sequence[int]) -> MemoryClass:
        """Regions of these capacities, back to back from `base` on."""
        return cls(len(capacities), max(capacities), base, tuple(accumulate(capacities, initial=base)))

    def holds(self, number: int, offset: int, size: int) -> bool:
        """Whether the bytes lie inside of region `number`."""
        return number < self.regions and offset + size <= self.capacity_of(number)

    def capacity_of(self, number: int) -> int:
        """Capacity of an existing region in bytes."""
        return self.bases[number + 1] - self.bases[number] if self.bases else self.capacity

    def base_of(self, number: int) -> int:
        """Address of an existing region."""
        return self.bases[number] if self.bases else self.base + number * self.capacity

    def end(self) -> int:
        """The address after the last region."""
        return self.bases[-1] if self.bases else self.base + self.regions * self.capacity

    def sizes(self) -> str:
        """The capacities as text."""
        smallest = min(map(self.capacity_of, range(self.regions))) if self.bases else self.capacity
        if smallest == self.capacity:
            return _size_text(smallest)
        return f"{_size_text(smallest)} to {_size_text(self.capacity)}"


def _size_text(capacity: int) -> str:
    return f"{capacity >> 20} MB" if capacity >= 1 << 20 else f"{capacity >> 10} KB"


MemoryLayout = Sequence[MemoryClass]
"""The memory classes, by memory kind."""


def read_layout(reported: Sequence[Any]) -> MemoryLayout:
    """The layout out of the engine's report. Raises ValueError or KeyError when it is not one."""
    layout: list[MemoryClass] = []
    for kind, entry in zip(MEMORY_KIND_NAMES, reported):
        if entry["kind"] != kind:
            raise ValueError(f"memory class {entry['kind']!r} in the place of {kind!r}")
        count, base, capacities = int(entry["count"]), int(entry["base"]), entry.get("capacities")
        if capacities is None:
            layout.append(MemoryClass(count, int(entry["capacityBytes"]), base))
        elif len(capacities) == count:
            layout.append(MemoryClass.of(base, [int(capacity) for capacity in capacities]))
        else:
            raise ValueError(f"{len(capacities)} capacities of {count} regions")
    if len(layout) != len(MEMORY_KIND_NAMES):
        raise ValueError(f"{len(layout)} memory classes")
    return layout


def in_one_region(layout: MemoryLayout, address: int, size: int) -> bool:
    """Whether an address is mapped and `size` bytes from there stay in its region."""
    for regions, capacity, base, bases in layout:
        if not base <= address < base + regions * capacity:
            continue
        if not bases:
            return (address - base) % capacity + size <= capacity
        if address < bases[-1]:
            return address + size <= bases[bisect_right(bases, address)]
    return False


def in_host(layout: MemoryLayout, address: int) -> bool:
    """Whether an address lies in the host's memories."""
    host = layout[HOST]
    return host.base <= address < host.end()
