#!/usr/bin/env python3
"""Gathering rows of a table by number, and scattering rows back: what an embedding does.

One DMA transfer takes any rows, in any order, some of them twice; another puts updated rows back. Needs no numpy.
"""

from __future__ import annotations

import sys

import stillwater_kpu as kpu
from stillwater_kpu import geometry

ROWS, COLS = 1000, 16
ROW_BYTES = 4 * COLS


def row_of(number: int) -> list[float]:
    """A row of the table."""
    return [number + column / 100 for column in range(COLS)]


def rounded(values: list[float]) -> list[float]:
    """Values without the last digits, which float32 does not hold."""
    return [round(value, 2) for value in values]


def gather(sim: kpu.KPUSimulator, table: int) -> bool:
    """Looks up the rows of some words, in one transfer and row by row."""
    words = [17, 4, 999, 17, 256, 0]
    target = sim.get_l3_tile_base(0)
    sim.start_dma_transfer(0, table, target, layout=geometry.gather_rows(words, COLS))
    sim.run_until_idle()
    together = sim.get_current_cycle()
    found = rounded(sim.read_l3_tile(0, 0, len(words) * COLS))
    print(f"gathered rows {words} in {together} cycles; each begins with {found[::COLS]}")

    for place, word in enumerate(words):
        sim.start_dma_transfer(0, table + word * ROW_BYTES, target + place * ROW_BYTES, ROW_BYTES)
    sim.run_until_idle()
    print(f"one by one they take {sim.get_current_cycle() - together} cycles")
    return found == [value for word in words for value in rounded(row_of(word))]


def scatter(sim: kpu.KPUSimulator, table: int) -> bool:
    """Puts changed rows where they belong; the other rows stay as they are."""
    words = [999, 4, 256]
    sim.write_l3_tile(1, 0, [-float(word) for word in words for _ in range(COLS)])
    sim.start_dma_transfer(1, sim.get_l3_tile_base(1), table, layout=geometry.scatter_rows(words, COLS))
    sim.run_until_idle()
    column = rounded(sim.read_memory_bank(0, 0, ROWS * COLS)[::COLS])
    changed = [number for number, value in enumerate(column) if value != number]
    print(f"scattered rows {words}; changed are {changed}")
    return changed == sorted(words)


def refuse(sim: kpu.KPUSimulator, table: int) -> bool:
    """Two rows cannot go to the same place: which of them would stay?"""
    try:
        sim.start_dma_transfer(1, sim.get_l3_tile_base(1), table, layout=geometry.scatter_rows([7, 7], COLS))
    except ValueError as error:
        print(f"refused: {error}")
        return True
    print("WRONG: nothing was refused")
    return False


def main() -> int:
    """Runs the three parts; the exit code says whether all went well."""
    with kpu.KPUSimulator() as sim:
        sim.write_memory_bank(0, 0, [value for number in range(ROWS) for value in row_of(number)])
        table = sim.get_external_bank_base(0)
        right = [part(sim, table) for part in (gather, scatter, refuse)]
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main())
