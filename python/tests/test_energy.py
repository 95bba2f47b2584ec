"""Energy from Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import stillwater_kpu as kpu

if TYPE_CHECKING:
    from pathlib import Path

MINE = """
kind: kpu-energy-table
version: 1
name: mine
multiply_accumulate_pj: {float32: 2}
memories:
  host: [{read_pj_per_byte: 0, write_pj_per_byte: 0}]
  external: [{read_pj_per_byte: 1, write_pj_per_byte: 3}]
  l3: [{read_pj_per_byte: 0, write_pj_per_byte: 0}]
  l2: [{read_pj_per_byte: 0, write_pj_per_byte: 0}]
  scratchpad: [{read_pj_per_byte: 0, write_pj_per_byte: 0}]
mover_pj_per_byte: {dma: 0.5}
static_mw: {machine: 4}
"""


def test_a_transfer_costs_what_the_table_says(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(MINE, encoding="utf-8")
    with kpu.KPUSimulator() as sim:
        sim.dma_external_to_scratchpad(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 1024)
        sim.run_until_idle()
        report = sim.get_energy(path)
        energies = {part.component: part.dynamic_pj for part in report.parts}
        assert (energies["external"], energies["dma"], energies["arrays"]) == (1024, 512, 0)
        assert report.static_pj == 4 * report.time_ns
        assert report.total_pj == 1536 + report.static_pj
        assert report.pj_per_operation is None
        assert str(report).startswith("mine: ")
        assert "external" in report._repr_html_()


def test_products_by_format() -> None:
    with kpu.KPUSimulator() as sim:
        sim.run_tiled_matmul([[1] * 8] * 8, [[1] * 8] * 8, dtype="int8")
        report = sim.get_energy("t64")
        assert report.multiply_accumulates == 512
        assert {part.component: part.dynamic_pj for part in report.parts}["arrays"] == 512 * 0.25
        assert {part.component for part in report.parts} >= {"block_mover", "vector_units", "machine"}
        operations = {each.operation: each for each in report.operations}
        assert operations["product"].unit_pj == 512 * 0.25
        assert operations["block_mover"].completed > 0
        assert sum(each.dynamic_pj for each in report.operations) == pytest.approx(report.dynamic_pj)
        sim.reset()
        assert sim.get_energy().total_pj == 0
        assert str(sim.get_energy()) == "horowitz_45nm: 0.000 uJ, 0.00 mW"


def test_wrong_input(tmp_path: Path) -> None:
    with kpu.KPUSimulator() as sim:
        with pytest.raises(ValueError, match="no energy table 't65'"):
            sim.get_energy("t65")
        with pytest.raises(OSError, match="none"):
            sim.get_energy(tmp_path / "none.yaml")
        path = tmp_path / "wrong.yaml"
        path.write_text(MINE.replace("dma: 0.5", "dma: -1"), encoding="utf-8")
        with pytest.raises(kpu.ConfigError, match=r"line 12, .*mover_pj_per_byte.dma must be a number from 0"):
            sim.get_energy(path)
        with pytest.raises(TypeError):
            sim.get_energy(3)  # type: ignore[arg-type]
        sim.run_tiled_matmul([[1.0]], [[1.0]], dtype="float8_e4m3")
        with pytest.raises(ValueError, match="no figure for multiply-accumulates of float8_e4m3"):
            sim.get_energy("t64")


def test_dram_is_accounted_for_by_its_commands() -> None:
    with kpu.KPUSimulator(kpu.SimulatorConfig(fidelity="cycle")) as sim:
        sim.start_dma_transfer(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 4096)
        sim.run_until_idle()
        report = sim.get_energy("t64")
    assert isinstance(report.dram, kpu.DramEnergy)
    (external,) = (part for part in report.parts if part.component == "external")
    assert external.dynamic_pj == pytest.approx(sum(report.dram) - report.dram.background_pj)
    with kpu.KPUSimulator() as sim:
        assert sim.get_energy("eyeriss_ratios").dram is None
        assert sim.get_energy("eyeriss_ratios").unit == "MAC"
        assert "pJ" not in str(sim.get_energy("eyeriss_ratios"))
