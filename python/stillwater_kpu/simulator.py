"""The simulator."""

from __future__ import annotations

import json
import weakref
from typing import TYPE_CHECKING, Any, NoReturn, SupportsIndex

from . import _engines, _protocol
from ._block_moves import BlockMoves
from ._fault_runs import FaultRuns
from ._group import GroupLink, GroupState
from ._html import table
from ._interconnect import Interconnect
from ._layout import read_layout
from ._link import EngineLink
from ._loss import CLOSED
from ._observing import Observing
from ._protocol import BLOCK_MOVER, COMPUTE_TILE, CREATE, DMA, EXTERNAL, SCRATCHPAD, STREAMER
from ._registered_layouts import RegisteredLayouts
from ._streams import Streams
from ._vectors import Vectors
from .components import ComputeFabric, DMAEngine, ExternalMemory, Scratchpad, component_of
from .config import SimulatorConfig
from .errors import KpuTypeError, unknown_name_message

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from typing_extensions import Self

    from ._connection import Connection

__all__ = ["KPUSimulator"]


class KPUSimulator(Observing, Interconnect, FaultRuns, Vectors, BlockMoves, Streams):
    """A simulated KPU: host memory, external banks, L3 tiles, L2 banks, scratchpads, movers between them, and arrays.

    >>> with KPUSimulator(SimulatorConfig(memory_bank_count=2)) as sim:
    ...     sim.write_memory_bank(0, 0, [1.0, 2.0, 3.0])
    ...     sim.dma_external_to_scratchpad(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 12)
    ...     sim.run_until_idle()
    ...     sim.read_scratchpad(0, 0, 3)
    [1.0, 2.0, 3.0]

    Args:
        config: what it consists of; by default `SimulatorConfig()`. Later changes of the object do not matter.
        isolated: give the simulator an engine process of its own. By default all simulators of this Python process
            share one, which runs one of them at a time; isolated ones run in parallel when each has its own thread.

    Close it, or use it in a `with` statement, to free its memory early; otherwise that happens when it is garbage or
    Python ends. A simulator is used by one thread at a time. It does not survive `fork`: make a new one in the child.

    Errors: ConfigError (a ValueError) for a configuration that does not fit together, EngineStartError (a RuntimeError)
    when the engine cannot be started, SimulatorCrashed (a RuntimeError) from every call after the engine has crashed.

    """

    __slots__ = ("_finalizer", "_owns_engine")

    def __init__(self, config: SimulatorConfig | None = None, *, isolated: bool = False) -> None:
        if config is None:
            config = SimulatorConfig()
        elif not isinstance(config, SimulatorConfig):
            advice = "; use SimulatorConfig.from_dict(...)" if isinstance(config, dict) else ""
            raise KpuTypeError(f"config must be a SimulatorConfig, got {type(config).__name__}{advice}", "KPU_TYPE")
        connection = _engines.isolated_connection() if isolated else _engines.shared_connection()
        try:
            body = json.dumps(config.to_dict()).encode()
            report = connection.decode(connection.call(None, _protocol.request(CREATE, 0, body), _protocol.TAG_JSON))
            self._begin(connection, report, config)
            self._own(isolated=bool(isolated))
        except BaseException:
            if isolated:
                connection.close()
            raise

    def _begin(
        self, connection: Connection, report: Any, config: SimulatorConfig, group: GroupState | None = None
    ) -> None:
        """Takes over a simulator that the engine has made."""
        self._config = config.copy()
        self._unit_counts = (
            config.dma_engine_count,
            config.block_mover_count,
            config.streamer_count,
            config.compute_tile_count,
            config.compute_tile_count,
        )
        try:
            handle, self._layout = int(report["handle"]), read_layout(report["memory"])
        except (KeyError, TypeError, ValueError) as error:
            connection.fault(f"an answer to CREATE that is none ({error!r})")
        self._link = EngineLink(connection, handle) if group is None else GroupLink(connection, handle, group)
        self._registered = RegisteredLayouts()

    def _own(self, *, isolated: bool) -> None:
        """The simulator ends with this object, and with it an engine of its own."""
        connection = self._link.connection
        self._owns_engine = isolated
        finish = connection.discard if isolated else connection.drop
        self._finalizer = weakref.finalize(self, finish, *(() if isolated else (self._link.handle,)))
        self._finalizer.atexit = False  # engines as a whole are ended then

    @property
    def config(self) -> SimulatorConfig:
        """A copy of the configuration."""
        return self._config.copy()

    def close(self) -> None:
        """Frees the simulator. Harmless when it is closed; all other calls raise RuntimeError from then on."""
        link = self._link
        if link.loss is not None:
            return
        link.require_outside_callback("close()")
        self._finalizer.detach()
        if self._owns_engine:
            link.connection.close()
        else:
            link.forget(CLOSED)
            link.connection.drop(link.handle)
            link.connection.flush()

    @property
    def closed(self) -> bool:
        """Whether the simulator can no longer be used: closed, crashed, or left behind by a fork."""
        return self._link.loss is not None

    def __enter__(self) -> Self:
        if self._link.loss is not None:
            raise self._link.loss.error()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def get_memory_bank(self, bank_id: SupportsIndex) -> ExternalMemory:
        """An external memory bank as an object."""
        return component_of(self, ExternalMemory, self._existing(EXTERNAL, bank_id, "bank_id"))

    get_external_memory = get_memory_bank

    def get_scratchpad(self, scratchpad_id: SupportsIndex) -> Scratchpad:
        """A scratchpad as an object."""
        return component_of(self, Scratchpad, self._existing(SCRATCHPAD, scratchpad_id, "scratchpad_id"))

    get_l1_buffer = get_scratchpad

    def get_dma_engine(self, dma_id: SupportsIndex) -> DMAEngine:
        """A DMA engine as an object."""
        return component_of(self, DMAEngine, self._existing_unit(DMA, dma_id, "dma_id"))

    def get_compute_tile(self, tile_id: SupportsIndex) -> ComputeFabric:
        """A compute tile as an object."""
        return component_of(self, ComputeFabric, self._existing_unit(COMPUTE_TILE, tile_id, "tile_id"))

    get_compute_fabric = get_compute_tile

    if not TYPE_CHECKING:  # type checkers must go on to find unknown names themselves

        def __getattr__(self, name: str) -> NoReturn:
            known = [each for each in dir(type(self)) if not each.startswith("_")] if not name.startswith("_") else []
            raise AttributeError(unknown_name_message("KPUSimulator has no attribute", name, known))

    def __reduce__(self) -> NoReturn:
        raise KpuTypeError(
            "a KPUSimulator lives in an engine process and can be neither copied nor pickled; "
            "pass its configuration (KPUSimulator.config) and make a new one",
            "KPU_TYPE",
        )

    def __repr__(self) -> str:
        link = self._link
        state = f"cycle {link.cycle}" if link.loss is None else "closed"
        counts = ", ".join(f"{count} {name}" for name, count, _, _ in self._overview())
        return f"<KPUSimulator {state}: {counts}>"

    def _repr_html_(self) -> str:
        state = f"cycle {self._link.cycle}" if self._link.loss is None else "closed"
        places = table(f"KPUSimulator, {state}", ("component", "count", "capacity", "addresses"), self._overview())
        return self._config.picture() + places

    def _overview(self) -> Iterable[tuple[str, int, str, str]]:
        memories = ("host regions", "external banks", "L3 tiles", "L2 banks", "scratchpads")
        for name, memory in zip(memories, self._layout):
            yield (
                name,
                memory.regions,
                memory.sizes(),
                f"{memory.base:#x} to {memory.end():#x}" if memory.regions else "",
            )
        units = ("DMA engines", "block movers", "streamers", "compute tiles")
        for kind, name in zip((DMA, BLOCK_MOVER, STREAMER, COMPUTE_TILE), units):
            yield name, self._unit_counts[kind], "", ""
