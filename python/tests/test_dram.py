"""External memory as DRAM."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

import stillwater_kpu as kpu

if TYPE_CHECKING:
    from pathlib import Path


def _machine(**fields: object) -> kpu.KPUSimulator:
    return kpu.KPUSimulator(
        kpu.SimulatorConfig.from_dict({"fidelity": "cycle", "memory_bank_capacity_mb": 64, **fields})
    )


def test_a_lone_read_takes_the_times_of_the_part() -> None:
    # tRCD 14, CL 14, burst 2 at 1 GHz, then L3 20, L2 10 and the scratchpad 5.
    sim = _machine(dram_part="HBM2-x128")
    sim.write_memory_bank(0, 0, [1.5] * 16)
    sim.start_dma_transfer(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 64)
    sim.run_until_idle()
    assert sim.get_current_cycle() == 14 + 14 + 2 + 35
    assert sim.read_scratchpad(0, 0, 16) == [1.5] * 16


def test_figures_of_its_own_count_instead_of_the_parts() -> None:
    cycles = []
    for figures in ("", "CL=20", {"CL": 20}, {"CL": 20.0, "tRP": 15}):
        sim = _machine(dram_part="HBM2-x128", dram_figures=figures)
        sim.start_dma_transfer(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 64)
        sim.run_until_idle()
        cycles.append(sim.get_current_cycle() - 35)
    assert cycles == [14 + 14 + 2, 14 + 20 + 2, 14 + 20 + 2, 14 + 20 + 2]


def test_figures_are_fields_as_others_are(tmp_path: Path) -> None:
    config = kpu.SimulatorConfig(dram_figures={"clock_ps": 833.5, "tRFC": 1_000_000})
    assert config.dram_figures == "clock_ps=833.5, tRFC=1000000"
    assert eval(repr(config), {"SimulatorConfig": kpu.SimulatorConfig}) == config
    config.dram_figures = "CL=20"
    config.to_file(tmp_path / "machine.yaml")
    assert kpu.SimulatorConfig.from_file(tmp_path / "machine.yaml") == config


@pytest.mark.parametrize(
    ("figures", "error", "message"),
    [
        (24, kpu.ConfigTypeError, "figures by name"),
        ({"CL": "24"}, kpu.ConfigTypeError, "each a number"),
        ({"CL": None}, kpu.ConfigTypeError, "each a number"),
        ({"CL": -1}, kpu.ConfigError, "from 0"),
        ({"CL": math.nan}, kpu.ConfigError, "from 0"),
        ({"tRC": 40}, kpu.ConfigError, r"tRC \(40\) is less than tRAS"),
        ({"cl": 20}, kpu.ConfigError, "there is no figure 'cl'"),
    ],
)
def test_figures_that_make_no_sense_are_refused(figures: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        kpu.KPUSimulator(kpu.SimulatorConfig(dram_part="DDR4-2400", dram_figures=figures))


def test_steps_below_the_horizon_meet_the_same_cycles() -> None:
    cycles = []
    for stepped in (False, True):
        sim = _machine(dram_channels=2)
        sim.start_dma_transfer(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 5000)
        sim.start_dma_transfer(1, sim.get_scratchpad_base(1), sim.get_external_bank_base(0) + 8192, 5000)
        while stepped and sim.is_dma_busy(0):
            sim.step()
        sim.run_until_idle()
        cycles.append((sim.get_current_cycle(), sim.get_statistics()["external"]))
    assert cycles[0] == cycles[1]


def test_statistics_say_what_dram_did() -> None:
    sim = _machine(dram_part="HBM3-6400", dram_channels=16)
    sim.start_dma_transfer(0, sim.get_external_bank_base(1), sim.get_scratchpad_base(0), 65536)
    sim.run_until_idle()
    unused, used = sim.get_statistics()["external"]
    assert (used["dram_reads"], used["dram_writes"], used["dram_row_hits"]) == (2048, 0, 1984)
    assert (unused["dram_reads"], unused["dram_activates"]) == (0, 0)


def test_a_checkpoint_amid_bursts_is_exact() -> None:
    sim = _machine()
    sim.start_dma_transfer(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 50_000)
    sim.run_for(700)
    checkpoint = sim.checkpoint()
    sim.run_until_idle()
    expected = (sim.get_current_cycle(), sim.get_statistics()["external"])
    sim.restore(checkpoint)
    sim.run_until_idle()
    assert (sim.get_current_cycle(), sim.get_statistics()["external"]) == expected


def test_dram_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(kpu.ConfigError, match="HBM3-6400"):
        kpu.SimulatorConfig(dram_part="HBM3")
    with pytest.raises(kpu.ConfigError, match="use dram_channels 4"):
        kpu.KPUSimulator(kpu.SimulatorConfig(fidelity="cycle", dram_part="HBM2-2000"))


def test_a_tiled_product_has_the_same_values_and_other_times() -> None:
    a = [[float((row * column) % 7) for column in range(40)] for row in range(48)]
    b = [[float((row + column) % 5) - 2 for column in range(56)] for row in range(40)]
    coarse, fine = (_machine(fidelity=fidelity).run_tiled_matmul(a, b) for fidelity in ("transaction", "cycle"))
    assert fine.c == coarse.c
    assert fine.report.cycles != coarse.report.cycles
