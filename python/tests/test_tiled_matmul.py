"""Tiled matrix products on the whole machine."""

from __future__ import annotations

import array
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stillwater_kpu as kpu
from stillwater_kpu import _products
from stillwater_kpu._products import Operands


def plain_product(a: Any, b: Any) -> Any:
    """The plain loop: k ascending, every product and every sum rounded to float32."""
    total = np.zeros((a.shape[0], b.shape[1]), np.float32)
    for index in range(a.shape[1]):
        total += a[:, index : index + 1] * b[index : index + 1, :]
    return total


def operands(m: int, n: int, k: int, seed: int = 1) -> tuple[Any, Any]:
    numbers = np.random.default_rng(seed)
    a, b = numbers.standard_normal((m, k)), numbers.standard_normal((k, n))
    return a.astype(np.float32), b.astype(np.float32)


side = st.integers(1, 70)
machine = st.fixed_dictionaries(
    {
        "compute_tile_count": st.integers(1, 4),
        "systolic_array_rows": st.integers(1, 8),
        "systolic_array_cols": st.integers(1, 8),
        "dma_engine_count": st.integers(1, 3),
        "block_mover_count": st.integers(1, 3),
        "streamer_count": st.integers(1, 6),
        "reach_policy": st.sampled_from(["any", "hierarchical"]),
        "fidelity": st.sampled_from(["transaction", "functional", "cycle"]),
    }
)
dataflow = st.sampled_from([None, "output_stationary", "weight_stationary", "input_stationary"])


@settings(max_examples=40, deadline=None)
@given(machine, side, side, side, dataflow, st.booleans())
def test_is_bit_equal_to_the_plain_loop(
    fields: dict[str, Any], m: int, n: int, k: int, flow: str | None, double: bool
) -> None:
    a, b = operands(m, n, k)
    with kpu.KPUSimulator(kpu.SimulatorConfig(**fields)) as sim:
        result = sim.run_tiled_matmul(a, b, dataflow=flow, double_buffer=double)
        assert result.c.dtype == np.float32
        assert result.c.tobytes() == plain_product(a, b).tobytes()
        assert sim.get_hazards() == []
        report = result.report
        assert report.multiply_accumulates == m * n * k
        assert report.utilization <= 1
        assert report.flops_per_cycle <= report.roof_flops_per_cycle * (1 + 1e-12)
        for unit in report.units:
            waiting = unit.waiting_for_data_cycles + unit.waiting_for_space_cycles
            assert unit.busy_cycles + waiting + unit.idle_cycles == report.cycles


def test_takes_arrays_of_any_kind_and_nested_lists() -> None:
    a, b = operands(5, 4, 6)
    with kpu.KPUSimulator() as sim:
        expected = sim.run_tiled_matmul(a, b).c
        assert np.array_equal(sim.run_tiled_matmul(np.asfortranarray(a), b[::-1][::-1]).c, expected)
        assert np.array_equal(sim.run_tiled_matmul(a.astype(np.float64), b).c, expected)
        lists = sim.run_tiled_matmul(a.tolist(), b.tolist()).c
        assert isinstance(lists, list)
        assert lists == expected.tolist()


def test_takes_buffers_and_rows_of_any_kind() -> None:
    numbers = array.array("f", [1.0, 2.0, 3.0, 4.0])
    expected = [[7.0, 10.0], [15.0, 22.0]]
    with kpu.KPUSimulator() as sim:
        buffer = memoryview(numbers).cast("B").cast("f", (2, 2))
        assert sim.run_tiled_matmul(buffer, ((1, 2), range(3, 5))).c == expected
        rows = [array.array("d", [1.0, 2.0]), np.array([3, 4])]
        assert sim.run_tiled_matmul((row for row in rows), [[True, 2.0], [3.0, 4.0]]).c == expected
        assert sim.run_tiled_matmul(np.array([[1, 2], [3, 4]], np.int8), buffer).c.tolist() == expected


def test_a_large_product_is_bit_equal_to_the_engines_plain_one() -> None:
    """1024 x 1024 x 1024: several chunks of every matrix on the wire."""
    a, b = operands(1024, 1024, 1024, seed=7)
    a[5, 7], b[9, 11] = np.inf, np.nan
    plain = Operands(1024, 1024, 1024, memoryview(a.tobytes()), memoryview(b.tobytes()))
    with kpu.KPUSimulator() as sim:
        first = sim.run_tiled_matmul(a, b)
        expected = _products.plain_product(sim._link.connection, plain)
        assert first.c.tobytes() == expected.tobytes()
        second = sim.run_tiled_matmul(a, b)
        assert second.c.tobytes() == expected.tobytes()
        assert second.report == first.report
        assert sim.get_current_cycle() == 2 * first.report.cycles
        assert first.report.multiply_accumulates == 1024**3


