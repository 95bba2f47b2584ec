"""Layouts as values, what is refused, and how simulators come to know them."""

from __future__ import annotations

import pickle
import threading

import numpy as np
import pytest

import stillwater_kpu as kpu
from stillwater_kpu import geometry as g


def test_layouts_are_values() -> None:
    one, other = g.gather_rows(np.array([3, 1], np.int16), np.int64(4)), g.gather_rows((3, 1), 4)
    assert one == other
    assert len({one, other}) == 1
    assert one != g.scatter_rows([3, 1], 4) != "text"
    assert repr(one) == "gather_rows(indices=(3, 1), cols=4, element_bytes=4)"
    assert repr(g.gather_rows(range(20), 1)).startswith("gather_rows(indices=(0, 1, 2,")
    assert "20 numbers" in repr(g.gather_rows(range(20), 1))
    end = kpu.Layout(4, range(1, 3), np.array([8, 4]), starts=[0, 16])
    assert (end.element_bytes, end.counts, end.strides, end.starts) == (4, (1, 2), (8, 4), (0, 16))
    assert repr(end) == "Layout(element_bytes=4, counts=(1, 2), strides=(8, 4), starts=(0, 16))"
    assert eval(repr(end), {"Layout": kpu.Layout}) == end
    assert end != kpu.Layout(4, [1, 2], [8, 4])
    both = g.layout(source=end, destination=end)
    for value in (one, end, both, g.block_reshape(4, 4, source_block=(2, 2)), g.tile(2, 2)):
        copy = pickle.loads(pickle.dumps(value))
        assert copy == value
        assert hash(copy) == hash(value)
        for change in (lambda value=value: setattr(value, "shape", 1), lambda value=value: delattr(value, "_hash")):
            with pytest.raises(AttributeError, match="never change"):
                change()
    assert both.shape == "layout"
    assert one.parameters == {"indices": (3, 1), "cols": 4, "element_bytes": 4}


@pytest.mark.parametrize(
    "make",
    [
        lambda: g.tile(2.0, 2),
        lambda: g.tile("2", 2),
        lambda: g.tile(True, 2),
        lambda: g.gather_rows([0, 1.5], 2),
        lambda: g.gather_rows(np.array([0.5]), 2),
        lambda: g.gather_rows(np.array(3), 2),
        lambda: g.gather_rows(np.array([[1, 2]]), 2),
        lambda: g.gather_rows({1, 2}, 2),
        lambda: g.gather_rows(b"ab", 2),
        lambda: g.gather_rows(3, 2),
        lambda: g.permute([2, 2], "10"),
        lambda: g.block_reshape(4, 4, source_block=(2, 2, 2)),
        lambda: g.block_reshape(4, 4, source_block=2),
        lambda: g.layout(kpu.Layout(4, [1], [4]), None),
        lambda: kpu.Layout(4, [1], None),
        lambda: kpu.Layout("4", [1], [4]),
    ],
)
def test_wrong_types(make) -> None:
    with pytest.raises(TypeError):
        make()


WRONG = {
    "negative": g.tile(-1, 4),
    "beyond 2^53": g.tile(2**60, 4),
    "no element": g.tile(4, 4, element_bytes=0),
    "rows onto each other": g.tile(4, 4, destination_row_stride=8),
    "row twice": g.scatter_rows([1, 2, 1], 4),
    "negative index": g.gather_rows([0, -1], 4),
    "blocks that do not divide": g.block_reshape(4, 6, destination_block=(4, 4)),
    "no block": g.block_reshape(4, 4, source_block=(0, 4)),
    "order": g.permute([2, 3], [0, 0]),
    "nine dimensions": g.permute([1] * 9, range(9)),
    "window too large": g.im2col(2, 2, 3, 1),
    "window stride": g.im2col(4, 4, 2, 2, stride=0),
    "counts of strides": g.layout(kpu.Layout(4, [2, 2], [4]), kpu.Layout(4, [4], [4])),
    "no dimension": g.layout(kpu.Layout(4, [], []), kpu.Layout(4, [], [])),
    "elements": g.layout(kpu.Layout(4, [4], [4]), kpu.Layout(4, [5], [4])),
    "element sizes": g.layout(kpu.Layout(4, [4], [4]), kpu.Layout(2, [8], [2])),
    "more than can be counted": g.tile(2**30, 2**30),
}


