"""Ids, addresses and sizes at and past every limit. A refused call changes nothing."""

from __future__ import annotations

import inspect

import pytest

import stillwater_kpu as kpu

NOT_INTS = [None, 1.0, 2.5, "0", True, False, [0], 1j, float("nan")]
READS = ["read_host_memory", "read_memory_bank", "read_l3_tile", "read_l2_bank", "read_scratchpad"]
COUNTS = ["host_memory_region", "memory_bank", "l3_tile", "l2_bank", "scratchpad"]
DMA_CALLS = [name for name in dir(kpu.KPUSimulator) if name.startswith("dma_")] + ["start_dma_transfer"]


def counts_of(sim: kpu.KPUSimulator) -> list[int]:
    return [getattr(sim, f"get_{name}_count")() for name in COUNTS]


def bad_ids(count: int) -> list[int]:
    return [count, count + 1, -1, -(2**70), 2**31, 2**32 - 1, 2**32, 2**53, 2**64 - 4, 2**64, 10**30]


@pytest.mark.parametrize("kind", range(5))
def test_ids_of_memories(sim: kpu.KPUSimulator, kind: int) -> None:
    read, name = getattr(sim, READS[kind]), COUNTS[kind]
    write = getattr(sim, READS[kind].replace("read", "write"))
    capacity, ready = getattr(sim, f"get_{name}_capacity"), getattr(sim, f"is_{name}_ready")
    base = getattr(sim, f"get_{name.replace('memory_bank', 'external_bank')}_base")
    calls = [(read, 0, 1), (read, 0, 0), (write, 0, [1.0]), (capacity,), (ready,), (base,)]
    for bad in bad_ids(counts_of(sim)[kind]):
        for call, *others in calls:
            with pytest.raises(IndexError) as raised:
                call(bad, *others)
            assert raised.value.code == "KPU_COMPONENT_ID"
    for bad in NOT_INTS:
        for call, *others in calls:
            with pytest.raises(TypeError) as raised:
                call(bad, *others)
            assert raised.value.code == "KPU_TYPE"


@pytest.mark.parametrize("read", READS)
def test_offsets_and_counts(sim: kpu.KPUSimulator, read: str) -> None:
    write = read.replace("read", "write")
    capacity = getattr(sim, f"get_{COUNTS[READS.index(read)]}_capacity")(0)
    getattr(sim, write)(0, capacity - 8, [1.0, 2.0])
    for offset in (-1, -4, capacity - 3, capacity, capacity + 4, 2**53 - 1, 2**53, 2**64 - 4, 10**30):
        with pytest.raises(IndexError) as raised:
            getattr(sim, read)(0, offset, 1)
        assert raised.value.code == "KPU_ADDRESS_RANGE"
        with pytest.raises(IndexError):
            getattr(sim, write)(0, offset, [9.0])
    for count in (3, capacity, 2**51, 2**53, 2**62, 2**64, 10**30):
        with pytest.raises(IndexError):
            getattr(sim, read)(0, capacity - 8, count)
    with pytest.raises(ValueError, match="count"):
        getattr(sim, read)(0, 0, -1)
    with pytest.raises(IndexError):
        getattr(sim, write)(0, capacity - 8, [9.0] * 3)
    for bad in NOT_INTS:
        with pytest.raises(TypeError, match="addr"):
            getattr(sim, read)(0, bad, 1)
        with pytest.raises(TypeError, match="count"):
            getattr(sim, read)(0, 0, bad)
    assert getattr(sim, read)(0, capacity - 8, 2) == [1.0, 2.0]


@pytest.mark.parametrize("call", DMA_CALLS)
def test_transfers(sim: kpu.KPUSimulator, call: str, round_trips) -> None:
    start = getattr(sim, call)
    source, target = sim.get_external_bank_base(0), sim.get_scratchpad_base(0)
    end = target + 2 * sim.get_scratchpad_capacity(0)
    for bad in bad_ids(2):
        with pytest.raises(IndexError):
            start(bad, source, target, 4)
    for bad in (-1, -(2**64), end, end + 2**40, 2**53 - 1, 2**53, 2**64 - 4, 10**30):
        with pytest.raises(IndexError):
            start(0, bad, target, 4)
        with pytest.raises(IndexError):
            start(0, source, bad, 4)
        with pytest.raises(IndexError):
            start(0, source, bad, 0)
    capacity = sim.get_scratchpad_capacity(0)
    for size in (capacity + 1, 2 * capacity, 2**40, 2**53, 2**64, 10**30):
        with pytest.raises(IndexError):
            start(0, source, target, size)
        with pytest.raises(IndexError):
            start(0, target, source, size)
    with pytest.raises(IndexError, match="leaves"):
        start(0, source, target + capacity - 2, 4)  # into the next scratchpad
    with pytest.raises(ValueError, match="size"):
        start(0, source, target, -1)
    for bad in NOT_INTS:
        for arguments in ((bad, source, target, 4), (0, bad, target, 4), (0, source, bad, 4), (0, source, target, bad)):
            with pytest.raises(TypeError):
                start(*arguments)
    for bad in (3, "callback", [], object()):
        with pytest.raises(TypeError, match="callback"):
            start(0, source, target, 4, bad)
    assert not sim.is_dma_busy(0)
    assert not sim._link.callbacks
    sim.run_until_idle()
    assert sim.get_current_cycle() == 0
    start(0, source, target, capacity)
    sim.run_until_idle()
    assert sim.get_current_cycle() > 0