def test_stepped_arrays_compute_the_same() -> None:
    a, b = operands(19, 21, 23)
    results = []
    for model in ("closed_form", "stepped"):
        fields: dict[str, Any] = {"array_model": model, "systolic_array_rows": 4, "systolic_array_cols": 5}
        with kpu.KPUSimulator(kpu.SimulatorConfig(**fields)) as sim:
            result = sim.run_tiled_matmul(a, b, dataflow="input_stationary")
            results.append((result.c.tobytes(), result.report, sim.get_pe_activity(0), sim.get_statistics()))
    assert results[0] == results[1]
    assert results[0][0] == plain_product(a, b).tobytes()


def test_the_choices_of_the_caller_hold() -> None:
    a, b = operands(40, 30, 50)
    with kpu.KPUSimulator(kpu.SimulatorConfig(compute_tile_count=4, scratchpad_count=4)) as sim:
        report = sim.run_tiled_matmul(
            a, b, tile_m=16, tile_n=8, tile_k=10, dataflow="weight_stationary", double_buffer=False, tiles=2,
            dma_engines=1, block_movers=1, streamers=3, grid_rows=2,
        ).report  # fmt: skip
    assert report.tiling == kpu.Tiling(
        16, 8, 10, 2, 1, 1, report.tiling.staged_tiles, "weight_stationary", sum_buffers=1, host_dma_engines=0
    )
    assert [unit.unit for unit in report.units] == [
        "dma 0", "block mover 0", "streamer 0", "streamer 1", "streamer 2", "tile 0", "tile 1",
    ]  # fmt: skip


def test_the_report_reads_well() -> None:
    with kpu.KPUSimulator() as sim:
        report = sim.run_tiled_matmul(*operands(32, 32, 32)).report
    text = str(report)
    assert text.startswith(f"C (32 x 32) = A (32 x 32) B (32 x 32): {report.cycles} cycles")
    assert "block mover 3" in text
    assert "<table>" in report._repr_html_()
    plain = json.loads(json.dumps(report.to_dict()))
    assert plain["levels"][0]["level"] == "host"
    assert plain["tiling"]["tile_m"] == report.tiling.tile_m
    assert report.time_ns == report.cycles


@pytest.mark.parametrize(
    ("a", "b", "options", "error", "message"),
    [
        (np.zeros((2, 3)), np.zeros((4, 2)), {}, kpu.ShapeError, "the inner dimensions differ"),
        (np.zeros(3), np.zeros((3, 2)), {}, kpu.ShapeError, "a must be a 2-D array"),
        (np.zeros((0, 3)), np.zeros((3, 2)), {}, kpu.ShapeError, "a must be a 2-D array that is not empty"),
        ([[1.0], [2.0, 3.0]], [[1.0]], {}, kpu.ShapeError, "row 1 has 2 numbers"),
        ([], [[1.0]], {}, kpu.ShapeError, "a must not be empty"),
        ([[]], [[1.0]], {}, kpu.ShapeError, "a must not be empty"),
        (memoryview(bytes(8)).cast("f", (1, 2, 1)), [[1.0]], {}, kpu.ShapeError, r"got shape \(1, 2, 1\)"),
        ([[1.0], ["x"]], [[1.0]], {}, kpu.KpuTypeError, r"row 1 of a: data\[0\] must be a number, got str"),
        ([[1.0]], [[10**400]], {}, kpu.KpuOverflowError, "row 0 of b: .* too large"),
        ([1.0, 2.0], [[1.0]], {}, kpu.KpuTypeError, "a must have rows of numbers, got float as row 0"),
        (list(np.ones(2)), [[1.0]], {}, kpu.KpuTypeError, "a must have rows of numbers"),
        ([[1.0]], 3, {}, kpu.KpuTypeError, "b must be a 2-D array or nested lists, got int"),
        ([[1.0]], "3", {}, kpu.KpuTypeError, "b must be a 2-D array or nested lists, got str"),
        (np.ones((1, 1), complex), [[1.0]], {}, kpu.KpuTypeError, "complex128"),
        ([[1.0]], [[1.0]], {"progress": 5}, kpu.KpuTypeError, "progress must be True, False, None or a function"),
        ([[1.0]], [[1.0]], {"tile_m": 0}, ValueError, "tile_m must be a whole number from 1"),
        ([[1.0]], [[1.0]], {"tile_k": 1.5}, TypeError, "tile_k must be an int"),
        ([[1.0]], [[1.0]], {"tiles": 9}, IndexError, "tiles must be 1 to 2"),
        ([[1.0]], [[1.0]], {"dataflow": "none"}, ValueError, "dataflow must be one of"),
        ([[1.0]], [[1.0]], {"grid_rows": 3}, ValueError, "grid_rows must divide"),
        (
            np.zeros((300, 300)),
            np.zeros((300, 300)),
            {"tile_m": 300, "tile_n": 300},
            ValueError,
            "no tiling of .* tile_m 300, tile_n 300, double_buffer true: .* double_buffer=False",
        ),
    ],
)
def test_refusals_start_nothing(a: Any, b: Any, options: dict[str, Any], error: type[Exception], message: str) -> None:
    with kpu.KPUSimulator() as sim:
        with pytest.raises(error, match=message):
            sim.run_tiled_matmul(a, b, **options)
        sim.run_until_idle()
        assert sim.get_current_cycle() == 0


