#!/usr/bin/env python3
"""Moving data through the memory hierarchy by address.

Every byte of a simulated KPU has a global address: the base of its region plus an offset. A DMA engine is told two
addresses and a size; which memories they lie in follows from the address map. Needs no numpy.
"""

from __future__ import annotations

import sys

import stillwater_kpu as kpu

FLOAT_BYTES = 4


def make_config() -> kpu.SimulatorConfig:
    """A small KPU with memory on every level."""
    config = kpu.SimulatorConfig()
    config.host_memory_region_count = 1
    config.host_memory_region_capacity_mb = 1024
    config.memory_bank_count = 2
    config.memory_bank_capacity_mb = 256
    config.l3_tile_count = 2
    config.l3_tile_capacity_kb = 512
    config.l2_bank_count = 4
    config.l2_bank_capacity_kb = 128
    config.scratchpad_count = 2
    config.scratchpad_capacity_kb = 64
    return config


def heading(text: str) -> None:
    """Begins a part of the output."""
    print(f"\n{text}\n{'-' * len(text)}")


def check(what: str, found: list[float], expected: list[float]) -> bool:
    """Says whether data arrived as it was sent."""
    if found == expected:
        print(f"  {what}: {len(expected)} numbers arrived unchanged")
        return True
    position = next(index for index, pair in enumerate(zip(found, expected)) if pair[0] != pair[1])
    print(f"  {what}: WRONG from element {position} on: {found[position]} instead of {expected[position]}")
    return False


def show_address_map(sim: kpu.KPUSimulator) -> None:
    """Prints where every region begins."""
    heading("Address map")
    regions = [
        ("host region", sim.get_host_memory_region_count(), sim.get_host_memory_region_base),
        ("external bank", sim.get_memory_bank_count(), sim.get_external_bank_base),
        ("L3 tile", sim.get_l3_tile_count(), sim.get_l3_tile_base),
        ("L2 bank", sim.get_l2_bank_count(), sim.get_l2_bank_base),
        ("scratchpad", sim.get_scratchpad_count(), sim.get_scratchpad_base),
    ]
    for name, count, base_of in regions:
        for number in range(count):
            print(f"  {name + ' ' + str(number):<16} from {base_of(number):#011x}")


def host_to_scratchpad(sim: kpu.KPUSimulator) -> bool:
    """Two transfers, the second started by the completion of the first."""
    heading("Host -> external bank 0 -> scratchpad 0")
    data = [0.5 * index for index in range(256)]
    size = FLOAT_BYTES * len(data)
    sim.write_host_memory(0, 0, data)
    host, bank, pad = sim.get_host_memory_region_base(0), sim.get_external_bank_base(0), sim.get_scratchpad_base(0)

    def in_scratchpad() -> None:
        print(f"  cycle {sim.get_current_cycle():>5}: in the scratchpad")

    def in_bank() -> None:
        print(f"  cycle {sim.get_current_cycle():>5}: in the bank")
        sim.dma_external_to_scratchpad(1, bank, pad, size, in_scratchpad)

    sim.dma_host_to_external(0, host, bank, size, in_bank)
    sim.run_until_idle()
    return check("scratchpad 0", sim.read_scratchpad(0, 0, len(data)), data)


def external_to_l3(sim: kpu.KPUSimulator) -> bool:
    """Two engines work at the same time, each between a bank and a tile of its own."""
    heading("External banks -> L3 tiles, side by side")
    rows = [[float(1000 * bank + index) for index in range(1024)] for bank in range(2)]
    size = FLOAT_BYTES * 1024
    begin = sim.get_current_cycle()
    for bank, row in enumerate(rows):
        sim.write_memory_bank(bank, 0x10000, row)
        source = sim.get_external_bank_base(bank) + 0x10000
        sim.dma_external_to_l3(bank, source, sim.get_l3_tile_base(bank), size)
    sim.run_until_idle()
    print(f"  {len(rows)} x {size} bytes took {sim.get_current_cycle() - begin} cycles")
    arrived = [check(f"L3 tile {tile}", sim.read_l3_tile(tile, 0, 1024), row) for tile, row in enumerate(rows)]
    return all(arrived)


def any_to_any(sim: kpu.KPUSimulator) -> bool:
    """One call for every pair of levels, in both directions."""
    heading("From anywhere to anywhere")
    data = [float(index * index % 97) for index in range(64)]
    size = FLOAT_BYTES * len(data)
    stations = [
        ("L3 tile 0", sim.get_l3_tile_base(0) + 0x40000),
        ("L2 bank 3", sim.get_l2_bank_base(3) + 0x1000),
        ("scratchpad 1", sim.get_scratchpad_base(1)),
        ("scratchpad 0", sim.get_scratchpad_base(0) + 0x8000),
        ("external bank 1", sim.get_external_bank_base(1)),
        ("host region 0", sim.get_host_memory_region_base(0) + 0x100000),
    ]
    sim.write_l3_tile(0, 0x40000, data)
    for (source_name, source), (target_name, target) in zip(stations, stations[1:]):
        begin = sim.get_current_cycle()
        sim.start_dma_transfer(0, source, target, size)
        sim.run_until_idle()
        print(f"  {source_name:<16} -> {target_name:<16} {sim.get_current_cycle() - begin:>5} cycles")
    return check("host region 0", sim.read_host_memory(0, 0x100000, len(data)), data)


def refused(sim: kpu.KPUSimulator) -> bool:
    """A transfer that leaves its region is refused and changes nothing."""
    heading("A transfer over the end of a scratchpad")
    last = sim.get_scratchpad_base(0) + sim.get_scratchpad_capacity(0) - 8
    try:
        sim.dma_external_to_scratchpad(0, sim.get_external_bank_base(0), last, 64)
    except IndexError as error:
        print(f"  refused: {error}")
        return not sim.is_dma_busy(0)
    print("  WRONG: it was accepted")
    return False


def main() -> int:
    """Runs all parts; the exit code says whether all went well."""
    with kpu.KPUSimulator(make_config()) as sim:
        show_address_map(sim)
        results = [host_to_scratchpad(sim), external_to_l3(sim), any_to_any(sim), refused(sim)]
        heading("Statistics")
        sim.print_stats()
    if all(results):
        print("\nAll transfers are right.")
        return 0
    print("\nSome transfers went WRONG.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
