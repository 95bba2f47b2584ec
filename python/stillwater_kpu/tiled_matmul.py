"""What a tiled matrix product gives: the product, and a report of where the cycles and the bytes went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ._html import folded, table

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LevelReport", "MatmulReport", "TiledMatmulResult", "Tiling", "UnitReport"]


class Tiling(NamedTuple):
    """How a product was cut up.

    Attributes:
        tile_m: rows of a tile of A and C.
        tile_n: columns of a tile of B and C.
        tile_k: columns of a tile of A, rows of a tile of B.
        grid_rows: rows of the grid in which the compute tiles work on a block of C.
        grid_cols: columns of that grid.
        buffers: buffers of every operand at every level; 2 lets transfers and products overlap.
        staged_tiles: tiles that come from the host in one transfer.
        dataflow: what stays in the arrays.
        sum_buffers: tiles of sums in L1 for each compute tile; with 1 the next block of C begins when those of the last
            one have left.
        host_dma_engines: DMA engines that move between host and external memory alone, the first ones; 0 where every
            engine also loads.

    """

    tile_m: int
    tile_n: int
    tile_k: int
    grid_rows: int
    grid_cols: int
    buffers: int
    staged_tiles: int
    dataflow: str
    sum_buffers: int
    host_dma_engines: int


class LevelReport(NamedTuple):
    """Traffic of one level of the memory hierarchy.

    Attributes:
        level: ``"host"``, ``"external"``, ``"l3"``, ``"l2"`` or ``"scratchpad"``.
        bytes_read: bytes read from its memories.
        bytes_written: bytes written to them.
        port_utilization: bytes through the ports over what the ports of the memories in use could have moved.
        intensity_flops_per_byte: floating-point operations for each byte through the ports.
        roof_flops_per_cycle: the operations a cycle that these ports allow at this intensity.
        memories: memories in use: those of the level in which the product has anything.

    """

    level: str
    bytes_read: int
    bytes_written: int
    port_utilization: float
    intensity_flops_per_byte: float
    roof_flops_per_cycle: float
    memories: int


class UnitReport(NamedTuple):
    """Where the cycles of an engine or a compute tile went: busy, waiting for data, for space, and idle add up.

    Attributes:
        unit: ``"dma 0"``, ``"block mover 1"``, ``"streamer 2"``, ``"tile 0"``, and where the product ends in the vector
            units ``"vector 0"``.
        operations: transfers, products or vector operations.
        busy_cycles: from start to completion.
        waiting_for_data_cycles: the data of the next operation had not arrived.
        waiting_for_space_cycles: the destination of the next operation was not free.
        waiting_for_ports_cycles: part of the busy cycles: how much longer transfers took because of others.
        idle_cycles: nothing was issued.

    """

    unit: str
    operations: int
    busy_cycles: int
    waiting_for_data_cycles: int
    waiting_for_space_cycles: int
    waiting_for_ports_cycles: int
    idle_cycles: int


class MatmulReport(NamedTuple):
    """What a tiled product took, and why. `print` it, or show it in a notebook.

    Attributes:
        m: rows of A and C.
        n: columns of B and C.
        k: columns of A, rows of B.
        tiling: how it was cut up.
        cycles: from the first transfer to the last.
        time_ns: the same as time.
        multiply_accumulates: m n k.
        flops_per_cycle: two for each multiply-accumulate.
        peak_flops_per_cycle: of the compute tiles used.
        utilization: flops_per_cycle over peak_flops_per_cycle.
        bound: the lowest roof: ``"compute"``, or the level of memory whose ports limit the product.
        roof_flops_per_cycle: the height of that roof; the roofline model says that no schedule is above it.
        levels: traffic by level, host first.
        units: DMA engines, block movers, streamers and tiles.
        hazards: conflicts between work in flight; there are none.
        dtype: the number format of A and B, by name.
        result_dtype: the number format of C, by name.

    """

    m: int
    n: int
    k: int
    tiling: Tiling
    cycles: int
    time_ns: float
    multiply_accumulates: int
    flops_per_cycle: float
    peak_flops_per_cycle: float
    utilization: float
    bound: str
    roof_flops_per_cycle: float
    levels: tuple[LevelReport, ...]
    units: tuple[UnitReport, ...]
    hazards: int
    dtype: str = "float32"
    result_dtype: str = "float32"

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON or a data frame."""
        plain = self._asdict()
        plain["tiling"] = self.tiling._asdict()
        plain["levels"] = [level._asdict() for level in self.levels]
        plain["units"] = [unit._asdict() for unit in self.units]
        return plain

    def __str__(self) -> str:
        """A few lines and two tables for a terminal."""
        kind = "" if self.dtype == "float32" else f" of {self.dtype}"
        result = "" if self.result_dtype in ("float32", "int32") else f", {self.result_dtype}"
        lines = [
            (
                f"C ({self.m} x {self.n}{result}) = A ({self.m} x {self.k}) B ({self.k} x {self.n}){kind}: "
                f"{self.cycles} cycles"
            ),
            (
                f"  tiles {self.tiling.tile_m} x {self.tiling.tile_n} x {self.tiling.tile_k}, "
                f"grid {self.tiling.grid_rows} x {self.tiling.grid_cols}, {self._buffers()}, {self.tiling.dataflow}"
            ),
            (
                f"  {self.flops_per_cycle:.1f} of {self.peak_flops_per_cycle:g} flops a cycle "
                f"({100 * self.utilization:.1f} %), bound by {self.bound} ({self.roof_flops_per_cycle:.1f})"
            ),
            _text_table(_LEVEL_HEADINGS, self._level_rows()),
            _text_table(_UNIT_HEADINGS, self._unit_rows()),
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from ._pictures import Roof, UnitCycles, cycle_bars, roofline

        caption = (
            f"{self.m} x {self.n} x {self.k}: {self.cycles} cycles, {100 * self.utilization:.1f} % of peak, "
            f"bound by {self.bound}"
        )
        roofs = [Roof(each.level, each.intensity_flops_per_byte, each.roof_flops_per_cycle) for each in self.levels]
        units = [
            UnitCycles(
                unit.unit,
                unit.busy_cycles,
                unit.waiting_for_data_cycles,
                unit.waiting_for_space_cycles,
                unit.idle_cycles,
            )
            for unit in self.units
        ]
        tables = table(caption, _LEVEL_HEADINGS, self._level_rows()) + table(
            "Where the cycles went", _UNIT_HEADINGS, self._unit_rows()
        )
        return (
            roofline(roofs, self.flops_per_cycle, self.peak_flops_per_cycle, caption)
            + cycle_bars(units, "Where the cycles of each unit went")
            + folded("all figures", tables)
        )

    def _buffers(self) -> str:
        tiling = self.tiling
        sums = "" if tiling.sum_buffers == tiling.buffers else " (one for sums)"
        engines = "" if tiling.host_dma_engines == 0 else f", {tiling.host_dma_engines} DMA engines for the host"
        return f"{'1 buffer' if tiling.buffers == 1 else '2 buffers'}{sums}{engines}"

    def _level_rows(self) -> list[tuple[str, ...]]:
        return [
            (
                level.level,
                str(level.bytes_read),
                str(level.bytes_written),
                f"{100 * level.port_utilization:.1f} %",
                f"{level.intensity_flops_per_byte:.2f}",
                f"{level.roof_flops_per_cycle:.1f}",
            )
            for level in self.levels
        ]

    def _unit_rows(self) -> list[tuple[str, ...]]:
        return [
            (
                unit.unit,
                str(unit.operations),
                str(unit.busy_cycles),
                str(unit.waiting_for_data_cycles),
                str(unit.waiting_for_space_cycles),
                str(unit.waiting_for_ports_cycles),
                str(unit.idle_cycles),
            )
            for unit in self.units
        ]


class TiledMatmulResult(NamedTuple):
    """C, read from the simulated host memory (None on a simulator of times only), and the report."""

    c: Any
    report: MatmulReport


_LEVEL_HEADINGS = ("level", "bytes read", "bytes written", "ports", "flops/byte", "roof")
_UNIT_HEADINGS = ("unit", "operations", "busy", "for data", "for space", "for ports", "idle")


def report_from_engine(report: Mapping[str, Any]) -> MatmulReport:
    """The report as the engine gives it."""
    tiling = report["tiling"]
    return MatmulReport(
        m=int(report["m"]),
        n=int(report["n"]),
        k=int(report["k"]),
        tiling=Tiling(
            int(tiling["tileM"]),
            int(tiling["tileN"]),
            int(tiling["tileK"]),
            int(tiling["gridRows"]),
            int(tiling["gridCols"]),
            int(tiling["buffers"]),
            int(tiling["stagedTiles"]),
            str(tiling["dataflow"]),
            int(tiling["sumBuffers"]),
            int(tiling["hostDmaEngines"]),
        ),
        cycles=int(report["cycles"]),
        time_ns=float(report["timeNs"]),
        multiply_accumulates=int(report["multiplyAccumulates"]),
        flops_per_cycle=float(report["flopsPerCycle"]),
        peak_flops_per_cycle=float(report["peakFlopsPerCycle"]),
        utilization=float(report["utilization"]),
        bound=str(report["bound"]),
        roof_flops_per_cycle=float(report["roofFlopsPerCycle"]),
        levels=tuple(_level(level) for level in report["levels"]),
        units=tuple(_unit(unit) for unit in report["unitReports"]),
        hazards=int(report["hazards"]),
        dtype=str(report["format"]),
        result_dtype=str(report["resultFormat"]),
    )


def _level(level: Mapping[str, Any]) -> LevelReport:
    return LevelReport(
        str(level["level"]),
        int(level["bytesRead"]),
        int(level["bytesWritten"]),
        float(level["portUtilization"]),
        float(level["intensityFlopsPerByte"]),
        float(level["roofFlopsPerCycle"]),
        int(level["memories"]),
    )


def _unit(unit: Mapping[str, Any]) -> UnitReport:
    return UnitReport(
        str(unit["unit"]),
        int(unit["operations"]),
        int(unit["busyCycles"]),
        int(unit["waitingForDataCycles"]),
        int(unit["waitingForSpaceCycles"]),
        int(unit["waitingForPortsCycles"]),
        int(unit["idleCycles"]),
    )


def _text_table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in (headings, *rows)) for column in range(len(headings))]
    lines = []
    for row in (headings, *rows):
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]
        lines.append("  " + "  ".join(cells))
    return "\n".join(lines)
