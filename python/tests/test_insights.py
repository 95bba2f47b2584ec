"""What stands out in a run."""

from __future__ import annotations

import stillwater_kpu as kpu


def test_a_product_that_waits_for_its_transfers() -> None:
    with kpu.KPUSimulator(kpu.SimulatorConfig(timing_only=True)) as sim:
        assert sim.get_insights() == []
        sim.run_tiled_matmul(shape=(64, 64, 64))
        insights = sim.get_insights()
    assert [insight.rule for insight in insights] == ["idle-arrays", "short-transfers", "shared-ports"]
    assert insights[0].share > insights[1].share > 0
    assert str(insights[1]).startswith("DMA engines are busy ")
    assert "transfers are short" in insights[1].cause


def test_hazards_stand_out_first() -> None:
    with kpu.KPUSimulator() as sim:
        for engine in (0, 1):
            sim.start_dma_transfer(engine, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 1024)
        sim.run_until_idle()
        assert sim.get_insights()[0].rule == "hazards"
