"""Lists of instances that are not alike: as values, and as the machines that they make."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import stillwater_kpu as kpu
from stillwater_kpu.config import DEFAULTS, LISTS


def anything_for(key: str) -> st.SearchStrategy[float]:
    if key == "bandwidth_gbps":
        return st.one_of(st.integers(1, 2**40), st.floats(1e-6, 1e12))
    return st.integers(0, 2**20)


entries = {
    name: st.lists(st.fixed_dictionaries({}, optional={key: anything_for(key) for key in field.keys}), max_size=4)
    for name, field in LISTS.items()
}


@given(st.fixed_dictionaries({}, optional=entries))
def test_value_semantics(lists: dict[str, list[dict[str, float]]]) -> None:
    config = kpu.SimulatorConfig(**lists)
    for name, field in LISTS.items():
        listed = lists.get(name, [])
        assert list(getattr(config, name)) == listed
        assert getattr(config, field.count) == (len(listed) or DEFAULTS[field.count])
        assert config.to_dict()[name] == listed
    others = [
        config.copy(),
        copy.copy(config),
        copy.deepcopy(config),
        pickle.loads(pickle.dumps(config)),
        eval(repr(config), {"SimulatorConfig": kpu.SimulatorConfig}),
        kpu.SimulatorConfig.from_dict(config.to_dict()),
        kpu.SimulatorConfig.from_dict(json.loads(json.dumps(config.to_dict()))),
    ]
    for other in others:
        assert other == config
        assert repr(other) == repr(config)
        other.memory_banks = [{"capacity_mb": 12345678}, {}]
        assert other != config


def test_equal_machines_have_equal_configurations() -> None:
    plain = kpu.SimulatorConfig(memory_bank_count=3, memory_bank_capacity_mb=512)
    assert kpu.SimulatorConfig(memory_banks=[{"capacity_mb": 512}] * 3) == plain
    assert kpu.SimulatorConfig(memory_bank_capacity_mb=512, memory_banks=[{}, {}, {"bandwidth_gbps": 100}]) == plain
    unlike = kpu.SimulatorConfig(memory_banks=[{"capacity_mb": 512}, {"capacity_mb": 512}, {}])
    assert unlike != plain
    assert unlike == kpu.SimulatorConfig(
        memory_banks=[{"capacity_mb": 512}, {"capacity_mb": 512}, {"capacity_mb": 1024}]
    )


def test_what_an_entry_leaves_out_follows_the_field() -> None:
    config = kpu.SimulatorConfig(memory_banks=[{}, {"capacity_mb": 64}])
    config.memory_bank_capacity_mb = 256
    with kpu.KPUSimulator(config) as sim:
        assert [sim.get_memory_bank_capacity(bank) >> 20 for bank in range(2)] == [256, 64]


def test_the_list_gives_the_count() -> None:
    config = kpu.SimulatorConfig(scratchpads=[{}, {}, {"capacity_kb": 8}])
    assert config.scratchpad_count == config.l1_buffer_count == 3
    with pytest.raises(kpu.ConfigError, match=r"scratchpad_count is 2 but scratchpads lists 3.*\(\) makes them alike"):
        config.scratchpad_count = 2
    with pytest.raises(kpu.ConfigError, match="scratchpad_count is 4 but scratchpads lists 1"):
        kpu.SimulatorConfig(scratchpad_count=4, scratchpads=[{}])
    with pytest.raises(kpu.ConfigError, match="scratchpad_count is 4 but scratchpads lists 1"):
        kpu.SimulatorConfig(l1_buffer_count=4, scratchpads=[{}])
    config.scratchpads = ()
    assert config.scratchpad_count == 3
    config.scratchpad_count = 2
    assert repr(config) == "SimulatorConfig()"


@pytest.mark.parametrize(
    ("name", "bad", "error", "message"),
    [
        ("memory_banks", [{}, {}, {"capacty_mb": 1}], ValueError, r"memory_banks\[2\].*did you mean 'capacity_mb'"),
        (
            "memory_banks",
            [{}, {"capacity_mb": -1}],
            TypeError,
            r"memory_banks\[1\]\.capacity_mb must be a whole number",
        ),
        ("l2_banks", [{"latency_cycles": 1.5}], TypeError, r"l2_banks\[0\]\.latency_cycles"),
        ("dma_engines", [{"bandwidth_gbps": 0}], ValueError, r"dma_engines\[0\]\.bandwidth_gbps must be a positive"),
        ("dma_engines", [{"bandwidth_gbps": "9"}], TypeError, r"dma_engines\[0\]\.bandwidth_gbps must be a number"),
        ("compute_tiles", [{"rows": True}], TypeError, r"compute_tiles\[0\]\.rows"),
        ("compute_tiles", [4], TypeError, r"compute_tiles\[0\] must be a mapping with any of 'rows', 'cols'"),
        ("l3_tiles", 4, TypeError, "l3_tiles must be a list"),
        ("l3_tiles", {"capacity_kb": 4}, TypeError, "l3_tiles must be a list"),
        ("l3_tiles", "text", TypeError, "l3_tiles must be a list"),
        ("l3_tiles", None, TypeError, "l3_tiles must be a list"),
    ],
)
def test_lists_refuse(name: str, bad: object, error: type[Exception], message: str) -> None:
    config = kpu.SimulatorConfig()
    with pytest.raises(kpu.ConfigError, match=message) as raised:
        setattr(config, name, bad)
    assert raised.value.code == "KPU_CONFIG"
    assert isinstance(raised.value, error)
    assert config == kpu.SimulatorConfig()
    with pytest.raises(kpu.ConfigError, match=message):
        kpu.SimulatorConfig.from_dict({name: bad})


def test_a_list_that_is_too_long_is_refused() -> None:
    alike = {"capacity_kb": 1}
    with pytest.raises(kpu.ConfigError, match="scratchpads has more than 1048576 entries"):
        kpu.SimulatorConfig(scratchpads=(alike for _ in range(2**21)))


def test_entries_cannot_be_changed_in_place() -> None:
    config = kpu.SimulatorConfig(memory_banks=[{"capacity_mb": 1}])
    with pytest.raises(TypeError):
        config.memory_banks[0]["capacity_mb"] = 2
    config.to_dict()["memory_banks"].append({})
    assert config.memory_banks == ({"capacity_mb": 1},)
    assert len({config.memory_banks[0], kpu.SimulatorConfig(memory_banks=[{"capacity_mb": 1}]).memory_banks[0]}) == 1


def test_a_long_list_is_shown_in_short() -> None:
    html = kpu.SimulatorConfig(scratchpads=[{"capacity_kb": size} for size in range(1, 101)])._repr_html_()
    assert "{&#x27;capacity_kb&#x27;: 8} and 92 more, all of them in config.scratchpads" in html
    assert "&#x27;capacity_kb&#x27;: 9}" not in html


UNLIKE = kpu.SimulatorConfig(
    host_memory_regions=[{"capacity_mb": 64}, {"capacity_mb": 32, "latency_cycles": 300}],
    memory_banks=[{"capacity_mb": 64}, {"capacity_mb": 128, "bandwidth_gbps": 50, "latency_cycles": 120}, {}],
    memory_bank_capacity_mb=32,
    l3_tiles=[{"capacity_kb": 256}, {}],
    l2_banks=[{"capacity_kb": 32}, {}, {"capacity_kb": 16}],
    scratchpads=[{"latency_cycles": 7}, {"capacity_kb": 256}],
    compute_tiles=[{"rows": 8, "cols": 4}, {}],
    dma_engines=[{}, {"bandwidth_gbps": 25}],
    block_movers=[{"bandwidth_gbps": 32}, {}],
)


def test_capacities_and_addresses_are_those_of_each() -> None:
    with kpu.KPUSimulator(UNLIKE) as sim:
        assert [sim.get_host_memory_region_capacity(region) >> 20 for region in range(2)] == [64, 32]
        assert [sim.get_memory_bank(bank).get_capacity() >> 20 for bank in range(3)] == [64, 128, 32]
        assert [sim.get_l3_tile_capacity(tile) >> 10 for tile in range(2)] == [256, 128]
        assert [sim.get_l2_bank_capacity(bank) >> 10 for bank in range(3)] == [32, 64, 16]
        assert [sim.get_scratchpad_capacity(pad) >> 10 for pad in range(2)] == [64, 256]
        banks = [sim.get_external_bank_base(bank) - sim.get_external_bank_base(0) for bank in range(3)]
        assert banks == [0, 64 << 20, 192 << 20]
        assert sim.get_scratchpad_base(0) - sim.get_l2_bank_base(2) == 16 << 10
        assert [sim.get_memory_bank(bank).get_bandwidth() for bank in range(3)] == [100, 50, 100]
        tiles = [(sim.get_systolic_array_rows(tile), sim.get_systolic_array_cols(tile)) for tile in range(2)]
        assert tiles == [(8, 4), (16, 16)]
        assert [figures["capacity_bytes"] >> 20 for figures in sim.get_statistics()["external"]] == [64, 128, 32]
        html = sim._repr_html_()
        assert "32 MB to 128 MB" in html
        assert "16 KB to 64 KB" in html


def test_what_does_not_fit_is_refused_where_it_is_small() -> None:
    with kpu.KPUSimulator(UNLIKE) as sim:
        sim.write_memory_bank(1, (128 << 20) - 4, [1.0])
        with pytest.raises(IndexError, match="external bank 2"):
            sim.write_memory_bank(2, (32 << 20) - 4, [1.0, 2.0])
        last = sim.get_external_bank_base(2)
        sim.start_dma_transfer(0, last - 4, sim.get_scratchpad_base(1), 4)
        sim.run_until_idle()
        assert sim.read_scratchpad(1, 0, 1) == [1.0]
        with pytest.raises(IndexError, match="external bank 1"):
            sim.start_dma_transfer(0, last - 4, sim.get_scratchpad_base(1), 8)
        with pytest.raises(IndexError):
            sim.start_dma_transfer(0, last + (32 << 20), sim.get_scratchpad_base(1), 4)
        with pytest.raises(IndexError, match="behind the end of the memory"):
            sim.start_block_move(0, 1, 128 << 10, 0, 0, 1, 1, 4)
        assert sim.is_dma_busy(0) is False


def test_times_are_those_of_the_instances() -> None:
    def cycles(engine: int, source: int, destination: int) -> int:
        with kpu.KPUSimulator(UNLIKE) as sim:
            start, end = sim.get_external_bank_base(source), sim.get_scratchpad_base(destination)
            sim.start_dma_transfer(engine, start, end, 1024)
            sim.run_until_idle()
            return sim.get_current_cycle()

    between = 20 + 10
    assert cycles(0, 0, 1) == 100 + between + 5 + 11 - 1
    assert cycles(0, 1, 1) == 120 + between + 5 + 21 - 1  # 50 GB/s of the bank
    assert cycles(1, 0, 0) == 100 + between + 7 + 41 - 1  # 25 GB/s of the engine


def test_products_take_the_cycles_of_their_tile() -> None:
    with kpu.KPUSimulator(UNLIKE) as sim:
        sim.write_scratchpad(1, 0, [1.0] * 512)
        for tile, cycles in ((0, 2 * 4 * (8 + 4 + 16 - 2)), (1, 16 + 16 + 16 - 2)):
            before = sim.get_current_cycle()
            sim.start_matmul(tile, 1, 16, 16, 16, 0, 1024, 4096 * (tile + 1))
            sim.run_until_idle()
            assert sim.get_current_cycle() - before == cycles
        assert sim.read_scratchpad(1, 4096, 256) == sim.read_scratchpad(1, 8192, 256) == [16.0] * 256
        activity = sim.get_pe_activity(0)
        assert (len(activity), len(activity[0])) == (8, 4)
        assert sum(map(sum, activity)) == 16**3


def test_the_self_test_passes_on_unlike_instances() -> None:
    with kpu.KPUSimulator(UNLIKE) as sim:
        assert [check.name for check in sim.run_self_test() if not check.passed] == []


def test_a_tiled_product_runs_on_unlike_instances() -> None:
    with kpu.KPUSimulator(UNLIKE) as sim:
        left = [[float((3 * row + col) % 7) for col in range(70)] for row in range(50)]
        right = [[float((row + 5 * col) % 5) for col in range(90)] for row in range(70)]
        product = sim.run_tiled_matmul(left, right)
        wanted = [[sum(row[k] * right[k][col] for k in range(70)) for col in range(90)] for row in left]
        assert [list(row) for row in product.c] == wanted


@pytest.mark.parametrize("said", [1, 3])
def test_lists_that_do_not_pass_to_the_engine_are_refused(said: int) -> None:
    """With one figure the answer is too long, with three the request; simulators that are there stay."""
    figures = (("capacity_kb", 1), ("bandwidth_gbps", 1000.125), ("latency_cycles", 1_000_000))[:said]
    entries = [{key: base + number for key, base in figures} for number in range(64)]
    config = kpu.SimulatorConfig(scratchpads=entries * 2**14)
    with kpu.KPUSimulator() as before:
        before.step()
        with pytest.raises(kpu.KpuValueError, match="at most 67112960 pass") as refusal:
            kpu.KPUSimulator(config)
        assert refusal.value.code == "KPU_SIZE"
        before.step()
        assert before.get_current_cycle() == 2
