"""Transfers and matrix products: values, times, units."""

from __future__ import annotations

import inspect

import pytest

import stillwater_kpu as kpu

DMA_ARGUMENTS = {
    "start_dma_transfer": ["dma_id", "src_addr", "dst_addr", "size", "callback"],
    "dma_host_to_external": ["dma_id", "host_addr", "external_addr", "size", "callback"],
    "dma_external_to_host": ["dma_id", "external_addr", "host_addr", "size", "callback"],
    "dma_host_to_l3": ["dma_id", "host_addr", "l3_addr", "size", "callback"],
    "dma_l3_to_host": ["dma_id", "l3_addr", "host_addr", "size", "callback"],
    "dma_external_to_l3": ["dma_id", "external_addr", "l3_addr", "size", "callback"],
    "dma_l3_to_external": ["dma_id", "l3_addr", "external_addr", "size", "callback"],
    "dma_host_to_scratchpad": ["dma_id", "host_addr", "scratchpad_addr", "size", "callback"],
    "dma_scratchpad_to_host": ["dma_id", "scratchpad_addr", "host_addr", "size", "callback"],
    "dma_external_to_scratchpad": ["dma_id", "external_addr", "scratchpad_addr", "size", "callback"],
    "dma_scratchpad_to_external": ["dma_id", "scratchpad_addr", "external_addr", "size", "callback"],
    "dma_scratchpad_to_scratchpad": ["dma_id", "src_scratchpad_addr", "dst_scratchpad_addr", "size", "callback"],
}
LEVELS = {
    "host": ("get_host_memory_region_base", "host_memory"),
    "external": ("get_external_bank_base", "memory_bank"),
    "l3": ("get_l3_tile_base", "l3_tile"),
    "scratchpad": ("get_scratchpad_base", "scratchpad"),
}


@pytest.mark.parametrize("name", list(DMA_ARGUMENTS))
def test_argument_names(name: str) -> None:
    parameters = inspect.signature(getattr(kpu.KPUSimulator, name)).parameters
    by_position = [each for each, parameter in parameters.items() if parameter.kind is not parameter.KEYWORD_ONLY]
    assert by_position[1:] == DMA_ARGUMENTS[name]
    assert parameters["callback"].default is None


@pytest.mark.parametrize("name", [name for name in DMA_ARGUMENTS if name.startswith("dma_")])
def test_convenience_calls_move_data(sim: kpu.KPUSimulator, name: str) -> None:
    source_level, target_level = name[len("dma_") :].split("_to_")
    base_of_source, source = LEVELS[source_level]
    base_of_target, target = LEVELS[target_level]
    data = [float(index) for index in range(33)]
    getattr(sim, f"write_{source}")(0, 64, data)
    target_id = 1 if source == target else 0
    arguments = dict(
        zip(
            DMA_ARGUMENTS[name],
            (1, getattr(sim, base_of_source)(0) + 64, getattr(sim, base_of_target)(target_id) + 4, 132),
        )
    )
    called: list[int] = []
    getattr(sim, name)(**arguments, callback=lambda: called.append(sim.get_current_cycle()))
    assert sim.is_dma_busy(1)
    assert not sim.is_dma_busy(0)
    assert getattr(sim, f"read_{target}")(target_id, 4, 33) == [0.0] * 33
    sim.run_until_idle()
    assert getattr(sim, f"read_{target}")(target_id, 4, 33) == data
    assert called == [sim.get_current_cycle()]
    getattr(sim, name)(*arguments.values())  # the callback is optional, and so are keywords
    sim.run_until_idle()


@pytest.mark.parametrize(("size", "cycles"), [(0, 135), (1, 135), (100, 135), (101, 136), (1024, 145)], ids=str)
def test_times_of_the_timing_rules(sim: kpu.KPUSimulator, size: int, cycles: int) -> None:
    sim.dma_external_to_scratchpad(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), size)
    sim.run_until_idle()
    assert sim.get_current_cycle() == cycles


def test_movers_and_streamers(sim: kpu.KPUSimulator) -> None:
    data = [float(index) for index in range(1024)]
    sim.write_l3_tile(0, 0, data)
    ends: list[int] = []

    def at_end() -> None:
        ends.append(sim.get_current_cycle())

    sim.start_block_transfer(3, sim.get_l3_tile_base(0), sim.get_l2_bank_base(0), 4096, at_end)
    assert (sim.is_block_mover_busy(3), sim.is_block_mover_busy(0)) == (True, False)
    sim.run_until_idle()
    assert ends == [93]
    sim.start_stream_transfer(7, sim.get_l2_bank_base(0), sim.get_scratchpad_base(0), 4096, callback=at_end)
    assert (sim.is_streamer_busy(7), sim.is_streamer_busy(0)) == (True, False)
    sim.run_until_idle()
    assert ends == [93, 93 + 78]
    assert sim.read_scratchpad(0, 0, 1024) == data
    sim.start_stream_transfer(
        streamer_id=0,
        src_addr=sim.get_scratchpad_base(0),
        dst_addr=sim.get_l2_bank_base(1),
        size=4096,
        stream="columns",
    )
    sim.run_until_idle()
    assert sim.read_l2_bank(1, 0, 1024) == data