@pytest.mark.parametrize("name", list(WRONG))
def test_refusals_of_the_engine(sim: kpu.KPUSimulator, name: str) -> None:
    bank, l3 = sim.get_external_bank_base(0), sim.get_l3_tile_base(0)
    for _ in range(2):
        with pytest.raises(ValueError) as raised:
            sim.start_dma_transfer(0, bank, l3, callback=lambda: None, layout=WRONG[name])
        assert raised.value.code == "KPU_GEOMETRY"
    assert sim.get_dma_queue_size(0) == 0
    assert not sim._link.callbacks
    assert len(sim._registered) == 0
    sim.start_dma_transfer(0, bank, l3, layout=g.tile(2, 2))
    sim.run_until_idle()
    assert sim.get_current_cycle() == 120


def test_refusals_of_places(sim: kpu.KPUSimulator) -> None:
    l3, l2 = sim.get_l3_tile_base(0), sim.get_l2_bank_base(0)
    capacity = sim.get_l2_bank_capacity(0)
    layout = g.tile(
        2, 4, source_row_stride=64, destination_row_stride=32
    )  # 80 bytes at the source, 48 at the other end
    nothing = g.tile(0, 4)
    calls = [
        lambda: sim.start_block_transfer(0, l3 + (128 << 10) - 79, l2, layout=layout),
        lambda: sim.start_block_transfer(0, l3, l2 + capacity - 47, layout=layout),
        lambda: sim.start_block_transfer(4, l3, l2, layout=layout),
        lambda: sim.start_block_transfer(0, l3, 2**50, layout=nothing),
    ]
    for call in calls:
        with pytest.raises(IndexError):
            call()
    with pytest.raises(ValueError, match="size or a layout") as raised:
        sim.start_block_transfer(0, l3, l2, 32, layout=layout)
    assert raised.value.code == "KPU_GEOMETRY"
    with pytest.raises(TypeError, match="size"):
        sim.start_block_transfer(0, l3, l2)
    with pytest.raises(TypeError, match="TransferLayout"):
        sim.start_block_transfer(0, l3, l2, layout="tile")
    assert sim.get_block_mover_queue_size(0) == 0
    sim.start_block_transfer(0, l3 + (128 << 10) - 80, l2 + capacity - 48, layout=layout)
    sim.start_block_transfer(0, l3 + (128 << 10) - 1, l2, layout=nothing)
    assert sim.get_block_mover_queue_size(0) == 2
    sim.run_until_idle()
    assert sim.get_block_mover_queue_size(0) == 0


def test_a_layout_is_registered_once(sim: kpu.KPUSimulator, round_trips) -> None:
    l3, l2 = sim.get_l3_tile_base(0), sim.get_l2_bank_base(0)

    def start() -> None:
        sim.start_block_transfer(0, l3, l2, layout=g.transpose(4, 5))

    assert round_trips(sim, start) == 1
    assert round_trips(sim, start) == 0
    sim.reset()
    assert round_trips(sim, start) == 0
    sim.run_until_idle()
    assert sim.get_current_cycle() == 31
    with kpu.KPUSimulator() as other:
        layout = g.transpose(4, 5)
        other.start_block_transfer(0, other.get_l3_tile_base(0), other.get_l2_bank_base(0), layout=layout)
        other.run_until_idle()


def test_ever_new_layouts_do_not_fill_the_engine(sim: kpu.KPUSimulator) -> None:
    """The engine uses numbers again, so the largest number says how many it has kept at once."""
    l3, l2 = sim.get_l3_tile_base(0), sim.get_l2_bank_base(0)
    sim.write_l3_tile(0, 0, range(64))
    first = g.tile(2, 2, source_row_stride=8)
    sim.start_block_transfer(1, l3, l2 + 4096, layout=first)  # is used long after its layout has been forgotten
    numbers = set()
    for cols in range(2500):
        layout = g.tile(1, cols % 7, source_row_stride=cols)
        sim.start_block_transfer(0, l3, l2, layout=layout)
        numbers.add(sim._registered.of(sim._link, layout).number)
    assert max(numbers) == len(sim._registered) == 1000
    sim.run_until_idle()
    assert sim.read_l2_bank(0, 4096, 4) == [0.0, 1.0, 2.0, 3.0]
    assert sim.get_hazards() == []
    sim.start_block_transfer(1, l3, l2 + 8192, layout=first)
    sim.run_until_idle()
    assert sim.read_l2_bank(0, 8192, 4) == [0.0, 1.0, 2.0, 3.0]


