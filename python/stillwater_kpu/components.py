"""Single components of a simulator: a memory bank, a scratchpad, a DMA engine, a compute tile.

They are views: the state is the simulator's. Simulators hand them out (`KPUSimulator.get_memory_bank` and so on).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, TypeVar

from . import _protocol
from ._protocol import COMPONENT_FRAME, COMPUTE_TILE, DMA, MEMORY_RESET
from .config import LISTS
from .errors import KpuTypeError

if TYPE_CHECKING:
    from .simulator import KPUSimulator

__all__ = ["ComputeFabric", "DMAEngine", "ExternalMemory", "L1Buffer", "Scratchpad"]


class Component:
    """A numbered component of a simulator."""

    __slots__ = ("_number", "_simulator")

    _simulator: KPUSimulator
    _number: int
    _getter = ""

    def __init__(self, *_arguments: NoReturn, **_named: NoReturn) -> None:
        raise KpuTypeError(
            f"{type(self).__name__} is part of a simulator and cannot be made by itself; "
            f"take it from one with KPUSimulator.{self._getter}",
            "KPU_TYPE",
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Component):
            return NotImplemented
        return (type(self), self._simulator, self._number) == (type(other), other._simulator, other._number)

    def __hash__(self) -> int:
        return hash((type(self), id(self._simulator), self._number))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._number}>"


ComponentType = TypeVar("ComponentType", bound=Component)


def component_of(simulator: KPUSimulator, kind: type[ComponentType], number: int) -> ComponentType:
    """The component of a simulator; the caller has checked that it exists."""
    component = object.__new__(kind)
    component._simulator = simulator
    component._number = number
    return component


class _Memory(Component):
    __slots__ = ()
    _kind = _protocol.EXTERNAL

    def get_capacity(self) -> int:
        """Capacity in bytes."""
        return self._simulator._layout[self._kind].capacity_of(self._number)

    def is_ready(self) -> bool:
        """True: a memory can always be accessed."""
        return True

    def reset(self) -> None:
        """Sets all bytes to zero."""
        self._simulator._link.change(COMPONENT_FRAME, MEMORY_RESET, self._kind, self._number)


class ExternalMemory(_Memory):
    """An external memory bank."""

    __slots__ = ()
    _getter = "get_memory_bank(bank_id)"

    def get_bandwidth(self) -> float:
        """Bandwidth in GB/s, reads and writes together."""
        bandwidth: float = LISTS["memory_banks"].of(self._simulator._config._values, self._number)["bandwidth_gbps"]
        return bandwidth

    def get_last_access_cycle(self) -> int:
        """The cycle of the last access by the host or a transfer; -1 if there was none."""
        kind = _protocol.MEMORY_KIND_NAMES[self._kind]
        return int(self._simulator._link.query("lastAccess", kind=kind, id=self._number))


class Scratchpad(_Memory):
    """A scratchpad, in the later spelling an L1 buffer."""

    __slots__ = ()
    _kind = _protocol.SCRATCHPAD
    _getter = "get_scratchpad(scratchpad_id)"


L1Buffer = Scratchpad


class DMAEngine(Component):
    """A DMA engine: one transfer at a time, the others wait in its queue."""

    __slots__ = ()
    _getter = "get_dma_engine(dma_id)"

    def is_busy(self) -> bool:
        """Whether a transfer is queued or running."""
        return self._simulator.is_dma_busy(self._number)

    def reset(self) -> None:
        """Drops the running transfer and the queue, without callbacks."""
        self._simulator._link.drop_work(DMA, self._number)

    def get_engine_id(self) -> int:
        """The engine's number."""
        return self._number

    def get_queue_size(self) -> int:
        """How many transfers are not complete: the running one and those that wait."""
        return self._simulator.get_dma_queue_size(self._number)


class ComputeFabric(Component):
    """A compute tile."""

    __slots__ = ()
    _getter = "get_compute_tile(tile_id)"

    def is_busy(self) -> bool:
        """Whether the tile works on a matrix product."""
        return self._simulator.is_compute_busy(self._number)

    def reset(self) -> None:
        """Drops what the array and the vector unit have queued and running, without callbacks."""
        self._simulator._link.drop_work(COMPUTE_TILE, self._number)

    def get_tile_id(self) -> int:
        """The tile's number."""
        return self._number
