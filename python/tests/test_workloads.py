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


def test_products_of_whole_numbers_do_not_end_in_the_vector_unit() -> None:
    with kpu.KPUSimulator() as sim:
        for arguments in ({"dtype": "int8"}, {"dtype": "float16", "result_dtype": "float16"}):
            with pytest.raises(ValueError, match="float32 sums"):
                sim.start_matmul(0, 0, 2, 2, 2, 0, 64, 128, activation=kpu.ActivationType.RELU, **arguments)
        assert not sim.is_compute_busy(0)
