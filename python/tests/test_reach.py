"""Which memories the engines reach."""

from __future__ import annotations

import pytest

import stillwater_kpu as kpu


def test_hierarchical_reach_moves_data_level_by_level() -> None:
    sim = kpu.KPUSimulator(kpu.SimulatorConfig(reach_policy="hierarchical"))
    bank, l3 = sim.get_external_bank_base(0), sim.get_l3_tile_base(0)
    l2, pad = sim.get_l2_bank_base(0), sim.get_scratchpad_base(0)
    sim.write_memory_bank(0, 0, [1.5, -2.0])
    calls: list[int] = []
    with pytest.raises(RuntimeError, match="DMA engine 0 cannot move data from external banks to scratchpads"):
        sim.dma_external_to_scratchpad(0, bank, pad, 8, lambda: calls.append(1))
    with pytest.raises(RuntimeError, match="use a block mover"):
        sim.start_stream_transfer(0, l3, l2, 8)
    sim.start_dma_transfer(0, bank, l3, 8)
    sim.run_until_idle()
    sim.start_block_transfer(0, l3, l2, 8)
    sim.run_until_idle()
    sim.start_stream_transfer(0, l2, pad, 8)
    sim.run_until_idle()
    assert sim.read_scratchpad(0, 0, 2) == [1.5, -2.0]
    assert calls == []


def test_the_products_that_use_dma_say_so() -> None:
    sim = kpu.KPUSimulator(kpu.SimulatorConfig(reach_policy="hierarchical"))
    sim.write_memory_bank(0, 0, [7.0])
    with pytest.raises(RuntimeError, match="reach_policy 'hierarchical'"):
        sim.run_matmul_test(kpu.generate_simple_matmul_test())
    assert sim.read_memory_bank(0, 0, 1) == [7.0]
    assert all(check.passed for check in sim.run_self_test())
