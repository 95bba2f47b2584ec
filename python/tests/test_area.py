"""Area from Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import stillwater_kpu as kpu

if TYPE_CHECKING:
    from pathlib import Path

MINE = """kind: kpu-area-table
version: 1
name: mine
element_um2: {operands_32_bit: 4000}
memory_um2_per_kb: {l3: 1000, l2: 2000, scratchpad: 4000}
unit_um2: {dma: 50000, vector_lane: 1000}
"""


def test_area_of_a_configuration() -> None:
    fields = {"operand_bits": 8, "l3_tile_count": 2, "l3_tile_capacity_kb": 256, "compute_tile_count": 1}
    with kpu.KPUSimulator(kpu.SimulatorConfig.from_dict(fields)) as sim:
        report = sim.get_area()
        parts = {part.component: part for part in report.parts}
        assert parts["l3"].mm2 == pytest.approx(2 * 0.707084)
        assert parts["arrays"].mm2 == pytest.approx(parts["arrays"].instances * 332.25e-6)
        assert report.total_mm2 == pytest.approx(sum(part.mm2 for part in report.parts))
        assert "streamers" in report.not_counted
        assert str(report).startswith(f"timeloop_40nm: {report.total_mm2:.3f} mm2, without DMA engines")
        assert "arrays" in report._repr_html_()


def test_what_a_table_does_not_have() -> None:
    with kpu.KPUSimulator() as sim:
        with pytest.raises(ValueError, match="no area table 'timeloop_7nm'"):
            sim.get_area("timeloop_7nm")
        with pytest.raises(ValueError, match="no figure for elements with operands of 32 bits"):
            sim.get_area()
        with pytest.raises(TypeError):
            sim.get_area(3)  # type: ignore[arg-type]


def test_a_table_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(MINE, encoding="utf-8")
    fields = {"l2_bank_count": 3, "l2_bank_capacity_kb": 64, "dma_engine_count": 5, "compute_tile_count": 2}
    with kpu.KPUSimulator(kpu.SimulatorConfig.from_dict(fields)) as sim:
        report = sim.get_area(path)
        parts = {part.component: (part.instances, part.mm2) for part in report.parts}
        assert parts["l2"] == (3, pytest.approx(3 * 64 * 2000e-6))
        assert parts["arrays"] == (512, pytest.approx(512 * 4000e-6))
        assert parts["dma"] == (5, pytest.approx(0.25))
        assert parts["vector_lane"] == (16, pytest.approx(0.016))
        assert report.not_counted == ("block movers", "streamers", "control of tiles", "wires")
        path.write_text(MINE.replace("50000", "-1").replace("l3: 1000", "l4: 1000"), encoding="utf-8")
        with pytest.raises(kpu.ConfigError) as raised:
            sim.get_area(path)
        assert "line 5" in str(raised.value)
        assert "unit_um2.dma must be a number from 0 (um2), got -1" in str(raised.value)
        with pytest.raises(FileNotFoundError):
            sim.get_area(tmp_path / "none.yaml")
