"""Whether units are at work. Loops that poll cost little: while nothing can have changed, the last answer holds."""

from __future__ import annotations

from typing import SupportsIndex

from . import _arguments
from ._base import SimulatorBase
from ._protocol import BLOCK_MOVER, COMPUTE_TILE, DMA, STREAMER


class Activity(SimulatorBase):
    """The state of movers and tiles. Errors: IndexError for an id that does not exist."""

    __slots__ = ()

    def is_dma_busy(self, dma_id: SupportsIndex) -> bool:
        """Whether a DMA engine has a transfer queued or running."""
        return self._link.unit_state(DMA, _arguments.component_id(dma_id, "dma_id")).busy

    def is_block_mover_busy(self, block_mover_id: SupportsIndex) -> bool:
        """Whether a block mover has a transfer queued or running."""
        return self._link.unit_state(BLOCK_MOVER, _arguments.component_id(block_mover_id, "block_mover_id")).busy

    def is_streamer_busy(self, streamer_id: SupportsIndex) -> bool:
        """Whether a streamer has a transfer queued or running."""
        return self._link.unit_state(STREAMER, _arguments.component_id(streamer_id, "streamer_id")).busy

    def is_compute_busy(self, tile_id: SupportsIndex) -> bool:
        """Whether a compute tile works on a matrix product."""
        return self._link.unit_state(COMPUTE_TILE, _arguments.component_id(tile_id, "tile_id")).busy

    def get_dma_queue_size(self, dma_id: SupportsIndex) -> int:
        """How many transfers of a DMA engine are not complete: the running one and those that wait."""
        return self._link.unit_state(DMA, _arguments.component_id(dma_id, "dma_id")).outstanding

    def get_block_mover_queue_size(self, block_mover_id: SupportsIndex) -> int:
        """How many transfers of a block mover are not complete: the running one and those that wait."""
        return self._link.unit_state(BLOCK_MOVER, _arguments.component_id(block_mover_id, "block_mover_id")).outstanding

    def get_streamer_queue_size(self, streamer_id: SupportsIndex) -> int:
        """How many transfers of a streamer are not complete: the running one and those that wait."""
        return self._link.unit_state(STREAMER, _arguments.component_id(streamer_id, "streamer_id")).outstanding
