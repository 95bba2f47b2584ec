"""Block moves and streams by id and offset: the original's names for transfers with a layout."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import stillwater_kpu as kpu
from stillwater_kpu import BlockTransform, geometry

MATRIX = np.arange(96, dtype=np.float32).reshape(8, 12)


def argument_names(name: str) -> list[str]:
    """What may be given by position."""
    parameters = inspect.signature(getattr(kpu.KPUSimulator, name)).parameters
    return [each for each, parameter in parameters.items() if parameter.kind is not parameter.KEYWORD_ONLY][1:]


def test_argument_names() -> None:
    block = ["rows", "cols", "element_size"]
    assert argument_names("start_block_move") == [
        "block_mover_id", "src_l3_tile_id", "src_offset", "dst_l2_bank_id", "dst_offset", *block, "transform", "callback",
    ]  # fmt: skip
    assert argument_names("start_block_writeback") == [
        "block_mover_id", "src_l2_bank_id", "src_offset", "dst_l3_tile_id", "dst_offset", *block, "transform", "callback",
    ]  # fmt: skip
    stream = ["streamer_id", "l2_bank_id", "scratchpad_id", "l2_addr", "l1_addr", *block, "callback"]
    for name in ("start_row_stream", "start_column_stream", "start_broadcast_row", "start_broadcast_column"):
        assert argument_names(name) == stream
    assert argument_names("start_drain") == [
        "streamer_id", "scratchpad_id", "l2_bank_id", "l1_addr", "l2_addr", *block, "callback",
    ]  # fmt: skip
    assert argument_names("start_dma_transfer_2d") == [
        "dma_id", "src_addr", "dst_addr", *block, "src_row_stride", "dst_row_stride", "callback",
    ]  # fmt: skip


def test_the_transforms() -> None:
    assert [(each.name, each.value) for each in BlockTransform] == [
        ("IDENTITY", 0), ("TRANSPOSE", 1), ("BLOCK_RESHAPE", 2), ("SHUFFLE", 3),
    ]  # fmt: skip
    assert str(BlockTransform.SHUFFLE) == "BlockTransform.SHUFFLE"


MOVES = {
    "identity": ({}, MATRIX),
    "identity by number": ({"transform": 0}, MATRIX),
    "transpose": ({"transform": BlockTransform.TRANSPOSE}, MATRIX.T),
    "reshape": (
        {"transform": BlockTransform.BLOCK_RESHAPE, "block": (4, 3)},
        MATRIX.reshape(2, 4, 4, 3).transpose(0, 2, 1, 3),
    ),
    "reshape by layout": (
        {"transform": BlockTransform.BLOCK_RESHAPE, "layout": geometry.block_reshape(8, 12, source_block=(8, 6))},
        MATRIX.reshape(2, 8, 6).transpose(1, 0, 2),
    ),
    "shuffle": (
        {"transform": BlockTransform.SHUFFLE, "indices": np.array([7, 0, 6, 1, 5, 2, 4, 3])},
        MATRIX[[7, 0, 6, 1, 5, 2, 4, 3]],
    ),
    "shuffle by layout": (
        {"transform": BlockTransform.SHUFFLE, "layout": geometry.interleave(8, 12)},
        MATRIX.T,
    ),
}


@pytest.mark.parametrize("name", list(MOVES))
@pytest.mark.parametrize("policy", ["any", "hierarchical"])
def test_block_moves_both_ways(name: str, policy: str) -> None:
    arguments, values = MOVES[name]
    with kpu.KPUSimulator(kpu.SimulatorConfig(reach_policy=policy)) as sim:
        done: list[int] = []
        sim.write_l3_tile(2, 64, MATRIX)
        sim.start_block_move(1, 2, 64, 5, 32, 8, 12, callback=lambda: done.append(sim.get_current_cycle()), **arguments)
        sim.run_until_idle()
        assert sim.read_l2_bank(5, 32, 96) == values.reshape(-1).tolist()
        assert done == [30 + 6 - 1]
        sim.write_l2_bank(0, 16, MATRIX)
        sim.start_block_writeback(0, 0, 16, 3, 128, 8, 12, **arguments)
        sim.run_until_idle()
        assert sim.read_l3_tile(3, 128, 96) == values.reshape(-1).tolist()


def test_strides_of_blocks(sim: kpu.KPUSimulator) -> None:
    sim.write_l3_tile(0, 0, MATRIX)
    part = MATRIX[2:5, 4:8]
    at = 4 * (2 * 12 + 4)
    sim.start_block_move(0, 0, at, 0, 0, 3, 4, src_row_stride=48, dst_row_stride=20)
    sim.start_block_move(0, 0, at, 1, 0, 3, 4, transform=BlockTransform.TRANSPOSE, src_row_stride=48, dst_row_stride=16)
    sim.start_block_move(0, 0, at, 2, 0, 3, 4, transform=BlockTransform.SHUFFLE, indices=[2, 0, 1], src_row_stride=48)
    sim.start_block_move(0, 0, 0, 3, 0, 4, 5, 2)
    sim.run_until_idle()
    placed = np.array(sim.read_l2_bank(0, 0, 15)).reshape(3, 5)
    assert (placed[:, :4] == part).all()
    transposed = np.array(sim.read_l2_bank(1, 0, 16)).reshape(4, 4)
    assert (transposed[:, :3] == part.T).all()
    assert sim.read_l2_bank(2, 0, 12) == part[[2, 0, 1]].reshape(-1).tolist()
    assert sim.read_l2_bank(3, 0, 11) == [*MATRIX.reshape(-1)[:10].tolist(), 0.0]


BAD_MOVES = [
    ({"transform": BlockTransform.BLOCK_RESHAPE}, ValueError, "takes block= or layout=, got none"),
    ({"transform": BlockTransform.SHUFFLE}, ValueError, "takes indices= or layout="),
    ({"transform": BlockTransform.SHUFFLE, "block": (2, 2)}, ValueError, "got block="),
    ({"block": (2, 2)}, ValueError, "IDENTITY takes neither"),
    ({"transform": 1, "layout": geometry.tile(8, 12)}, ValueError, "TRANSPOSE takes neither"),
    ({"transform": 2, "block": (3, 3)}, ValueError, "do not divide"),
    ({"transform": 2, "block": (2, 2), "layout": geometry.tile(8, 12)}, ValueError, "got block=, layout="),
    ({"transform": 2, "block": (2, 2), "src_row_stride": 64}, ValueError, "no row strides"),
    ({"transform": 3, "layout": geometry.tile(8, 12), "dst_row_stride": 64}, ValueError, "no row strides"),
    ({"transform": 3, "layout": geometry.tile(8, 11)}, ValueError, "moves 352 bytes, but 8 x 12"),
    ({"transform": 3, "indices": range(7)}, ValueError, "each of 8 rows once"),
    ({"transform": 3, "indices": [0] * 8}, ValueError, "each of 8 rows once"),
    ({"transform": 3, "indices": range(8), "dst_row_stride": 64}, ValueError, "packed"),
    ({"transform": 4}, ValueError, "IDENTITY 0, TRANSPOSE 1"),
    ({"transform": "TRANSPOSE"}, TypeError, "transform"),
    ({"transform": 2, "block": 4}, TypeError, "source_block|destination_block"),
    ({"transform": 3, "layout": "rows"}, TypeError, "TransferLayout"),
    ({"rows": -8}, ValueError, "rows"),
    ({"rows": 8.0}, TypeError, "rows"),
    ({"element_size": 0}, ValueError, "elementBytes"),
    ({"dst_row_stride": 4}, ValueError, "twice"),
    ({"src_l3_tile_id": 4}, IndexError, "L3 tile 4"),
    ({"dst_l2_bank_id": -1}, IndexError, "dst_l2_bank_id"),
    ({"src_offset": 128 << 10}, IndexError, "src_offset 0x20000 lies behind the end"),
    ({"dst_offset": 64 << 10}, IndexError, "dst_offset"),
    ({"dst_offset": (64 << 10) - 380}, IndexError, "leaves"),
    ({"dst_offset": -4}, IndexError, "dst_offset"),
    ({"block_mover_id": 4}, IndexError, "block mover 4"),
    ({"callback": 3}, TypeError, "callback"),
]


@pytest.mark.parametrize(("change", "error", "words"), BAD_MOVES, ids=[words for _, _, words in BAD_MOVES])
def test_refused_block_moves(sim: kpu.KPUSimulator, change: dict[str, object], error: type, words: str) -> None:
    good: dict[str, object] = {
        "block_mover_id": 0, "src_l3_tile_id": 0, "src_offset": 0, "dst_l2_bank_id": 0, "dst_offset": 0, "rows": 8,
        "cols": 12, "callback": lambda: None,
    }  # fmt: skip
    with pytest.raises(error, match=words) as raised:
        sim.start_block_move(**{**good, **change})
    if error is ValueError and "transform" in change and change["transform"] != 4:
        assert raised.value.code == "KPU_GEOMETRY"
    assert sim.get_block_mover_queue_size(0) == 0
    assert not sim._link.callbacks
    sim.run_until_idle()
    assert sim.get_current_cycle() == 0


def test_streams_both_ways() -> None:
    with kpu.KPUSimulator(kpu.SimulatorConfig(reach_policy="hierarchical")) as sim:
        sim.write_l2_bank(1, 0, MATRIX)
        at = 4 * (12 + 2)
        for streamer, start in enumerate((sim.start_row_stream, sim.start_column_stream)):
            place = 1024 * streamer
            start(streamer, 1, 1, at, place, 4, 6, l2_row_stride=48, l1_row_stride=28)
            sim.run_until_idle()
            placed = np.array(sim.read_scratchpad(1, place, 28)).reshape(4, 7)
            assert (placed[:, :6] == MATRIX[1:5, 2:8]).all()
            assert not placed[:, 6].any()
            start(streamer, 3, 1, place, place, 4, 6, direction="l1_to_l2", l1_row_stride=28)
            sim.run_until_idle()
            assert sim.read_l2_bank(3, place, 24) == MATRIX[1:5, 2:8].reshape(-1).tolist()
        sim.start_drain(7, 1, 4, 0, 64, 4, 6, l1_row_stride=28, l2_row_stride=32)
        sim.run_until_idle()
        drained = np.array(sim.read_l2_bank(4, 64, 32)).reshape(4, 8)
        assert (drained[:, :6] == MATRIX[1:5, 2:8]).all()


def test_broadcasts(sim: kpu.KPUSimulator) -> None:
    sim.write_l2_bank(0, 0, MATRIX)
    sim.start_broadcast_row(0, 0, 0, 48, 0, 3, 4, l1_row_stride=20)
    sim.start_broadcast_column(1, 0, 1, 8, 16, 3, 4, l2_row_stride=48)
    sim.run_until_idle()
    rows = np.array(sim.read_scratchpad(0, 0, 15)).reshape(3, 5)
    assert (rows[:, :4] == MATRIX[1, :4]).all()
    assert sim.read_scratchpad(1, 16, 12) == np.repeat(MATRIX[:3, 2], 4).tolist()


@pytest.mark.parametrize(
    ("start", "shape", "fields", "cycles"),
    [
        ("start_row_stream", (16, 16), {}, (30, 45)),
        ("start_row_stream", (4, 64), {}, (30, 33)),
        ("start_row_stream", (32, 8), {}, (30, 45)),
        ("start_column_stream", (16, 16), {}, (30, 45)),
        ("start_column_stream", (64, 4), {}, (30, 33)),
        ("start_column_stream", (16, 16), {"systolic_array_rows": 8}, (46, 61)),
        ("start_row_stream", (16, 16), {"systolic_array_rows": 8}, (30, 37)),
        ("start_row_stream", (0, 16), {}, (15, 15)),
        ("start_drain", (16, 16), {}, (30, 45)),
    ],
)
def test_cycles_of_streams(start: str, shape: tuple[int, int], fields: dict[str, int], cycles: tuple[int, int]) -> None:
    """L2 and scratchpad take 15 cycles, each lane after the first one more."""
    measured = []
    for stagger in (False, True):
        with kpu.KPUSimulator(kpu.SimulatorConfig(**fields)) as sim:
            getattr(sim, start)(0, 0, 0, 0, 0, *shape, stagger=stagger)
            sim.run_until_idle()
            measured.append(sim.get_current_cycle())
    assert tuple(measured) == cycles


def test_refused_streams(sim: kpu.KPUSimulator) -> None:
    for start in (sim.start_row_stream, sim.start_column_stream):
        with pytest.raises(ValueError, match="direction"):
            start(0, 0, 0, 0, 0, 4, 4, direction="up")
        with pytest.raises(TypeError, match="direction"):
            start(0, 0, 0, 0, 0, 4, 4, direction=None)
        with pytest.raises(IndexError, match="l1_addr"):
            start(0, 0, 0, 0, 64 << 10, 4, 4)
        with pytest.raises(IndexError, match="scratchpad 2"):
            start(0, 0, 2, 0, 0, 4, 4)
        with pytest.raises(IndexError, match="L2 bank 8"):
            start(0, 8, 0, 0, 0, 4, 4)
        with pytest.raises(IndexError, match="streamer 8"):
            start(8, 0, 0, 0, 0, 4, 4)
        with pytest.raises(ValueError, match="twice"):
            start(0, 0, 0, 0, 0, 4, 4, l1_row_stride=12)
        with pytest.raises(TypeError, match="rows"):
            start(0, 0, 0, 0, 0, 4.5, 4, stagger=True)
    assert all(sim.get_streamer_queue_size(streamer) == 0 for streamer in range(8))


def test_a_whole_pipeline_by_semaphores() -> None:
    """Every level in turn, each engine started by the one before, without the host."""
    with kpu.KPUSimulator(kpu.SimulatorConfig(reach_policy="hierarchical")) as sim:
        sim.write_host_memory(0, 0, MATRIX)
        steps = [sim.create_semaphore(f"step {number}") for number in range(5)]
        bank, l3 = sim.get_external_bank_base(0), sim.get_l3_tile_base(0)
        sim.start_dma_transfer(0, sim.get_host_memory_region_base(0), bank, 4 * 96, signal=[steps[0]])
        sim.start_dma_transfer_2d(1, bank, l3, 8, 8, 4, 48, wait_for=[steps[0]], signal=[steps[1]])
        sim.start_block_move(0, 0, 0, 0, 0, 8, 8, 4, BlockTransform.TRANSPOSE, wait_for=[steps[1]], signal=[steps[2]])
        sim.start_row_stream(0, 0, 0, 0, 0, 8, 8, stagger=True, wait_for=[steps[2]], signal=[steps[3]])
        sim.start_drain(1, 0, 1, 0, 0, 8, 8, wait_for=[steps[3]], signal=[steps[4]])
        sim.start_block_writeback(1, 1, 0, 1, 0, 8, 8, 4, BlockTransform.TRANSPOSE, wait_for=[steps[4]])
        sim.run_until_idle()
        assert sim.read_l3_tile(1, 0, 64) == MATRIX[:, :8].reshape(-1).tolist()
        assert sim.get_hazards() == []
