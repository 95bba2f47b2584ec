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


def test_epilogues_that_make_no_sense_are_refused() -> None:
    cases: list[tuple[dict[str, object], str]] = [
        ({"dtype": "int8"}, "a scale"),
        ({"dtype": "float16", "result_dtype": "float16"}, "float32 sums"),
        ({"dtype": "int8", "scale": 2.0, "accumulate": True}, "accumulates"),
        ({"dtype": "int8", "scale": float("nan")}, "scale"),
        ({"scale": 1e300}, "scale"),
    ]
    with kpu.KPUSimulator() as sim:
        for arguments, match in cases:
            with pytest.raises(ValueError, match=match):
                sim.start_matmul(0, 0, 2, 2, 2, 0, 64, 128, activation=kpu.ActivationType.RELU, **arguments)
        assert not sim.is_compute_busy(0)
