"""Area from Python."""

from __future__ import annotations

import pytest

import stillwater_kpu as kpu


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
