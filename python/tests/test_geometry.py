"""Layouts: the bytes that they move, the cycles that they take, what is refused."""

from __future__ import annotations

import itertools
import pickle
import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import stillwater_kpu as kpu
from stillwater_kpu import geometry as g

ROOM = 4096
"""Bytes of L3 tile 0 and L2 bank 0 that the tests look at."""
SOURCE = np.random.default_rng(7).integers(0, 127, ROOM, dtype=np.uint8)
"""Bytes of which no four are a NaN, so that they pass through lists of floats unchanged."""

WITH_SIM = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def moved(sim: kpu.KPUSimulator, layout: kpu.TransferLayout, source: int = 0, target: int = 0) -> np.ndarray:
    """The bytes of L2 bank 0, zero before, after a block mover has brought them there from `SOURCE` in L3 tile 0."""
    sim.reset()
    sim.write_l3_tile(0, 0, SOURCE.view(np.float32))
    sim.start_block_transfer(0, sim.get_l3_tile_base(0) + source, sim.get_l2_bank_base(0) + target, layout=layout)
    sim.run_until_idle()
    return np.array(sim.read_l2_bank(0, 0, ROOM // 4), np.float32).view(np.uint8)


def elements(count: int, element_bytes: int) -> np.ndarray:
    """The first elements of `SOURCE`, one row of bytes each."""
    return SOURCE[: count * element_bytes].reshape(count, element_bytes)


def offsets(layout: kpu.Layout) -> list[int]:
    """Where the elements of one end lie, in order, by plain loops."""
    return [
        start + sum(index * stride for index, stride in zip(indices, layout.strides))
        for start in (layout.starts if layout.starts is not None else (0,))
        for indices in itertools.product(*(range(count) for count in layout.counts))
    ]


def expect(result: np.ndarray, values: np.ndarray, target: int = 0) -> None:
    """Packed values at `target` and zeros everywhere else."""
    flat = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
    wanted = np.zeros(ROOM, np.uint8)
    wanted[target : target + len(flat)] = flat
    np.testing.assert_array_equal(result, wanted)


sizes = st.integers(0, 9)
element_sizes = st.sampled_from([1, 2, 3, 4, 8])


@WITH_SIM
@given(
    rows=sizes,
    cols=sizes,
    size=element_sizes,
    gaps=st.tuples(st.integers(0, 9), st.integers(0, 9)),
    at=st.integers(0, 40),
)
def test_tiles_and_transposes(sim, rows, cols, size, gaps, at) -> None:
    source_stride = (cols + gaps[0]) * size
    matrix = np.lib.stride_tricks.as_strided(SOURCE[at:], (rows, cols, size), (source_stride, size, 1))
    for make, values in ((g.tile, matrix), (g.transpose, matrix.transpose(1, 0, 2))):
        stride = (values.shape[1] + gaps[1]) * size
        wanted = np.zeros(ROOM, np.uint8)
        for row in range(values.shape[0]):
            wanted[at + row * stride : at + row * stride + values.shape[1] * size] = values[row].reshape(-1)
        layout = make(rows, cols, source_row_stride=source_stride, destination_row_stride=stride, element_bytes=size)
        np.testing.assert_array_equal(moved(sim, layout, at, at), wanted)


@WITH_SIM
@given(
    down=st.integers(1, 3), across=st.integers(1, 3), rows=st.integers(1, 4), cols=st.integers(1, 4), size=element_sizes
)
def test_block_reshapes(sim, down, across, rows, cols, size) -> None:
    height, width = down * rows, across * cols
    matrix = elements(height * width, size).reshape(down, rows, across, cols, size)
    in_blocks = matrix.transpose(0, 2, 1, 3, 4)
    cut = g.block_reshape(height, width, destination_block=(rows, cols), element_bytes=size)
    expect(moved(sim, cut), in_blocks)
    joined = g.block_reshape(height, width, source_block=(rows, cols), element_bytes=size)
    source = elements(height * width, size).reshape(down, across, rows, cols, size)
    expect(moved(sim, joined), source.transpose(0, 2, 1, 3, 4))


@WITH_SIM
@given(shape=st.lists(st.integers(1, 4), min_size=1, max_size=5), data=st.data(), size=element_sizes)
def test_permutations(sim, shape, data, size) -> None:
    order = data.draw(st.permutations(range(len(shape))))
    if np.prod(shape) * size > ROOM:
        return
    array = elements(int(np.prod(shape)), size).reshape(*shape, size)
    layout = g.permute(np.array(shape), tuple(order), element_bytes=size)
    expect(moved(sim, layout), array.transpose(*order, len(shape)))


@WITH_SIM
@given(sequences=sizes, length=sizes, size=element_sizes)
def test_interleaving(sim, sequences, length, size) -> None:
    runs = elements(sequences * length, size).reshape(sequences, length, size)
    expect(moved(sim, g.interleave(sequences, length, element_bytes=size)), runs.transpose(1, 0, 2))


@WITH_SIM
@given(
    height=st.integers(1, 8),
    width=st.integers(1, 8),
    channels=st.integers(1, 2),
    stride=st.integers(1, 3),
    data=st.data(),
)
def test_im2col(sim, height, width, channels, stride, data) -> None:
    kernel_height, kernel_width = data.draw(st.integers(1, min(3, height))), data.draw(st.integers(1, min(3, width)))
    image = elements(height * width * channels, 2).reshape(height, width, channels, 2)
    windows = [
        image[y : y + kernel_height, x : x + kernel_width]
        for y in range(0, height - kernel_height + 1, stride)
        for x in range(0, width - kernel_width + 1, stride)
    ]
    layout = g.im2col(height, width, kernel_height, kernel_width, channels=channels, stride=stride, element_bytes=2)
    expect(moved(sim, layout), np.array(windows))


@WITH_SIM
@given(indices=st.lists(st.integers(0, 15), max_size=20), cols=st.integers(0, 8), gap=st.integers(0, 3))
def test_gathering_and_scattering_rows(sim, indices, cols, gap) -> None:
    stride = 4 * (cols + gap)
    table = np.lib.stride_tricks.as_strided(SOURCE, (16, 4 * cols), (stride, 1))
    expect(moved(sim, g.gather_rows(indices, cols, row_stride=stride)), table[indices])
    once = list(dict.fromkeys(indices))
    wanted = np.zeros(ROOM, np.uint8)
    for place, index in enumerate(once):
        wanted[index * stride : index * stride + 4 * cols] = SOURCE[place * 4 * cols : (place + 1) * 4 * cols]
    np.testing.assert_array_equal(moved(sim, g.scatter_rows(once, cols, row_stride=stride)), wanted)


@WITH_SIM
@given(rows=sizes, cols=sizes, size=element_sizes)
def test_broadcasts(sim, rows, cols, size) -> None:
    row, column = elements(cols, size), elements(rows, size)
    expect(moved(sim, g.broadcast_row(rows, cols, element_bytes=size)), np.tile(row.reshape(-1), rows))
    expect(moved(sim, g.broadcast_column(rows, cols, element_bytes=size)), np.repeat(column, cols, axis=0))


def test_blocks_of_a_matrix(sim: kpu.KPUSimulator) -> None:
    matrix = elements(8 * 12, 4).reshape(8, 3, 4, 4)
    layout = g.blocks(3, 8, 4, source_row_stride=48, source_block_stride=16)
    expect(moved(sim, layout), matrix.transpose(1, 0, 2, 3))


@WITH_SIM
@given(
    counts=st.lists(st.integers(0, 4), min_size=1, max_size=4),
    data=st.data(),
    size=st.integers(1, 5),
    starts=st.one_of(st.none(), st.lists(st.integers(0, 200), max_size=4)),
)
def test_explicit_layouts(sim, counts, data, size, starts) -> None:
    """Random source strides; a destination whose loops nest in random order, with gaps."""
    strides = data.draw(st.lists(st.integers(0, 60), min_size=len(counts), max_size=len(counts)))
    source = kpu.Layout(size, counts, strides, starts)
    total = int(np.prod(counts)) * (1 if starts is None else len(starts))
    target = kpu.Layout(size, [total], [size + data.draw(st.integers(0, 5))])
    result = moved(sim, g.layout(source, target))
    wanted = np.zeros(ROOM, np.uint8)
    for here, there in zip(offsets(source), offsets(target)):
        wanted[there : there + size] = SOURCE[here : here + size]
    np.testing.assert_array_equal(result, wanted)


@pytest.mark.parametrize(
    ("layout", "cycles"),
    [
        (g.tile(16, 16, source_row_stride=256), 45),
        (g.transpose(16, 16, source_row_stride=256), 45),
        (g.tile(1, 1024, element_bytes=1), 45),
        (g.im2col(6, 6, 3, 3), 38),
        (g.block_reshape(16, 16, destination_block=(4, 4)), 45),
        (g.broadcast_row(16, 16), 45),
        (g.gather_rows([], 4), 30),
        (g.tile(0, 16), 30),
    ],
    ids=repr,
)
def test_geometry_costs_no_time(sim: kpu.KPUSimulator, layout: kpu.TransferLayout, cycles: int) -> None:
    moved(sim, layout)
    assert sim.get_current_cycle() == cycles


def test_dma_transfers_of_worked_numbers(sim: kpu.KPUSimulator) -> None:
    bank, pad = sim.get_external_bank_base(0), sim.get_scratchpad_base(0)
    gathered = g.layout(
        source=kpu.Layout(1, [256], [1], starts=[4096, 0, 70_000, 0]), destination=kpu.Layout(1, [1024], [1])
    )
    sim.start_dma_transfer(0, bank, pad, layout=gathered)
    sim.run_until_idle()
    assert sim.get_current_cycle() == 145
    sim.reset()
    sim.start_dma_transfer(0, bank, bank + 65536, layout=g.transpose(16, 16, source_row_stride=256))
    sim.run_until_idle()
    assert sim.get_current_cycle() == 220


def test_interleaved_columns_are_no_hazard(sim: kpu.KPUSimulator) -> None:
    """Even columns by one engine and odd ones by the other: they share the bank's port, but no byte."""
    bank, pad = sim.get_external_bank_base(0), sim.get_scratchpad_base(0)
    sim.write_memory_bank(0, 0, range(512))
    column = kpu.Layout(4, [256], [8])
    for engine in (0, 1):
        sim.start_dma_transfer(engine, bank + 4 * engine, pad + 4 * engine, layout=g.layout(column, column))
    sim.run_until_idle()
    assert sim.get_current_cycle() == 155
    assert sim.get_hazards() == []
    assert sim.read_scratchpad(0, 0, 512) == [float(number) for number in range(512)]


def test_hazards_count_the_bytes_in_common(sim: kpu.KPUSimulator) -> None:
    bank, pad = sim.get_external_bank_base(0), sim.get_scratchpad_base(0)
    sim.start_dma_transfer(0, bank, pad, layout=g.tile(8, 4, destination_row_stride=64))
    sim.start_dma_transfer(1, bank, pad + 64, layout=g.tile(2, 1, destination_row_stride=8))
    sim.run_until_idle()
    (record,) = sim.get_hazards()
    assert (record.kind, record.address, record.bytes) == ("write-after-write", pad + 64, 8)


def test_two_dimensional_dma(sim: kpu.KPUSimulator) -> None:
    matrix = np.arange(64, dtype=np.float32).reshape(8, 8)
    sim.write_memory_bank_numpy(0, 0, matrix)
    done: list[int] = []
    sim.start_dma_transfer_2d(
        dma_id=1,
        src_addr=sim.get_external_bank_base(0) + 4 * 10,
        dst_addr=sim.get_l3_tile_base(1),
        rows=3,
        cols=4,
        element_size=4,
        src_row_stride=32,
        dst_row_stride=20,
        callback=lambda: done.append(sim.get_current_cycle()),
    )
    sim.run_until_idle()
    assert done == [120]
    placed = np.array(sim.read_l3_tile(1, 0, 15), np.float32).reshape(3, 5)
    np.testing.assert_array_equal(placed[:, :4], matrix[1:4, 2:6])
    assert not placed[:, 4].any()


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
