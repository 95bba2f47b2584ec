"""Small workloads of reduced precision, against numpy and ml-dtypes."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

import stillwater_kpu as kpu

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)


def plain_product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A B in float32 with k ascending, each product and each sum rounded: what an array does with widened operands."""
    sums = np.zeros((a.shape[0], b.shape[1]), np.float32)
    for k in range(a.shape[1]):
        sums += np.outer(a[:, k], b[k]).astype(np.float32)
    return sums


def test_a_network_of_two_layers_in_bfloat16() -> None:
    rng = np.random.default_rng(3)
    inputs, hidden, outputs = 12, 20, 6
    x = rng.standard_normal((4, inputs), dtype=np.float32).astype(BFLOAT16)
    weights = [
        rng.standard_normal(shape, dtype=np.float32).astype(BFLOAT16) for shape in ((inputs, hidden), (hidden, outputs))
    ]
    biases = [rng.standard_normal(size, dtype=np.float32) for size in (hidden, outputs)]
    layer = np.maximum(plain_product(x.astype(np.float32), weights[0].astype(np.float32)) + biases[0], np.float32(0))
    expected = plain_product(layer.astype(BFLOAT16).astype(np.float32), weights[1].astype(np.float32)) + biases[1]
    with kpu.KPUSimulator() as sim:
        activations = x
        for number, (weight, bias) in enumerate(zip(weights, biases)):
            m, k = activations.shape
            n = weight.shape[1]
            a_addr, b_addr, bias_addr, c_addr = 0, 4096, 8192, 12288
            sim.write_scratchpad(0, a_addr, activations, dtype="bfloat16")
            sim.write_scratchpad(0, b_addr, weight, dtype="bfloat16")
            sim.write_scratchpad(0, bias_addr, bias)
            sim.start_matmul(
                0,
                0,
                m,
                n,
                k,
                a_addr,
                b_addr,
                c_addr,
                dtype="bfloat16",
                bias_addr=bias_addr,
                activation=kpu.ActivationType.RELU if number == 0 else kpu.ActivationType.NONE,
            )
            sim.run_until_idle()
            result = sim.read_scratchpad_numpy(0, c_addr, (m, n))
            activations = result.astype(BFLOAT16)
    assert np.array_equal(result.view(np.uint32), expected.view(np.uint32))


def test_a_quantized_product_against_float32() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.standard_normal((24, 40), dtype=np.float32), rng.standard_normal((40, 16), dtype=np.float32)
    scales = [np.abs(each).max() / 127 for each in (a, b)]
    quantized = [np.rint(each / scale).astype(np.int8) for each, scale in zip((a, b), scales)]
    with kpu.KPUSimulator() as sim:
        result = sim.run_tiled_matmul(*quantized, dtype="int8")
    sums = quantized[0].astype(np.int32) @ quantized[1].astype(np.int32)
    assert np.array_equal(result.c, sums)
    assert np.abs(result.c * scales[0] * scales[1] - a @ b).max() < 0.35


def test_an_int8_product_with_float32_bias_and_relu() -> None:
    rng = np.random.default_rng(6)
    a, b = rng.integers(-128, 128, (20, 33), np.int8), rng.integers(-128, 128, (33, 18), np.int8)
    bias = rng.standard_normal(18, dtype=np.float32)
    scale = np.float32(0.00037)
    sums = (a.astype(np.int32) @ b.astype(np.int32)).astype(np.float32)
    expected = np.maximum(sums * scale + bias, np.float32(0))
    for array_model in ("closed_form", "stepped"):
        with kpu.KPUSimulator(kpu.SimulatorConfig(array_model=array_model)) as sim:
            sim.write_scratchpad(0, 0, a, dtype="int8")
            sim.write_scratchpad(0, 1024, b, dtype="int8")
            sim.write_scratchpad(0, 2048, bias)
            relu = kpu.ActivationType.RELU
            sim.start_matmul(
                0, 0, 20, 18, 33, 0, 1024, 4096, dtype="int8", scale=scale, bias_addr=2048, activation=relu
            )
            sim.run_until_idle()
            result = sim.read_scratchpad_numpy(0, 4096, (20, 18))
        assert np.array_equal(result.view(np.uint32), expected.view(np.uint32))