def test_times_without_values_are_the_same() -> None:
    a, b = operands(70, 50, 60)
    reports = []
    for timing_only in (False, True):
        with kpu.KPUSimulator(kpu.SimulatorConfig(timing_only=timing_only)) as sim:
            result = sim.run_tiled_matmul(a, b)
            assert (result.c is None) == timing_only
            reports.append(result.report)
    assert reports[0] == reports[1]


def test_products_accumulate_and_choose_their_dataflow() -> None:
    a, b = operands(17, 16, 16)
    with kpu.KPUSimulator() as sim:
        sim.write_scratchpad_numpy(0, 0, a)
        sim.write_scratchpad_numpy(0, 2048, b)
        cycles = []
        for flow in ("output_stationary", "weight_stationary", "input_stationary"):
            start = sim.get_current_cycle()
            sim.start_matmul(0, 0, 17, 16, 16, 0, 2048, 4096, accumulate=True, dataflow=flow)
            sim.run_until_idle()
            cycles.append(sim.get_current_cycle() - start)
        assert cycles == [92, 63, 124]
        total = np.zeros((17, 16), np.float32)
        for _ in range(3):
            for index in range(16):
                total += a[:, index : index + 1] * b[index : index + 1, :]
        assert np.array_equal(sim.read_scratchpad_numpy(0, 4096, (17, 16)), total)
        activity = sim.get_pe_activity(0)
        assert (len(activity), len(activity[0])) == (16, 16)
        assert sum(map(sum, activity)) == 3 * 17 * 16 * 16
        with pytest.raises(ValueError, match="dataflow must be one of"):
            sim.start_matmul(0, 0, 1, 1, 1, 0, 4, 8, dataflow="row_stationary")
        with pytest.raises(TypeError, match="dataflow must be a str"):
            sim.start_matmul(0, 0, 1, 1, 1, 0, 4, 8, dataflow=1)  # type: ignore[arg-type]
        with pytest.raises(IndexError):
            sim.get_pe_activity(2)


def test_a_simulator_of_times_only_needs_no_operands() -> None:
    with kpu.KPUSimulator(kpu.SimulatorConfig(timing_only=True)) as sim:
        with_operands = sim.run_tiled_matmul([[1.0] * 70] * 40, [[1.0] * 50] * 70)
        sim.reset()
        result = sim.run_tiled_matmul(shape=(40, 50, 70))
        assert result.c is None
        assert result.report == with_operands.report


def test_a_very_large_product_takes_no_longer_than_a_large_one() -> None:
    """Its repetitions are jumped over: without that it would be 10,000,000,000 operations."""
    with kpu.KPUSimulator(kpu.SimulatorConfig(timing_only=True)) as sim:
        report = sim.run_tiled_matmul(shape=(16384, 16384, 1024), tile_m=32, tile_n=32, tile_k=32).report
    assert report.cycles > 16384 * 16384 * 1024 // 512


@pytest.mark.parametrize("shape", [(1, 2), 5, "123", (0, 1, 1), (1, 1, -1)])
def test_shapes_that_are_none_are_refused(shape: object) -> None:
    with kpu.KPUSimulator(kpu.SimulatorConfig(timing_only=True)) as sim:
        with pytest.raises((ValueError, OverflowError)):
            sim.run_tiled_matmul(shape=shape)  # type: ignore[arg-type]
        assert sim.get_current_cycle() == 0


def test_a_shape_is_no_operand() -> None:
    with kpu.KPUSimulator() as sim, pytest.raises(kpu.ShapeError, match="timing_only=True"):
        sim.run_tiled_matmul(shape=(1, 1, 1))
    with (
        kpu.KPUSimulator(kpu.SimulatorConfig(timing_only=True)) as sim,
        pytest.raises(kpu.ShapeError, match="not both"),
    ):
        sim.run_tiled_matmul([[1.0]], [[1.0]], shape=(1, 1, 1))


def test_missing_operands_and_unknown_options_are_named() -> None:
    with kpu.KPUSimulator() as sim:
        with pytest.raises(TypeError, match=r"needs a and b, or on a simulator of times only shape=\(m, n, k\)"):
            sim.run_tiled_matmul([[1.0]])
        with pytest.raises(TypeError, match="unexpected keyword argument 'm'"):
            sim.run_tiled_matmul(m=4, n=4, k=4)  # type: ignore[call-arg]
