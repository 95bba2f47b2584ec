"""Energy of what a simulator has done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ._html import table

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DramEnergy", "EnergyOperation", "EnergyPart", "EnergyReport"]


class DramEnergy(NamedTuple):
    """What the commands and the states of DRAM took, pJ.

    Attributes:
        activate_pj: of rows opened and closed.
        read_pj: of bursts read.
        write_pj: of bursts written.
        refresh_pj: of refreshes.
        background_pj: of standby and power-down.

    """

    activate_pj: float
    read_pj: float
    write_pj: float
    refresh_pj: float
    background_pj: float


class EnergyPart(NamedTuple):
    """Energy of one kind of components.

    Attributes:
        component: a level of memory, a kind of engines, links (``"network"`` on the chip, ``"host_link"``,
            ``"peer_link"`` to other KPUs), ``"arrays"``, ``"vector_units"``, or ``"machine"`` (static power of the
            whole).
        dynamic_pj: of events: bytes, multiply-accumulates, elements.
        static_pj: static power times time.

    """

    component: str
    dynamic_pj: float
    static_pj: float


class EnergyOperation(NamedTuple):
    """Dynamic energy of completed operations of one kind.

    Attributes:
        operation: transfers by kind of engine (``"dma"``, ``"block_mover"``, ``"streamer"``), ``"product"`` or
            ``"vector"``.
        completed: how many.
        memories_pj: of the memories that they have read and written.
        unit_pj: of the engine, the array or the vector unit itself.
        dynamic_pj: all of it.
        links_pj: of the links that they have passed.

    """

    operation: str
    completed: int
    memories_pj: float
    unit_pj: float
    dynamic_pj: float
    links_pj: float = 0.0


class EnergyReport(NamedTuple):
    """What a simulator has used since its last reset. `print` it, or show it in a notebook.

    Attributes:
        table: the name of the table of energies.
        cycles: cycles so far.
        time_ns: the same as time.
        parts: by kind of components.
        dynamic_pj: of all events.
        static_pj: of all static power.
        total_pj: both.
        average_mw: total over time.
        multiply_accumulates: of completed products.
        pj_per_operation: total over two operations for each of them; None without any.
        energy_delay_pj_ns: total times time.
        dram: of external memory at cycle fidelity by commands and states, where the currents of its part are known; it
            is in `parts`, too.
        operations: dynamic energy by kind of operation; it adds up to `dynamic_pj`, less DRAM commands for transfers
            that have not completed.
        unit: what energies are in: ``"pJ"``, or ``"MAC"`` (multiples of a multiply-accumulate) where the table has
            ratios; then all that ends in ``pj`` is in it, and power means nothing.

    """

    table: str
    cycles: int
    time_ns: float
    parts: tuple[EnergyPart, ...]
    dynamic_pj: float
    static_pj: float
    total_pj: float
    average_mw: float
    multiply_accumulates: int
    pj_per_operation: float | None
    energy_delay_pj_ns: float
    dram: DramEnergy | None = None
    operations: tuple[EnergyOperation, ...] = ()
    unit: str = "pJ"

    def __str__(self) -> str:
        """A line, and one for each kind of components that has used any."""
        lines = [self._caption()]
        lines += [f"  {name:<12}{dynamic:>16}{static:>16}{share:>9}" for name, dynamic, static, share in self._rows()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return table(
            self._caption(), ("component", f"dynamic, {self.unit}", f"static, {self.unit}", "of all"), self._rows()
        )

    def _caption(self) -> str:
        each = "" if self.pj_per_operation is None else f", {self.pj_per_operation:.3f} {self.unit} an operation"
        total = f"{self.total_pj / 1e6:.3f} uJ, {self.average_mw:.2f} mW"
        return f"{self.table}: {total if self.unit == 'pJ' else f'{self.total_pj:.0f} {self.unit}'}{each}"

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                part.component,
                f"{part.dynamic_pj:.0f}",
                f"{part.static_pj:.0f}",
                f"{100 * (part.dynamic_pj + part.static_pj) / self.total_pj:.1f} %",
            )
            for part in self.parts
            if part.dynamic_pj + part.static_pj > 0
        ]


_DRAM = ("activatePj", "readPj", "writePj", "refreshPj", "backgroundPj")
_NAMES = {"blockMover": "block_mover", "vectorUnits": "vector_units", "hostLink": "host_link", "peerLink": "peer_link"}


def energy_from_engine(report: Mapping[str, Any]) -> EnergyReport:
    """The report as the engine gives it."""
    each, dram = report.get("pjPerOperation"), report.get("dram")
    return EnergyReport(
        str(report["table"]),
        int(report["cycles"]),
        float(report["timeNs"]),
        tuple(
            EnergyPart(
                _NAMES.get(part["component"], str(part["component"])), float(part["dynamicPj"]), float(part["staticPj"])
            )
            for part in report["parts"]
        ),
        float(report["dynamicPj"]),
        float(report["staticPj"]),
        float(report["totalPj"]),
        float(report["averageMw"]),
        int(report["multiplyAccumulates"]),
        None if each is None else float(each),
        float(report["energyDelayPjNs"]),
        None if dram is None else DramEnergy(*(float(dram[name]) for name in _DRAM)),
        tuple(
            EnergyOperation(
                _NAMES.get(work["operation"], str(work["operation"])),
                int(work["completed"]),
                float(work["memoriesPj"]),
                float(work["unitPj"]),
                float(work["dynamicPj"]),
                float(work["linksPj"]),
            )
            for work in report["operations"]
        ),
        str(report["unit"]),
    )
