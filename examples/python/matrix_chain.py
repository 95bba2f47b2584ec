#!/usr/bin/env python3
"""A chain of products: D = (A B) C and D = A (B C), two tiled products each.

Both ways give the same matrix up to rounding, but not the same work. Needs no numpy.
"""

from __future__ import annotations

import stillwater_kpu as kpu

TOLERANCE = 0.01
Matrix = list[list[float]]

TOLERANCE = 0.01
"""For sums of 160 products of numbers below 2, added up in different orders."""


def matrix(rows: int, cols: int, seed: int) -> Matrix:
    """A matrix of small numbers."""
    return [[((row * 7 + col * 13 + seed) % 11) / 4 - 1 for col in range(cols)] for row in range(rows)]


def main() -> int:
    """Multiplies in both orders."""
    a, b, c = matrix(16, 160, 1), matrix(160, 160, 2), matrix(160, 160, 3)
    with kpu.KPUSimulator() as sim:
        left = sim.run_tiled_matmul(a, b)
        left_to_right = sim.run_tiled_matmul(left.c, c)
        right = sim.run_tiled_matmul(b, c)
        right_to_left = sim.run_tiled_matmul(a, right.c)
        print(f"(A B) C: {left.report.cycles + left_to_right.report.cycles} cycles")
        print(f"A (B C): {right.report.cycles + right_to_left.report.cycles} cycles")
        print(f"all four: cycle {sim.get_current_cycle()}")
    largest = max(
        abs(one - other)
        for one_row, other_row in zip(left_to_right.c, right_to_left.c)
        for one, other in zip(one_row, other_row)
    )
    print(f"largest difference: {largest}")
    return 0 if largest < TOLERANCE else 1


if __name__ == "__main__":
    raise SystemExit(main())
