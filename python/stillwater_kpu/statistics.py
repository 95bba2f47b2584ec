"""What every component has done: plain data that notebooks show as pictures."""

from __future__ import annotations

from typing import Any

__all__ = ["Statistics"]

_MEMORIES = ("host", "external", "l3", "l2", "scratchpad")
_UNITS = ("dma", "block_mover", "streamer", "tile", "vector")


class Statistics(dict[str, Any]):
    """The answer of `KPUSimulator.get_statistics`: a dict, by component, that draws itself in notebooks."""

    def _repr_html_(self) -> str:
        from ._pictures import UnitCycles, byte_text, cycle_bars, hierarchy

        cycle = self["machine"]["cycle"]
        counts = {kind: len(self[kind]) for kind in (*_MEMORIES, *_UNITS)}
        work = sum(tile["multiply_accumulates"] for tile in self["tile"])
        details = {}
        for kind in _MEMORIES:
            read, written = self._sum(kind, "bytes_read"), self._sum(kind, "bytes_written")
            details[kind] = f"{byte_text(read)} read, {byte_text(written)} written"
        details["tile"] = f"{work} multiply-accumulates"
        units = [
            UnitCycles(
                f"{kind.replace('_', ' ')} {number}",
                unit["busy_cycles"],
                unit["waiting_for_data_cycles"],
                unit["waiting_for_space_cycles"],
                unit["idle_cycles"],
            )
            for kind in _UNITS
            for number, unit in enumerate(self[kind])
            if kind != "vector" or unit["operations_completed"]
        ]
        return hierarchy(counts, details, f"Traffic of {cycle} cycles", self._traffic()) + cycle_bars(
            units, f"Where {cycle} cycles of each unit went"
        )

    def _traffic(self) -> dict[str, Any]:
        from ._pictures import Traffic

        traffic = {
            kind: Traffic(self._sum(kind, "port_bytes"), self._mean(kind, "port_utilization")) for kind in _MEMORIES
        }
        traffic["tile"] = Traffic(None, self._mean("tile", "utilization"))
        return traffic

    def _sum(self, kind: str, name: str) -> int:
        return sum(int(component[name]) for component in self[kind])

    def _mean(self, kind: str, name: str) -> float:
        components = self[kind]
        return sum(float(component[name]) for component in components) / len(components) if components else 0.0
