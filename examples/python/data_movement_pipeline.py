#!/usr/bin/env python3
"""A matrix product whose data goes through every level: host, external bank, L3, L2, scratchpad, array, and back.

Each engine works at its own place in the hierarchy, and semaphores start it when its data is there; the host only
queues the work. Needs no numpy.
"""

from __future__ import annotations

import sys
from typing import Any

import stillwater_kpu as kpu
from stillwater_kpu import BlockTransform

SIZE = 16
ROW_BYTES = 4 * SIZE
MATRIX_BYTES = SIZE * ROW_BYTES
A, B, C = 0, MATRIX_BYTES, 2 * MATRIX_BYTES
"""Offsets of the three matrices in the L2 bank and in the scratchpad."""


def operands() -> tuple[list[list[float]], list[list[float]]]:
    """Two small matrices whose product is exact."""
    a = [[float((row * 3 + col) % 7) for col in range(SIZE)] for row in range(SIZE)]
    b = [[float((row - 2 * col) % 5) for col in range(SIZE)] for row in range(SIZE)]
    return a, b


def queue_everything(sim: kpu.KPUSimulator, ends: dict[str, int]) -> None:
    """Queues the whole program; nothing runs yet."""

    def at_end(step: str) -> dict[str, Any]:
        """The arguments that start the next step and note the cycle."""
        done[step] = sim.create_semaphore(step)
        return {"signal": [done[step]], "callback": lambda: ends.update({step: sim.get_current_cycle()})}

    done: dict[str, kpu.Semaphore] = {}
    host, bank, l3 = sim.get_host_memory_region_base(0), sim.get_external_bank_base(0), sim.get_l3_tile_base(0)

    # A lies row by row on the host, B column by column: it is transposed on its way from L3 to L2.
    sim.start_dma_transfer(0, host, bank, 2 * MATRIX_BYTES, **at_end("host to bank"))
    sim.start_dma_transfer(1, bank, l3, 2 * MATRIX_BYTES, wait_for=[done["host to bank"]], **at_end("bank to L3"))
    sim.start_block_move(0, 0, A, 0, A, SIZE, SIZE, wait_for=[done["bank to L3"]], **at_end("A to L2"))
    # Block mover 0 serves its queue in order, so that this waits for the same as the one before.
    sim.start_block_move(0, 0, B, 0, B, SIZE, SIZE, transform=BlockTransform.TRANSPOSE, **at_end("B to L2, transposed"))
    sim.start_row_stream(0, 0, 0, A, A, SIZE, SIZE, stagger=True, wait_for=[done["A to L2"]], **at_end("rows of A"))
    sim.start_column_stream(
        1, 0, 0, B, B, SIZE, SIZE, stagger=True, wait_for=[done["B to L2, transposed"]], **at_end("columns of B")
    )
    fed = [done["rows of A"], done["columns of B"]]
    sim.start_matmul(0, 0, SIZE, SIZE, SIZE, A, B, C, wait_for=fed, **at_end("product"))
    sim.start_drain(2, 0, 1, C, 0, SIZE, SIZE, wait_for=[done["product"]], **at_end("C to L2"))
    sim.start_block_writeback(1, 1, 0, 1, 0, SIZE, SIZE, wait_for=[done["C to L2"]], **at_end("C to L3"))
    result, there = sim.get_l3_tile_base(1), host + 2 * MATRIX_BYTES
    sim.start_dma_transfer(0, result, bank + C, MATRIX_BYTES, wait_for=[done["C to L3"]], **at_end("C to bank"))
    sim.start_dma_transfer(1, bank + C, there, MATRIX_BYTES, wait_for=[done["C to bank"]], **at_end("C to host"))


def main() -> int:
    """Runs the program and compares the result with the plain product."""
    a, b = operands()
    expected = [sum(row[k] * b[k][col] for k in range(SIZE)) for row in a for col in range(SIZE)]
    with kpu.KPUSimulator(kpu.SimulatorConfig(reach_policy="hierarchical")) as sim:
        sim.write_host_memory(0, 0, [value for row in a for value in row])
        sim.write_host_memory(0, MATRIX_BYTES, [b[row][col] for col in range(SIZE) for row in range(SIZE)])
        ends: dict[str, int] = {}
        queue_everything(sim, ends)
        sim.run_until_idle()
        for step, cycle in ends.items():
            print(f"{step:<22} done at cycle {cycle:>5}")
        right = sim.read_host_memory(0, 2 * MATRIX_BYTES, SIZE * SIZE) == expected
        hazards = len(sim.get_hazards())
    print(f"C on the host is {'right' if right else 'WRONG'}; {hazards} hazards")
    return 0 if right and not hazards else 1


if __name__ == "__main__":
    sys.exit(main())