def test_block_movers_and_streamers(sim: kpu.KPUSimulator) -> None:
    l3, l2, l1 = sim.get_l3_tile_base(0), sim.get_l2_bank_base(0), sim.get_scratchpad_base(0)
    for bad in bad_ids(8):
        with pytest.raises(IndexError):
            sim.start_block_transfer(bad, l3, l2, 4)
        with pytest.raises(IndexError):
            sim.start_stream_transfer(bad, l2, l1, 4)
        with pytest.raises(IndexError):
            sim.is_block_mover_busy(bad)
        with pytest.raises(IndexError):
            sim.is_streamer_busy(bad)
        with pytest.raises(IndexError):
            sim.get_dma_queue_size(bad)
    with pytest.raises(ValueError, match="diagonals"):
        sim.start_stream_transfer(0, l2, l1, 4, "diagonals")
    with pytest.raises(TypeError, match="stream"):
        sim.start_stream_transfer(0, l2, l1, 4, 1)
    with pytest.raises(TypeError, match="callback"):
        sim.start_stream_transfer(0, l2, l1, 4, "rows", 1)


def test_matmul_arguments(sim: kpu.KPUSimulator) -> None:
    good = {"tile_id": 0, "scratchpad_id": 0, "m": 2, "n": 2, "k": 2, "a_addr": 0, "b_addr": 16, "c_addr": 32}
    capacity = sim.get_scratchpad_capacity(0)
    for name in good:
        for bad in NOT_INTS:
            with pytest.raises(TypeError):
                sim.start_matmul(**{**good, name: bad})
    for name in ("tile_id", "scratchpad_id"):
        for bad in bad_ids(2):
            with pytest.raises(IndexError):
                sim.start_matmul(**{**good, name: bad})
    for name in ("m", "n", "k"):
        for bad in (0, -1, -(2**70)):
            with pytest.raises(ValueError):
                sim.start_matmul(**{**good, name: bad})
        for bad in (capacity, 2**53, 2**64):
            with pytest.raises((IndexError, ValueError)):
                sim.start_matmul(**{**good, name: bad})
    for name in ("a_addr", "b_addr", "c_addr"):
        for bad in (-1, capacity - 15, capacity, 2**53, 2**64 - 4):
            with pytest.raises(IndexError):
                sim.start_matmul(**{**good, name: bad})
    with pytest.raises(TypeError, match="callback"):
        sim.start_matmul(**good, callback=1)
    assert not sim.is_compute_busy(0)
    assert not sim._link.callbacks
    sim.start_matmul(**good)
    with pytest.raises(RuntimeError) as raised:
        sim.start_matmul(**good, callback=lambda: None)
    assert raised.value.code == "KPU_BUSY"
    assert not sim._link.callbacks
    sim.start_matmul(**{**good, "tile_id": 1})


def test_times(sim: kpu.KPUSimulator) -> None:
    sim.step(5)
    for call in (sim.step, sim.run_until, sim.run_for):
        for bad in NOT_INTS:
            with pytest.raises(TypeError):
                call(bad)
        with pytest.raises(ValueError):
            call(-1)
        for bad in (2**53, 2**64, 10**30):
            with pytest.raises((OverflowError, ValueError)):
                call(bad)
    with pytest.raises(ValueError, match="5"):
        sim.run_until(4)
    assert sim.get_current_cycle() == 5
    sim.run_until(2**53 - 1)
    with pytest.raises((OverflowError, ValueError)):
        sim.step()
    assert sim.get_current_cycle() == 2**53 - 1


def test_array_getters(sim: kpu.KPUSimulator) -> None:
    for name in ("rows", "cols", "total_pes"):
        for getter in (f"get_systolic_array_{name}", f"get_processor_array_{name}"):
            for bad in bad_ids(2):
                with pytest.raises(IndexError):
                    getattr(sim, getter)(bad)
            with pytest.raises(TypeError):
                getattr(sim, getter)(1.0)


def test_unknown_names(sim: kpu.KPUSimulator) -> None:
    with pytest.raises(AttributeError, match="did you mean 'read_memory_bank'"):
        sim.read_memory_banks  # noqa: B018
    with pytest.raises(AttributeError, match="did you mean 'run_until_idle'"):
        sim.run_till_idle()
    with pytest.raises(AttributeError):
        sim.something_new = 1
    with pytest.raises(AttributeError):
        sim._nothing  # noqa: B018
    assert not hasattr(sim, "__array_interface__")


def test_everything_is_documented() -> None:
    for name in kpu.__all__:
        value = getattr(kpu, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert value.__doc__, name
    for name, member in inspect.getmembers(kpu.KPUSimulator, inspect.isfunction):
        if not name.startswith("_"):
            assert len(member.__doc__ or "") > 15, name