def test_large_layouts_are_few(sim: kpu.KPUSimulator) -> None:
    bank, l3 = sim.get_external_bank_base(0), sim.get_l3_tile_base(0)
    for first in range(12):
        sim.start_dma_transfer(0, bank, l3, layout=g.gather_rows([first, *[9_999_999] * 300_000], 0))
    assert sim._registered._described_bytes <= 16 << 20
    assert len(sim._registered) < 12
    with pytest.raises(ValueError, match="at most 16777216 bytes") as raised:
        sim.start_dma_transfer(0, bank, l3, layout=g.gather_rows([9_999_999] * 2_200_000, 0))
    assert raised.value.code == "KPU_GEOMETRY"
    sim.run_until_idle()


def test_layouts_with_credits_and_stagger(sim: kpu.KPUSimulator) -> None:
    sim.write_l2_bank(0, 0, range(256))
    go, done = sim.create_semaphore("go"), sim.create_semaphore("done")
    l2, pad = sim.get_l2_bank_base(0), sim.get_scratchpad_base(0)
    sim.start_stream_transfer(
        0, l2, pad, layout=g.transpose(16, 16), stagger_lanes=16, wait_for=[go], signal=[(done, 3)]
    )
    sim.step(10)
    assert sim.read_scratchpad(0, 0, 2) == [0.0, 0.0]
    go.signal()
    sim.run_until_idle()
    assert sim.get_current_cycle() == 10 + 45
    assert done.value == 3
    assert sim.read_scratchpad(0, 0, 3) == [0.0, 16.0, 32.0]


@pytest.mark.parametrize(("lanes", "cycles"), [(1, 30), (2, 31), (16, 45), (1000, 1029)])
def test_stagger_lanes(sim: kpu.KPUSimulator, lanes: int, cycles: int) -> None:
    sim.start_stream_transfer(0, sim.get_l2_bank_base(0), sim.get_scratchpad_base(0), 1024, stagger_lanes=lanes)
    sim.run_until_idle()
    assert sim.get_current_cycle() == cycles


def test_stagger_refusals(sim: kpu.KPUSimulator) -> None:
    l2, pad = sim.get_l2_bank_base(0), sim.get_scratchpad_base(0)
    for lanes in (0, -1):
        with pytest.raises(ValueError, match="agger"):
            sim.start_stream_transfer(0, l2, pad, 4, stagger_lanes=lanes)
    for lanes in (1.5, "2", None):
        with pytest.raises(TypeError, match="stagger_lanes"):
            sim.start_stream_transfer(0, l2, pad, 4, stagger_lanes=lanes)
    assert sim.get_streamer_queue_size(0) == 0


def test_a_new_layout_in_a_callback(sim: kpu.KPUSimulator) -> None:
    l3, l2 = sim.get_l3_tile_base(0), sim.get_l2_bank_base(0)
    sim.write_l3_tile(0, 0, range(6))

    def again() -> None:
        sim.start_block_transfer(0, l3, l2, layout=g.transpose(2, 3))

    sim.start_block_transfer(0, l3, l2, layout=g.transpose(3, 2), callback=again)
    sim.run_until_idle()
    assert sim.read_l2_bank(0, 0, 6) == [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]


def test_layouts_are_shared_by_threads() -> None:
    layout = g.transpose(8, 8)

    def work() -> None:
        with kpu.KPUSimulator() as sim:
            sim.write_l3_tile(0, 0, range(64))
            for _ in range(50):
                sim.start_block_transfer(0, sim.get_l3_tile_base(0), sim.get_l2_bank_base(0), layout=layout)
            sim.run_until_idle()
            results.append(sim.read_l2_bank(0, 0, 3))

    results: list[list[float]] = []
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[0.0, 8.0, 16.0]] * 4