def quantized_by_column(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scales = (np.abs(weights).max(axis=0) / np.float32(127)).astype(np.float32)
    return np.rint(weights / scales).astype(np.int8), scales


def requantized(values: np.ndarray, scale: np.float32, zero_point: int) -> np.ndarray:
    whole = np.rint((values / scale).astype(np.float32)).astype(np.int64) + zero_point
    return np.clip(whole, -128, 127).astype(np.int8)


def test_an_int8_layer_with_scales_of_channels_and_an_int8_result() -> None:
    rng = np.random.default_rng(8)
    x = rng.integers(-128, 128, (20, 48), np.int8)
    weights, scales = quantized_by_column(rng.standard_normal((48, 18), dtype=np.float32))
    factors = (scales * np.float32(0.02)).astype(np.float32)
    bias = rng.standard_normal(18, dtype=np.float32)
    sums = (x.astype(np.int32) @ weights.astype(np.int32)).astype(np.float32)
    expected = requantized(np.maximum(sums * factors + bias, np.float32(0)), np.float32(0.04), -128)
    for array_model in ("closed_form", "stepped"):
        with kpu.KPUSimulator(kpu.SimulatorConfig(array_model=array_model)) as sim:
            sim.write_scratchpad(0, 0, x, dtype="int8")
            sim.write_scratchpad(0, 1024, weights, dtype="int8")
            sim.write_scratchpad(0, 2048, factors)
            sim.write_scratchpad(0, 2560, bias)
            sim.start_matmul(
                0, 0, 20, 18, 48, 0, 1024, 4096,
                dtype="int8", result_dtype="int8", scale_addr=2048, bias_addr=2560,
                activation=kpu.ActivationType.RELU, result_scale=0.04, result_zero_point=-128,
            )  # fmt: skip
            sim.run_until_idle()
            result = sim.read_scratchpad_numpy(0, 4096, (20, 18), dtype="int8")
            traffic = sim.get_statistics()["scratchpad"][0]
        assert np.array_equal(result, expected)
        assert len(np.unique(result)) > 100
        assert traffic["bytes_read"] == 20 * 48 + 48 * 18 + 2 * 4 * 18
        assert traffic["bytes_written"] == 20 * 18


def test_a_tiled_network_of_two_layers_in_int8() -> None:
    rng = np.random.default_rng(9)
    x = rng.integers(-128, 128, (70, 100), np.int8)
    layers = []
    for inputs, outputs, out_scale in ((100, 90, 0.11), (90, 30, 0.3)):
        weights, scales = quantized_by_column(rng.standard_normal((inputs, outputs), dtype=np.float32))
        factors = (scales * np.float32(0.02)).astype(np.float32)
        layers.append((weights, factors, rng.standard_normal(outputs, dtype=np.float32), np.float32(out_scale)))
    expected = activations = x
    with kpu.KPUSimulator() as sim:
        for weights, factors, bias, out_scale in layers:
            sums = (expected.astype(np.int32) @ weights.astype(np.int32)).astype(np.float32)
            expected = requantized(np.maximum(sums * factors + bias, np.float32(0)), out_scale, 0)
            result = sim.run_tiled_matmul(
                activations, weights,
                dtype="int8", result_dtype="int8", scale=factors, bias=bias,
                activation=kpu.ActivationType.RELU, result_scale=out_scale,
                tile_m=16, tile_n=16, tile_k=32,
            )  # fmt: skip
            activations = result.c
            assert result.report.result_dtype == "int8"
            assert result.report.hazards == 0
            assert f"C ({sums.shape[0]} x {sums.shape[1]}, int8)" in str(result.report)
    assert activations.dtype == np.int8
    assert np.array_equal(activations, expected)
    assert 0 < expected.mean() < 120


def test_a_tiled_product_of_int4_with_int4_results_as_lists() -> None:
    rng = np.random.default_rng(10)
    a, b = rng.integers(-8, 8, (21, 33)), rng.integers(-8, 8, (33, 15))
    expected = np.clip(np.rint((a @ b).astype(np.float32) * np.float32(0.03)), -8, 7)
    with kpu.KPUSimulator() as sim:
        result = sim.run_tiled_matmul(a.tolist(), b.tolist(), dtype="int4", result_dtype="int4", scale=0.03, tile_n=4)
        assert result.c == expected.tolist()
        whole = sim.run_tiled_matmul(a.tolist(), b.tolist(), dtype="int4")
        assert whole.c == (a @ b).tolist()
        floats = sim.run_tiled_matmul(a, b, result_dtype="bfloat16", bias=range(15))
        expected_floats = plain_product(a.astype("f4"), b.astype("f4")) + np.arange(15, dtype="f4")
        assert np.array_equal(floats.c, expected_floats.astype(BFLOAT16))


def test_a_tiled_ending_takes_the_same_cycles_without_values() -> None:
    a, b = np.ones((40, 64), np.int8), np.ones((64, 24), np.int8)
    ending = {"dtype": "int8", "result_dtype": "int8", "scale": [0.1] * 24, "bias": np.zeros(24), "tile_n": 8}
    with kpu.KPUSimulator() as sim, kpu.KPUSimulator(kpu.SimulatorConfig(timing_only=True)) as study:
        report = sim.run_tiled_matmul(a, b, **ending).report
        assert study.run_tiled_matmul(shape=(40, 24, 64), **ending).report == report
        assert [unit.unit for unit in report.units][-2:] == ["vector 0", "vector 1"]


def test_endings_that_make_no_sense_are_refused_with_nothing_started() -> None:
    cases: list[tuple[dict[str, object], str]] = [
        ({"scale": [1.0, -2.0]}, "scale 1 must be a positive finite float32, got -2.0"),
        ({"scale": [1.0, float("nan")]}, "scale 1 must be a positive"),
        ({"scale": [1.0]}, "each of the 2 columns of C, got 1"),
        ({"bias": [1.0, 2.0, 3.0]}, "each of the 2 columns of C, got 3"),
        ({"scale": 0.0}, "scale must be a positive finite float32, got 0.0"),
        ({"scale": 1e300}, "scale must be a positive"),
        ({"dtype": "int8", "bias": [1.0, 2.0]}, "give a scale"),
        ({"result_scale": 2.0}, "a result of FLOAT32 has neither"),
        ({"result_dtype": "int4", "result_zero_point": 8}, "INT4, -8 to 7, got 8"),
        ({"result_dtype": "int16"}, "dtype"),
        ({"result_dtype": "int4", "tile_n": 1}, "tile_n 1: tiles of int4"),
        ({"activation": 99}, "ActivationType"),
        ({"slope": float("nan"), "activation": 7}, "slope"),
    ]
    with kpu.KPUSimulator() as sim:
        for arguments, match in cases:
            with pytest.raises(ValueError, match=match):
                sim.run_tiled_matmul([[1, 2]], [[3, 4], [5, 6]], **arguments)
        with pytest.raises(TypeError, match="result_dtypes'; did you mean 'result_dtype'"):
            sim.run_tiled_matmul([[1]], [[1]], result_dtypes="int8")
        with pytest.raises(TypeError, match="bias must have a number for each column"):
            sim.run_tiled_matmul([[1]], [[1]], bias=1.0)
        assert sim.get_current_cycle() == 0
        assert not sim.is_dma_busy(0)


def test_epilogues_that_make_no_sense_are_refused() -> None:
    cases: list[tuple[dict[str, object], str]] = [
        ({"dtype": "int8"}, "a scale"),
        ({"dtype": "int8", "result_dtype": "int16", "scale": 2.0}, "dtype"),
        ({"result_scale": 2.0}, "a result of FLOAT32 has neither"),
        ({"result_dtype": "int8", "result_scale": 0.0}, "result_scale must be a positive finite float32, got 0.0"),
        ({"result_dtype": "uint8", "result_zero_point": -1}, "UINT8, 0 to 255, got -1"),
        ({"scale": -0.5}, "scale must be a positive finite float32, got -0.5"),
        ({"dtype": "int8", "scale": float("nan")}, "scale"),
        ({"scale": 1e300}, "scale"),
    ]
    with kpu.KPUSimulator() as sim:
        for arguments, match in cases:
            with pytest.raises(ValueError, match=match):
                sim.start_matmul(0, 0, 2, 2, 2, 0, 64, 128, activation=kpu.ActivationType.RELU, **arguments)
        with pytest.raises(TypeError, match="not both"):
            sim.start_matmul(0, 0, 2, 2, 2, 0, 64, 128, scale=1.0, scale_addr=0)
        with pytest.raises(IndexError, match=r"scale \(2 float32, 8 bytes\) at offset 0xfffc leaves scratchpad 0"):
            sim.start_matmul(0, 0, 2, 2, 2, 0, 64, 128, scale_addr=65532)
        assert not sim.is_compute_busy(0)