def test_stream_widths() -> None:
    config = kpu.SimulatorConfig(systolic_array_rows=8, systolic_array_cols=32)
    cycles = {}
    for stream in ("rows", "columns"):
        with kpu.KPUSimulator(config) as sim:
            sim.start_stream_transfer(0, sim.get_l2_bank_base(0), sim.get_scratchpad_base(0), 4096, stream)
            sim.run_until_idle()
            cycles[stream] = sim.get_current_cycle()
    assert cycles == {"rows": 15 + 4096 // (4 * 32) - 1, "columns": 15 + 4096 // (4 * 8) - 1}


def test_a_queue_is_served_in_order(sim: kpu.KPUSimulator) -> None:
    bank, pad = sim.get_external_bank_base(0), sim.get_scratchpad_base(0)
    order: list[tuple[int, int]] = []
    for number in range(3):
        sim.write_memory_bank(0, 1024 * number, [float(number)] * 256)
        sim.start_dma_transfer(
            0, bank + 1024 * number, pad, 1024, lambda number=number: order.append((number, sim.get_current_cycle()))
        )
    assert sim.get_dma_queue_size(0) == sim.get_dma_engine(0).get_queue_size() == 3
    sim.run_until_idle()
    assert order == [(0, 145), (1, 290), (2, 435)]
    assert sim.get_dma_queue_size(0) == 0
    assert sim.read_scratchpad(0, 0, 1) == [2.0]


def test_the_source_is_read_at_the_start(sim: kpu.KPUSimulator) -> None:
    bank, pad = sim.get_external_bank_base(0), sim.get_scratchpad_base(0)
    sim.write_memory_bank(0, 0, [1.0])
    sim.start_dma_transfer(0, bank, pad, 4)
    sim.write_memory_bank(0, 0, [2.0])  # before the next step: seen
    sim.step()
    sim.write_memory_bank(0, 0, [3.0])  # after: not seen
    sim.run_until_idle()
    assert sim.read_scratchpad(0, 0, 1) == [2.0]


def test_hazards() -> None:
    with kpu.KPUSimulator() as sim:
        bank, pad = sim.get_external_bank_base(0), sim.get_scratchpad_base(0)
        sim.start_dma_transfer(0, bank, pad, 1024)
        sim.start_dma_transfer(1, pad + 512, bank + 4096, 256)
        sim.run_for(10)
        (open_record,) = sim.get_hazards()
        assert open_record.until_cycle is None
        sim.run_until_idle()
        (record,) = sim.get_hazards()
        assert record == kpu.HazardRecord(
            "read-after-write",
            kpu.WorkLabel(0, "dma 0"),
            kpu.WorkLabel(1, "dma 1"),
            pad + 512,
            256,
            0,
            record.until_cycle,
        )
        assert record.later.unit == "dma 1"
        assert record.until_cycle is not None
        assert sim.get_statistics()["machine"]["hazard_count"] == 1
        sim.reset()
        assert sim.get_hazards() == []


def test_the_hazard_policies() -> None:
    def conflict(sim: kpu.KPUSimulator) -> None:
        bank, pad = sim.get_external_bank_base(0), sim.get_scratchpad_base(0)
        sim.start_dma_transfer(0, bank, pad, 1024)
        sim.start_dma_transfer(1, bank, pad, 1024)

    with kpu.KPUSimulator(kpu.SimulatorConfig(hazard_policy="raise")) as sim:
        conflict(sim)
        with pytest.raises(RuntimeError, match="write-after-write") as raised:
            sim.step()
        assert raised.value.code == "KPU_HAZARD"
        sim.run_until_idle()
        assert not sim.is_dma_busy(0)
        assert not sim.is_dma_busy(1)
    with kpu.KPUSimulator(kpu.SimulatorConfig(hazard_policy="off")) as sim:
        conflict(sim)
        sim.run_until_idle()
        assert sim.get_hazards() == []


def test_matmul(sim: kpu.KPUSimulator) -> None:
    sim.write_scratchpad(0, 0, [1.0, 2.0, 3.0, 4.0])
    sim.write_scratchpad(0, 16, [5.0, 6.0, 7.0, 8.0])
    ends: list[int] = []
    sim.start_matmul(
        tile_id=1, scratchpad_id=0, m=2, n=2, k=2, a_addr=0, b_addr=16, c_addr=32,
        callback=lambda: ends.append(sim.get_current_cycle()),
    )  # fmt: skip
    assert (sim.is_compute_busy(1), sim.is_compute_busy(0)) == (True, False)
    sim.run_until_idle()
    assert sim.read_scratchpad(0, 32, 4) == [19.0, 22.0, 43.0, 50.0]
    assert ends == [16 + 16 + 2 - 2] == [sim.get_current_cycle()]
    assert not sim.is_compute_busy(1)


@pytest.mark.parametrize(
    ("fields", "cycles"),
    [
        ({}, 92),
        ({"dataflow": "weight_stationary"}, 63),
        ({"dataflow": "input_stationary"}, 124),
        ({"use_systolic_arrays": False}, 4352),
    ],
)
def test_dataflows(fields: dict[str, object], cycles: int) -> None:
    with kpu.KPUSimulator(kpu.SimulatorConfig(**fields)) as sim:
        sim.start_matmul(0, 0, 17, 16, 16, 0, 4096, 8192)
        sim.run_until_idle()
        assert sim.get_current_cycle() == cycles
        using = fields.get("use_systolic_arrays", True)
        assert sim.is_using_systolic_arrays() is sim.is_using_systolic_array_mode() is using
        sizes = (
            sim.get_systolic_array_rows(),
            sim.get_processor_array_cols(1),
            sim.get_systolic_array_total_pes(tile_id=0),
        )
        assert sizes == ((16, 16, 256) if using else (0, 0, 0))


def test_functional_fidelity_takes_no_time() -> None:
    with kpu.KPUSimulator(kpu.SimulatorConfig(fidelity="functional")) as sim:
        bank, pad = sim.get_external_bank_base(0), sim.get_scratchpad_base(0)
        sim.write_memory_bank(0, 0, [1.0, 2.0])
        done: list[int] = []
        sim.start_dma_transfer(0, bank, pad, 8, lambda: done.append(sim.get_current_cycle()))
        sim.run_until_idle()
        assert sim.read_scratchpad(0, 0, 2) == [1.0, 2.0]
        assert done == [sim.get_current_cycle()] == [0]


def test_the_inventory(sim: kpu.KPUSimulator) -> None:
    counts = ["host_memory_region", "memory_bank", "l3_tile", "l2_bank", "scratchpad", "compute_tile", "dma_engine",
              "block_mover", "streamer"]  # fmt: skip
    assert [getattr(sim, f"get_{name}_count")() for name in counts] == [1, 2, 4, 8, 2, 2, 2, 4, 8]
    capacities = [getattr(sim, f"get_{name}_capacity")(0) for name in counts[:5]]
    assert capacities == [4096 << 20, 1024 << 20, 128 << 10, 64 << 10, 64 << 10]
    assert sim.get_host_memory_region_base(0) == 0
    assert [sim.get_external_bank_base(bank_id=bank) for bank in range(2)] == [0x1_0000_0000, 0x1_4000_0000]
    assert sim.get_memory_bank_base(1) == 0x1_4000_0000
    assert [sim.get_l3_tile_base(tile_id=tile) for tile in range(2)] == [0x1_8000_0000, 0x1_8002_0000]
    assert sim.get_l2_bank_base(bank_id=7) == 0x1_8008_0000 + 7 * 0x1_0000
    assert sim.get_scratchpad_base(scratchpad_id=1) == sim.get_l1_buffer_base(1) == 0x1_8011_0000
    assert (sim.get_l1_buffer_count(), sim.get_l1_buffer_capacity(0)) == (2, 64 << 10)
    for name in ("host_memory_region", "memory_bank", "l3_tile", "l2_bank", "scratchpad", "l1_buffer"):
        assert getattr(sim, f"is_{name}_ready")(0) is True
    assert list(kpu.MemoryType.__members__) == ["HOST_MEMORY", "EXTERNAL", "L3_TILE", "L2_BANK", "SCRATCHPAD"]
    assert [kpu.MemoryType.SCRATCHPAD.name, kpu.MemoryType.SCRATCHPAD.value] == ["SCRATCHPAD", 4]


def test_getters_do_not_ask_the_engine(sim: kpu.KPUSimulator, round_trips) -> None:
    def look() -> None:
        for name in dir(sim):
            if name.startswith("get_") and name.endswith(("_count", "_cycle", "_ns", "_ms")):
                getattr(sim, name)()
            elif name.startswith("get_") and name.endswith(("_base", "_capacity", "_rows")):
                getattr(sim, name)(0)
            elif name.endswith("_ready"):
                getattr(sim, name)(1) if "host" not in name else getattr(sim, name)(0)
        repr(sim)
        sim._repr_html_()

    assert round_trips(sim, look) == 0
