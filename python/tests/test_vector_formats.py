"""Vector operations on matrices of every number format."""

from __future__ import annotations

import numpy as np
import pytest

import stillwater_kpu as kpu


@pytest.mark.parametrize("result", [None, *kpu.DataType])
@pytest.mark.parametrize("dtype", list(kpu.DataType))
def test_operations_on_every_format_are_those_on_the_numbers_it_holds(
    dtype: kpu.DataType, result: kpu.DataType | None
) -> None:
    rng = np.random.default_rng(int(dtype) * 16 + (99 if result is None else int(result)))
    rows, cols = 5, 7
    low = 0 if dtype is kpu.DataType.UINT8 else -6
    matrix, other = (rng.integers(low, 7, shape).astype("f4") for shape in ((rows, cols), (rows, cols)))
    starts: list[tuple[str, tuple[object, ...], dict[str, object]]] = [
        ("softmax", (), {}),
        ("rmsnorm", (), {}),
        ("layernorm", (), {"gamma_addr": 8192}),
        ("activation", (), {"activation": kpu.ActivationType.SILU, "bias_addr": 8192, "scale": 0.37}),
        ("activation", (), {"scale_addr": 8192}),
        ("elementwise", ("multiply",), {"matrix_addr": 4096}),
        ("elementwise", ("add",), {"row_addr": 4096}),
        ("elementwise", ("subtract",), {"column_addr": 4096}),
        ("elementwise", ("maximum",), {"scalar": 0.7}),
        ("reduction", ("mean",), {}),
    ]
    wanted = dtype if result is None else result
    with kpu.KPUSimulator() as plain, kpu.KPUSimulator() as narrow:
        for name, positional, arguments in starts:
            shape = (1, rows) if name == "reduction" else (rows, cols)
            # A row or a column lies in memory as a row.
            count = {"row_addr": cols, "column_addr": rows}
            extent = next(((1, count[each]) for each in arguments if each in count), (rows, cols))
            for simulator, form, options in (
                (plain, "float32", {}),
                (narrow, dtype, {"dtype": dtype, "result_dtype": result}),
            ):
                simulator.write_scratchpad_numpy(0, 0, matrix, dtype=form)
                simulator.write_scratchpad_numpy(
                    0, 4096, other.reshape(-1)[: extent[0] * extent[1]].reshape(extent), dtype=form
                )
                simulator.write_scratchpad(0, 8192, [0.5, 1.25, 2.0, 0.1, 3.0, 0.75, 1.0])
                getattr(simulator, f"start_vector_{name}")(
                    0, 0, *positional, rows, cols, 0, 16384, **arguments, **options
                )
                simulator.run_until_idle()
            expected = plain.read_scratchpad_numpy(0, 16384, shape)
            encoded = kpu.encode_numbers(expected[0] if shape[0] == 1 else expected, wanted, "saturate")
            if wanted is not kpu.DataType.INT4:
                got = narrow.read_scratchpad_numpy(0, 16384, shape, dtype=wanted)
                assert np.ascontiguousarray(got).tobytes() == encoded, (name, arguments)
            else:
                got = narrow.read_scratchpad_numpy(0, 16384, shape, dtype=wanted)
                assert (got.astype("f4") == np.clip(np.rint(expected), -8, 7)).all(), (name, arguments)
        assert plain.get_current_cycle() == narrow.get_current_cycle()


def test_results_of_whole_numbers_are_requantized(sim: kpu.KPUSimulator) -> None:
    x = np.array([[-300.0, -1.05, 0.15, 0.25, 0.35, 1000.0, np.nan, np.inf]], np.float32)
    by = kpu.Quantization(0.1, 100, "uint8")
    sim.write_scratchpad_numpy(0, 0, x)
    sim.start_vector_activation(0, 0, 1, 8, 0, 64, result_dtype="uint8", result_scale=0.1, result_zero_point=100)
    sim.run_until_idle()
    result = sim.read_scratchpad_numpy(0, 64, (1, 8), dtype="uint8")
    finite = [0, 1, 2, 3, 4, 5, 7]
    assert (result[0, finite] == by.quantize(x[:, finite])).all()
    assert result[0, 6] == 100
