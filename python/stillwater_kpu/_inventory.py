"""What a simulator consists of: counts, capacities, addresses. Answered here, without asking the engine."""

from __future__ import annotations

from typing import SupportsIndex

from . import _arguments, _protocol
from ._base import SimulatorBase
from ._protocol import (
    BLOCK_MOVER,
    COMPUTE_TILE,
    DMA,
    EXTERNAL,
    HOST,
    L2,
    L3,
    READ,
    READ_FRAME,
    SCRATCHPAD,
    STREAMER,
    TAG_BYTES,
)
from .config import LISTS


class Inventory(SimulatorBase):
    """Counts, capacities in bytes and global base addresses. Errors: IndexError for an id that does not exist."""

    __slots__ = ()

    def get_host_memory_region_count(self) -> int:
        """Number of host memory regions."""
        return self._layout[HOST].regions

    def get_memory_bank_count(self) -> int:
        """Number of external memory banks."""
        return self._layout[EXTERNAL].regions

    def get_l3_tile_count(self) -> int:
        """Number of L3 tiles."""
        return self._layout[L3].regions

    def get_l2_bank_count(self) -> int:
        """Number of L2 banks."""
        return self._layout[L2].regions

    def get_scratchpad_count(self) -> int:
        """Number of scratchpads."""
        return self._layout[SCRATCHPAD].regions

    def get_compute_tile_count(self) -> int:
        """Number of compute tiles."""
        return self._unit_counts[COMPUTE_TILE]

    def get_dma_engine_count(self) -> int:
        """Number of DMA engines."""
        return self._unit_counts[DMA]

    def get_block_mover_count(self) -> int:
        """Number of block movers."""
        return self._unit_counts[BLOCK_MOVER]

    def get_streamer_count(self) -> int:
        """Number of streamers."""
        return self._unit_counts[STREAMER]

    def get_host_memory_region_capacity(self, region_id: SupportsIndex) -> int:
        """Capacity of a host memory region in bytes."""
        return self._layout[HOST].capacity_of(self._existing(HOST, region_id, "region_id"))

    def get_memory_bank_capacity(self, bank_id: SupportsIndex) -> int:
        """Capacity of an external memory bank in bytes."""
        return self._layout[EXTERNAL].capacity_of(self._existing(EXTERNAL, bank_id, "bank_id"))

    def get_l3_tile_capacity(self, tile_id: SupportsIndex) -> int:
        """Capacity of an L3 tile in bytes."""
        return self._layout[L3].capacity_of(self._existing(L3, tile_id, "tile_id"))

    def get_l2_bank_capacity(self, bank_id: SupportsIndex) -> int:
        """Capacity of an L2 bank in bytes."""
        return self._layout[L2].capacity_of(self._existing(L2, bank_id, "bank_id"))

    def get_scratchpad_capacity(self, scratchpad_id: SupportsIndex) -> int:
        """Capacity of a scratchpad in bytes."""
        return self._layout[SCRATCHPAD].capacity_of(self._existing(SCRATCHPAD, scratchpad_id, "scratchpad_id"))

    def get_host_memory_region_base(self, region_id: SupportsIndex) -> int:
        """Global address of the first byte of a host memory region."""
        return self._base(HOST, region_id, "region_id")

    def get_external_bank_base(self, bank_id: SupportsIndex) -> int:
        """Global address of the first byte of an external memory bank."""
        return self._base(EXTERNAL, bank_id, "bank_id")

    def get_l3_tile_base(self, tile_id: SupportsIndex) -> int:
        """Global address of the first byte of an L3 tile."""
        return self._base(L3, tile_id, "tile_id")

    def get_l2_bank_base(self, bank_id: SupportsIndex) -> int:
        """Global address of the first byte of an L2 bank."""
        return self._base(L2, bank_id, "bank_id")

    def get_scratchpad_base(self, scratchpad_id: SupportsIndex) -> int:
        """Global address of the first byte of a scratchpad."""
        return self._base(SCRATCHPAD, scratchpad_id, "scratchpad_id")

    def is_host_memory_region_ready(self, region_id: SupportsIndex) -> bool:
        """True: a host memory region can always be accessed."""
        return self._existing(HOST, region_id, "region_id") >= 0

    def is_memory_bank_ready(self, bank_id: SupportsIndex) -> bool:
        """True: an external memory bank can always be accessed."""
        return self._existing(EXTERNAL, bank_id, "bank_id") >= 0

    def is_l3_tile_ready(self, tile_id: SupportsIndex) -> bool:
        """True: an L3 tile can always be accessed."""
        return self._existing(L3, tile_id, "tile_id") >= 0

    def is_l2_bank_ready(self, bank_id: SupportsIndex) -> bool:
        """True: an L2 bank can always be accessed."""
        return self._existing(L2, bank_id, "bank_id") >= 0

    def is_scratchpad_ready(self, scratchpad_id: SupportsIndex) -> bool:
        """True: a scratchpad can always be accessed."""
        return self._existing(SCRATCHPAD, scratchpad_id, "scratchpad_id") >= 0

    def is_using_systolic_arrays(self) -> bool:
        """Whether the compute tiles are systolic arrays."""
        return self._config.use_systolic_arrays

    def get_systolic_array_rows(self, tile_id: SupportsIndex = 0) -> int:
        """Rows of a tile's systolic array; 0 if the tiles are none."""
        tile = self._existing_tile(tile_id)
        if not self._config.use_systolic_arrays:
            return 0
        rows: int = LISTS["compute_tiles"].of(self._config._values, tile)["rows"]
        return rows

    def get_systolic_array_cols(self, tile_id: SupportsIndex = 0) -> int:
        """Columns of a tile's systolic array; 0 if the tiles are none."""
        tile = self._existing_tile(tile_id)
        if not self._config.use_systolic_arrays:
            return 0
        cols: int = LISTS["compute_tiles"].of(self._config._values, tile)["cols"]
        return cols

    def get_systolic_array_total_pes(self, tile_id: SupportsIndex = 0) -> int:
        """Processing elements of a tile's systolic array; 0 if the tiles are none."""
        return self.get_systolic_array_rows(tile_id) * self.get_systolic_array_cols(tile_id)

    get_l1_buffer_count = get_scratchpad_count
    get_l1_buffer_capacity = get_scratchpad_capacity
    get_l1_buffer_base = get_scratchpad_base
    is_l1_buffer_ready = is_scratchpad_ready
    get_memory_bank_base = get_external_bank_base
    is_using_systolic_array_mode = is_using_systolic_arrays
    get_processor_array_rows = get_systolic_array_rows
    get_processor_array_cols = get_systolic_array_cols
    get_processor_array_total_pes = get_systolic_array_total_pes

    def _existing(self, kind: int, number: SupportsIndex, id_name: str) -> int:
        """The id of a memory region, if there is one; else the engine is asked, which words the refusal."""
        target = _arguments.component_id(number, id_name)
        if target >= self._layout[kind].regions:
            link = self._link
            link.call(_protocol.pack(READ_FRAME, READ, link.handle, kind, target, 0, 0), TAG_BYTES, 0)
        return target

    def _base(self, kind: int, number: SupportsIndex, id_name: str) -> int:
        memory = self._layout[kind]
        if type(number) is int and 0 <= number < memory.regions:
            return memory.base_of(number)
        return memory.base_of(self._existing(kind, number, id_name))

    def _existing_tile(self, tile_id: SupportsIndex) -> int:
        return self._existing_unit(COMPUTE_TILE, tile_id, "tile_id")

    def _existing_unit(self, kind: int, number: SupportsIndex, id_name: str) -> int:
        target = _arguments.component_id(number, id_name)
        if target >= self._unit_counts[kind]:
            self._link.unit_state(kind, target)
        return target
