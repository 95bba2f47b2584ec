#!/usr/bin/env python3
"""How one product scales with compute tiles: cycles, speed-up, utilisation, the lowest roof, and waiting for data.

Only times are simulated (`timing_only`), so the operands need shapes but no values. Needs no numpy.
"""

from __future__ import annotations

import stillwater_kpu as kpu

SIDE = 384


def machine(tiles: int) -> kpu.SimulatorConfig:
    """Tiles with streamers and a scratchpad of their own; everything else stays as it is."""
    return kpu.SimulatorConfig(
        compute_tile_count=tiles,
        scratchpad_count=tiles,
        streamer_count=3 * tiles,
        l3_tile_count=8,
        l2_bank_count=32,
        timing_only=True,
    )


def main() -> int:
    """Runs the same product on 1 to 16 tiles."""
    zeros = [[0.0] * SIDE] * SIDE
    first = 0
    print("tiles  cycles  speed-up  of peak  bound by  tiles wait for data")
    for tiles in (1, 2, 4, 8, 16):
        with kpu.KPUSimulator(machine(tiles)) as sim:
            report = sim.run_tiled_matmul(zeros, zeros, tile_m=48, tile_n=48, tile_k=48).report
        first = first or report.cycles
        waiting = sum(unit.waiting_for_data_cycles for unit in report.units if unit.unit.startswith("tile"))
        share = waiting / (tiles * report.cycles)
        print(
            f"{tiles:>5}  {report.cycles:>6}  {first / report.cycles:>8.2f}  {100 * report.utilization:>5.1f} %  "
            f"{report.bound:<8}  {100 * share:>17.1f} %"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
