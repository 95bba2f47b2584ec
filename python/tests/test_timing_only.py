"""Simulators of times without values."""

from __future__ import annotations

import pytest

import stillwater_kpu as kpu


def test_times_are_those_of_a_simulator_with_values() -> None:
    cycles = []
    for timing_only in (False, True):
        with kpu.KPUSimulator(kpu.SimulatorConfig(timing_only=timing_only)) as sim:
            source, destination = sim.get_external_bank_base(0), sim.get_scratchpad_base(0)
            sim.start_dma_transfer(0, source, destination, 1024)
            sim.start_matmul(0, 0, 16, 16, 16, 0, 1024, 2048)
            sim.run_until_idle()
            cycles.append((sim.get_current_cycle(), sim.get_statistics()["scratchpad"][0]["bytes_written"]))
    assert cycles[0] == cycles[1] == (145, 2048)


def test_memories_hold_no_values() -> None:
    with kpu.KPUSimulator(kpu.SimulatorConfig(timing_only=True)) as sim:
        for access in (
            lambda: sim.write_memory_bank(0, 0, [1.0]),
            lambda: sim.read_memory_bank(0, 0, 1),
            lambda: sim.write_scratchpad(0, 0, [1.0] * 100_000),
            lambda: sim.run_matmul_test(kpu.generate_simple_matmul_test()),
        ):
            with pytest.raises(RuntimeError, match="hold no values; set timing_only to false") as raised:
                access()
            assert raised.value.code == "KPU_TIMING_ONLY"
        sim.run_until_idle()
        assert sim.get_current_cycle() == 0


def test_the_self_test_has_values() -> None:
    with kpu.KPUSimulator(kpu.SimulatorConfig(timing_only=True)) as sim:
        assert all(check.passed for check in sim.run_self_test())
