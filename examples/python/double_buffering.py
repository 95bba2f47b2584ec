#!/usr/bin/env python3
"""What double buffering is worth: one product with one buffer at every level, and with two.

With one buffer an operand can only be brought when the one before has been used. With two, the next one arrives
while the arrays work. The result is the same, bit by bit. Needs no numpy.
"""

from __future__ import annotations

import stillwater_kpu as kpu

SIDE = 192


def matrix(seed: int) -> list[list[float]]:
    """A matrix of small numbers."""
    return [[((row * 31 + col * 17 + seed) % 23) / 8 - 1 for col in range(SIDE)] for row in range(SIDE)]


def main() -> int:
    """Runs both and compares."""
    a, b = matrix(1), matrix(2)
    results = {}
    for double_buffer in (False, True):
        with kpu.KPUSimulator() as sim:
            results[double_buffer] = sim.run_tiled_matmul(
                a, b, tile_m=48, tile_n=48, tile_k=48, double_buffer=double_buffer
            )
    single, double = results[False].report, results[True].report
    for name, report in (("one buffer", single), ("two buffers", double)):
        waiting = sum(unit.waiting_for_space_cycles for unit in report.units if unit.unit.startswith("block mover"))
        print(
            f"{name:<12} {report.cycles:>6} cycles, {100 * report.utilization:4.1f} % of peak, "
            f"block movers wait {waiting} cycles for space"
        )
    print(f"two buffers take {double.cycles / single.cycles:.2f} of the time")
    if results[False].c != results[True].c:
        print("the results differ")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
