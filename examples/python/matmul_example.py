#!/usr/bin/env python3
"""A matrix product on a systolic array: first step by step, then in one call.

Numbers go host -> external bank -> scratchpad -> array -> scratchpad. The result is read from the simulated memory.
"""

from __future__ import annotations

import sys

import stillwater_kpu as kpu

M, N, K = 2, 2, 2
A = [1.0, 2.0, 3.0, 4.0]
B = [2.0, 0.0, 1.0, 2.0]
C = [4.0, 4.0, 10.0, 8.0]


def step_by_step(sim: kpu.KPUSimulator) -> bool:
    """Brings the operands to a scratchpad and multiplies there."""
    bank, pad = sim.get_external_bank_base(0), sim.get_scratchpad_base(0)
    sim.write_memory_bank(0, 0, A + B)
    sim.dma_external_to_scratchpad(0, bank, pad, 4 * len(A + B))
    sim.run_until_idle()
    print(f"operands are in the scratchpad at cycle {sim.get_current_cycle()}")

    def multiplied() -> None:
        print(f"product is there at cycle {sim.get_current_cycle()}")

    sim.start_matmul(0, 0, M, N, K, 0, 4 * len(A), 4 * len(A + B), multiplied)
    sim.run_until_idle()
    result = sim.read_scratchpad(0, 4 * len(A + B), M * N)
    print(f"C = {result}")
    return result == C


def in_one_call(sim: kpu.KPUSimulator) -> bool:
    """Generated operands of several sizes, compared with the plain float32 product."""
    right = []
    for size in (4, 8, 16, 32):
        begin = sim.get_current_cycle()
        right.append(sim.run_matmul_test(kpu.generate_simple_matmul_test(size, size, size)))
        cycles = sim.get_current_cycle() - begin
        print(f"{size:>3} x {size:<3} {'right' if right[-1] else 'WRONG'}, {cycles} cycles with all transfers")
    return all(right)


def main() -> int:
    """Runs both parts; the exit code says whether all went well."""
    with kpu.KPUSimulator() as sim:
        return 0 if all([step_by_step(sim), in_one_call(sim)]) else 1


if __name__ == "__main__":
    sys.exit(main())
