"""Layouts: the bytes that they move, the cycles that they take, hazards."""

from __future__ import annotations

import itertools

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
