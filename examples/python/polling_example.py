#!/usr/bin/env python3
"""Watching work in progress, cycle by cycle.

Stepping costs next to nothing while nothing can happen: the simulator knows the next cycle at which something may.
"""

from __future__ import annotations

import sys

import stillwater_kpu as kpu


def main() -> int:
    """Polls two DMA engines that share a bank, then a transfer on its own."""
    with kpu.KPUSimulator(kpu.SimulatorConfig(dma_engine_count=2)) as sim:
        bank = sim.get_external_bank_base(0)
        for engine, size in enumerate((1024, 4096)):
            sim.dma_external_to_scratchpad(engine, bank, sim.get_scratchpad_base(engine), size)
        ends: dict[int, int] = {}
        while len(ends) < sim.get_dma_engine_count():
            sim.step()
            for engine in range(sim.get_dma_engine_count()):
                if engine not in ends and not sim.is_dma_busy(engine):
                    ends[engine] = sim.get_current_cycle()
        print(f"sharing a bank: engine 0 was done at cycle {ends[0]}, engine 1 at cycle {ends[1]}")

        begin = sim.get_current_cycle()
        done: list[int] = []
        sim.dma_external_to_scratchpad(0, bank, sim.get_scratchpad_base(0), 1024, lambda: done.append(1))
        while not done:
            sim.step()
        cycles = sim.get_current_cycle() - begin
        print(f"alone: 1024 bytes took {cycles} cycles, {sim.get_simulated_time_ns():.0f} ns since the start")
    return 0 if cycles == 145 and ends[0] > cycles else 1  # noqa: PLR2004  # the figure of the user guide


if __name__ == "__main__":
    sys.exit(main())
