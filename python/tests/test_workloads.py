"""Workload files from Python."""

from __future__ import annotations

from pathlib import Path

import pytest

import stillwater_kpu as kpu

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "workloads"

HEAD = """
kind: kpu-workload
version: 1
areas:
  - {name: A, memory: external 0, rows: 4, cols: 4, fill: ramp}
  - {name: B, memory: l1 0, rows: 4, cols: 4}
"""


@pytest.mark.parametrize("name", ["seed_transfer", "double_buffer", "two_layers", "gather", "int8_layer", "race"])
def test_examples_do_what_they_say(name: str) -> None:
    path = EXAMPLES / f"{name}.yaml"
    with kpu.KPUSimulator(kpu.load_workload_config(path)) as sim:
        result = sim.run_workload(path)
        assert result.ok
        assert result.expectations
        assert result.cycles == sim.get_current_cycle()


def test_the_seed_s_transfer_takes_145_cycles() -> None:
    path = EXAMPLES / "seed_transfer.yaml"
    config = kpu.load_workload_config(path)
    assert (config.memory_bank_capacity_mb, config.dma_engine_count) == (64, 4)
    with kpu.KPUSimulator(config) as sim:
        result = sim.run_workload(path)
        assert (result.cycles, result.pieces, result.hazards) == (145, 1, 0)
        assert sim.read_scratchpad(0, 0, 4) == [0.0, 1.0, 2.0, 3.0]
        assert str(result).splitlines() == [
            "145 cycles, 145 ns, 1 pieces of work, 0 hazards",
            "  ok      target equals source",
            "  ok      145 cycles",
        ]
        assert "target equals source" in result._repr_html_()


def test_a_file_that_asks_for_no_machine_gets_the_default_one() -> None:
    assert kpu.load_workload_config(EXAMPLES / "tiled.yaml") == kpu.SimulatorConfig()


def test_text_and_progress_and_barriers() -> None:
    seen: list[tuple[int, int]] = []
    steps = "program: [{transfer: {engine: dma 0, from: A, to: B}}, {wait_until_done: all}, {transfer: {engine: dma 0, from: B, to: A}}]"
    with kpu.KPUSimulator() as sim:
        once = sim.run_workload(text=HEAD + steps, progress=lambda done, whole: seen.append((done, whole)))
        again = sim.run_workload(text=HEAD + steps)
        assert once == again
        assert seen[-1][0] == seen[-1][1]
        assert sim.get_current_cycle() == 2 * once.cycles


def test_what_does_not_hold_is_told() -> None:
    with kpu.KPUSimulator() as sim:
        result = sim.run_workload(text=HEAD + "program: []\nexpect: [{area: B, equals: A}, {cycles: [7]}]")
        assert not result.ok
        assert [each.is_met for each in result.expectations] == [False, False]
        assert result.expectations[0] == ("B equals A", False, "0 instead of 1 in row 0, column 1", 8)
    with kpu.KPUSimulator(kpu.SimulatorConfig(timing_only=True)) as sim:
        timed = sim.run_workload(text=HEAD + "program: []\nexpect: [{area: B, equals: A}]")
        assert timed.ok
        assert timed.expectations[0].is_met is None


def test_a_deadlock_names_who_waits() -> None:
    with kpu.KPUSimulator() as sim:
        with pytest.raises(RuntimeError, match="second_done"):
            sim.run_workload(EXAMPLES / "deadlock.yaml")
        sim.reset()
        assert sim.run_workload(EXAMPLES / "gather.yaml").ok


def test_wrong_input(tmp_path: Path) -> None:
    with kpu.KPUSimulator() as sim:
        with pytest.raises(kpu.ConfigError, match=r"line 7.*programm is not a known key"):
            sim.run_workload(text=HEAD + "programm: []\nprogram: []")
        with pytest.raises(IndexError, match=r"line 8: DMA engine 9 does not exist"):
            sim.run_workload(text=HEAD + "program:\n  - transfer: {engine: dma 9, from: A, to: B}")
        with pytest.raises(TypeError, match="either the path"):
            sim.run_workload()
        with pytest.raises(TypeError, match="either the path"):
            sim.run_workload("a.yaml", text="")
        with pytest.raises(ValueError, match="format must be"):
            sim.run_workload(text="", format="toml")
        with pytest.raises(OSError, match="none"):
            sim.run_workload(tmp_path / "none.yaml")
        (tmp_path / "bytes.yaml").write_bytes(b"\xff")
        with pytest.raises(kpu.ConfigError, match="no UTF-8"):
            sim.run_workload(tmp_path / "bytes.yaml")
        sim.start_dma_transfer(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 64)
        with pytest.raises(RuntimeError, match="without work"):
            sim.run_workload(EXAMPLES / "gather.yaml")
        sim.run_until_idle()
        assert sim.run_workload(EXAMPLES / "gather.yaml").ok
