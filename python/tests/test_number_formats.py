"""Number formats bit for bit as in numpy and ml_dtypes, in memory and in products."""

from __future__ import annotations

import array
from typing import Any

import pytest

import stillwater_kpu as kpu
from stillwater_kpu import DataType
from stillwater_kpu._engines import shared_connection

np = pytest.importorskip("numpy")
ml_dtypes = pytest.importorskip("ml_dtypes")

NARROW = {
    DataType.FLOAT16: np.dtype(np.float16),
    DataType.BFLOAT16: np.dtype(ml_dtypes.bfloat16),
    DataType.FLOAT8_E4M3: np.dtype(ml_dtypes.float8_e4m3fn),
    DataType.FLOAT8_E5M2: np.dtype(ml_dtypes.float8_e5m2),
}
WHOLE = {DataType.INT32: np.int32, DataType.INT8: np.int8, DataType.UINT8: np.uint8}


def patterns(dtype: DataType) -> Any:
    """Every pattern of a narrow format."""
    width = np.uint16 if NARROW[dtype].itemsize == 2 else np.uint8
    return np.arange(np.iinfo(width).max + 1, dtype=width)


def encoded(values: Any, dtype: DataType, policy: str | None = None) -> Any:
    content = kpu.encode_numbers(values, dtype, policy)
    return np.frombuffer(content, "<u2" if NARROW[dtype].itemsize == 2 else "u1")


def same_numbers(mine: Any, theirs: Any, dtype: DataType) -> None:
    """Equal bits; the NaNs of float16, whose fraction numpy keeps where its processor does, only as NaNs of one sign."""
    expected = theirs.astype(NARROW[dtype]).view(mine.dtype)
    if dtype is DataType.FLOAT16:
        nans = np.isnan(theirs)
        assert ((mine[nans] & 0x7FFF) == 0x7E00).all()
        assert ((mine[nans] >> 15) == np.signbit(theirs[nans])).all()
        mine, expected = mine[~nans], expected[~nans]
    wrong = np.flatnonzero(mine != expected)
    assert wrong.size == 0, (dtype, theirs.reshape(-1)[wrong[:3]], mine[wrong[:3]], expected[wrong[:3]])


@pytest.mark.parametrize("dtype", list(NARROW))
def test_every_pattern_is_decoded_as_there(dtype: DataType) -> None:
    bits = patterns(dtype)
    theirs = bits.view(NARROW[dtype]).astype(np.float32)
    mine = np.array(kpu.decode_numbers(bits.tobytes(), dtype), np.float32)
    assert (np.isnan(mine) == np.isnan(theirs)).all()
    held = ~np.isnan(theirs)
    assert (mine.view(np.uint32)[held] == theirs.view(np.uint32)[held]).all()


@pytest.mark.parametrize("dtype", list(NARROW))
@pytest.mark.parametrize("source", [DataType.FLOAT16, DataType.BFLOAT16])
def test_every_float16_and_bfloat16_is_rounded_as_there(dtype: DataType, source: DataType) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        values = patterns(source).view(NARROW[source]).astype(np.float32)
        same_numbers(encoded(values, dtype), values, dtype)


@pytest.mark.parametrize("dtype", list(NARROW))
def test_ties_their_neighbours_and_random_float32_are_rounded_as_there(dtype: DataType) -> None:
    bits = patterns(dtype)
    greatest = kpu.dtype_max(dtype)
    words = np.random.default_rng(5).integers(0, 2**32, 1_000_000, dtype=np.uint32)
    with np.errstate(over="ignore", invalid="ignore"):
        numbers = bits.view(NARROW[dtype]).astype(np.float64)
        numbers = np.sort(numbers[np.isfinite(numbers)])
        ties = ((numbers[1:] + numbers[:-1]) / 2).astype(np.float32)
        edges = (greatest * np.array([1, 1.01, 1.04, 1.13, 1.2])).astype(np.float32)
        values = np.concatenate(
            [ties, np.nextafter(ties, np.float32(np.inf)), np.nextafter(ties, np.float32(-np.inf)), edges, -edges]
        )
        for each in (values, words.view(np.float32)):
            same_numbers(encoded(each, dtype), each, dtype)


def test_doubles_are_rounded_once_to_float16_as_numpy_does() -> None:
    rng = np.random.default_rng(6)
    values = np.concatenate([rng.standard_normal(100_000), (2049 + rng.standard_normal(1000) * 1e-9) * 2.0**-11])
    assert (encoded(values, DataType.FLOAT16) == values.astype(np.float16).view(np.uint16)).all()


@pytest.mark.parametrize("dtype", list(WHOLE))
def test_whole_numbers_are_rounded_half_to_even_and_bounded(dtype: DataType) -> None:
    rng = np.random.default_rng(7)
    info = np.iinfo(WHOLE[dtype])
    span = float(info.max) - info.min
    values = np.concatenate([np.arange(-2000, 2000) / 4, rng.uniform(info.min - span, info.max + span, 10_000)])
    expected = np.clip(np.rint(values), info.min, info.max).astype(WHOLE[dtype])
    assert (np.frombuffer(kpu.encode_numbers(values, dtype), WHOLE[dtype]) == expected).all()
    with pytest.raises(ValueError, match="number 2 is NaN"):
        kpu.encode_numbers([1, 2, float("nan")], dtype)
    with pytest.raises(ValueError, match="number 1 is"):
        kpu.encode_numbers([1, info.max + 1.0], dtype, "raise")


def test_an_error_names_the_number_in_all_that_is_given() -> None:
    values = np.zeros(5_000_000, np.float32)
    values[4_999_999] = np.nan
    with pytest.raises(ValueError, match="number 4999999 is NaN"):
        kpu.encode_numbers(values, DataType.INT8)


def test_the_table_is_the_engines() -> None:
    described = shared_connection().query(None, "describe")["numberFormats"]
    assert set(described) == {kpu.dtype_name(dtype) for dtype in DataType}
    for name, facts in described.items():
        dtype = kpu.data_type(name)
        assert dtype == facts["code"]
        assert (kpu.dtype_bits(dtype), kpu.is_integer(dtype)) == (facts["bits"], facts["kind"] == "integer")
        assert kpu.is_floating(dtype) is not kpu.is_integer(dtype)
        assert kpu.dtype_name(kpu.accumulator_type(dtype)) == facts["accumulator"]
        assert (kpu.dtype_min(dtype), kpu.dtype_max(dtype)) == (facts["least"], facts["greatest"])


def test_sizes_as_the_original_has_them() -> None:
    assert [int(dtype) for dtype in DataType] == list(range(9))
    assert [kpu.dtype_size(dtype) for dtype in DataType] == [4, 2, 2, 4, 1, 1, 1, 1, 1]
    assert [kpu.elements_per_byte(dtype) for dtype in DataType] == [1, 1, 1, 1, 1, 1, 2, 1, 1]
    assert kpu.bytes_for(DataType.INT4, 3) == 2
    assert isinstance(kpu.dtype_max("int8"), int)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (DataType.INT4, DataType.INT4),
        (4, DataType.INT8),
        ("INT8", DataType.INT8),
        ("float8_e4m3fn", DataType.FLOAT8_E4M3),
        (np.float16, DataType.FLOAT16),
        (np.dtype("<i4"), DataType.INT32),
        (np.dtype(">f2"), DataType.FLOAT16),
        (ml_dtypes.bfloat16, DataType.BFLOAT16),
        (np.dtype(ml_dtypes.float8_e4m3fn), DataType.FLOAT8_E4M3),
        (ml_dtypes.float8_e5m2, DataType.FLOAT8_E5M2),
        (ml_dtypes.int4, DataType.INT4),
    ],
)
def test_what_names_a_format(given: object, meant: DataType) -> None:
    assert kpu.data_type(given) is meant


@pytest.mark.parametrize("given", [None, True, 2.0, [], object])
def test_what_names_none(given: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        kpu.data_type(given)


def test_unsupported_formats_are_named() -> None:
    with pytest.raises(ValueError, match="float64 is no number format"):
        kpu.data_type(np.float64)
    with pytest.raises(ValueError, match="did you mean 'bfloat16'"):
        kpu.data_type("bflot16")
    with pytest.raises(ValueError, match="0 to 8, got 9"):
        kpu.data_type(9)


LEVELS = ["host_memory", "memory_bank", "l3_tile", "l2_bank", "scratchpad", "l1_buffer"]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("dtype", list(DataType))
def test_every_memory_has_every_format(sim: kpu.KPUSimulator, level: str, dtype: DataType) -> None:
    read, write = getattr(sim, f"read_{level}"), getattr(sim, f"write_{level}")
    write(0, 3, [0, 1, 2.5, 7], dtype=dtype)
    expected: list[float] = [0, 1, 2, 7] if kpu.is_integer(dtype) else [0, 1, 2.5, 7]
    assert read(0, 3, 4, dtype=dtype) == expected
    assert {type(each) for each in read(0, 3, 4, dtype=dtype)} == {int if kpu.is_integer(dtype) else float}
    read_array, write_array = getattr(sim, f"read_{level}_numpy"), getattr(sim, f"write_{level}_numpy")
    values = np.array([[1, 2, 3], [4, 5, 6]])
    write_array(0, 64, values, dtype=dtype)
    result = read_array(0, 64, (2, 3), dtype=dtype)
    assert (result.astype(np.float64) == values).all()
    assert kpu.data_type(result.dtype) is dtype
    assert result.flags.writeable
    # What was read can be written back as it is.
    write_array(0, 128, result, dtype=dtype)
    assert (read_array(0, 128, (2, 3), dtype=dtype) == result).all()


def test_arrays_of_the_format_are_written_bit_by_bit(sim: kpu.KPUSimulator) -> None:
    for dtype, theirs in NARROW.items():
        bits = patterns(dtype)
        sim.write_memory_bank_numpy(0, 1, bits.view(theirs), dtype=theirs)
        assert (sim.read_memory_bank_numpy(0, 1, bits.shape, dtype=theirs).view(bits.dtype) == bits).all()
        assert sim.read_memory_bank_numpy(0, 1, (), dtype=dtype).shape == ()
    big_endian = np.array([1.5, 2], ">f2")
    sim.write_memory_bank_numpy(0, 0, big_endian, dtype=np.float16)
    assert sim.read_memory_bank(0, 0, 2, dtype="float16") == [1.5, 2.0]


def test_without_ml_dtypes_arrays_are_float32_and_int8(sim: kpu.KPUSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ml_dtypes", None)
    for dtype in (DataType.BFLOAT16, DataType.FLOAT8_E4M3, DataType.FLOAT8_E5M2, DataType.INT4):
        sim.write_memory_bank_numpy(0, 0, np.array([[1, -2, 3]]), dtype=dtype)
        result = sim.read_memory_bank_numpy(0, 0, (1, 3), dtype=dtype)
        assert result.dtype == (np.int8 if dtype is DataType.INT4 else np.float32)
        assert result.tolist() == [[1, -2, 3]]


def test_a_refused_write_changes_nothing(sim: kpu.KPUSimulator) -> None:
    sim.write_memory_bank(0, 0, [5, 6], dtype="int8")
    with pytest.raises(ValueError, match="number 1 is 300"):
        sim.write_memory_bank(0, 0, [7, 300], dtype="int8", policy="raise")
    with pytest.raises(ValueError, match="policy must be one of"):
        sim.write_memory_bank(0, 0, [7], dtype="int8", policy="clip")
    with pytest.raises(IndexError):
        sim.write_memory_bank(0, sim.get_memory_bank_capacity(0) - 1, [1, 2, 3], dtype="int4")
    with pytest.raises(IndexError):
        sim.read_memory_bank(0, sim.get_memory_bank_capacity(0) - 1, 3, dtype="int4")
    assert sim.read_memory_bank(0, 0, 2, dtype="int8") == [5, 6]
    sim.write_memory_bank(0, 0, [], dtype="int4")
    assert sim.read_memory_bank(0, 0, 0, dtype="bfloat16") == []


def product(a: Any, b: Any, dtype: Any, result_dtype: Any = None, **config: Any) -> Any:
    """A B in a scratchpad."""
    with kpu.KPUSimulator(kpu.SimulatorConfig(**config)) as sim:
        (m, k), n = a.shape, b.shape[1]
        sim.write_scratchpad_numpy(0, 0, a, dtype=dtype)
        sim.write_scratchpad_numpy(0, 16384, b, dtype=dtype)
        sim.start_matmul(0, 0, m, n, k, 0, 16384, 32768, dtype=dtype, result_dtype=result_dtype)
        sim.run_until_idle()
        result = sim.read_scratchpad_numpy(0, 32768, (m, n), dtype=result_dtype or kpu.accumulator_type(dtype))
        return result, sim.get_current_cycle()


@pytest.mark.parametrize("model", ["closed_form", "stepped"])
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, ml_dtypes.int4])
def test_whole_products_are_numpys(dtype: Any, model: str) -> None:
    rng = np.random.default_rng(11)
    least, greatest = int(kpu.dtype_min(dtype)), int(kpu.dtype_max(dtype))
    a = rng.integers(least, greatest, (19, 35), endpoint=True)
    b = rng.integers(least, greatest, (35, 21), endpoint=True)
    result, _ = product(a, b, dtype, array_model=model)
    assert result.dtype == np.int32
    assert (result == a.astype(np.int32) @ b.astype(np.int32)).all()
    rounded, _ = product(a, b, dtype, dtype, array_model=model)
    assert (rounded == np.clip(result, least, greatest)).all()


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn])
def test_narrow_products_are_float32_products_of_what_they_hold(dtype: Any) -> None:
    rng = np.random.default_rng(12)
    a, b = rng.standard_normal((18, 40)).astype(dtype), rng.standard_normal((40, 17)).astype(dtype)
    wide, _ = product(a.astype(np.float32), b.astype(np.float32), np.float32)
    result, _ = product(a, b, dtype)
    assert (result == wide).all()
    rounded, _ = product(a, b, dtype, dtype)
    assert (rounded.view("u1") == wide.astype(dtype).view("u1")).all()
    assert np.allclose(result, a.astype(np.float64) @ b.astype(np.float64), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("dtype", "half_unit", "bound"),
    [
        ("float32", 2**-24, 4e-6),
        ("float16", 2**-11, 1e-3),
        ("bfloat16", 2**-8, 8e-3),
        ("float8_e4m3", 2**-4, 0.13),
        ("float8_e5m2", 2**-3, 0.27),
    ],
)
def test_errors_stay_below_those_of_the_document(dtype: str, half_unit: float, bound: float) -> None:
    rng = np.random.default_rng(15)
    a, b = 1 + rng.random((32, 64)), 1 + rng.random((64, 32))
    result, _ = product(a, b, dtype)
    assert np.abs(result / (a @ b) - 1).max() < bound
    # Just below the first tie all operands lose as much as they can: the bound is not much too large.
    worst = 1 + half_unit * 0.999
    result, _ = product(np.full((1, 64), worst), np.full((64, 1), worst), dtype)
    error = abs(result[0, 0] / (64 * worst**2) - 1)
    assert error < bound
    assert dtype == "float32" or error > 0.75 * bound


def test_narrower_operands_take_fewer_cycles() -> None:
    a = np.ones((16, 64))
    cycles = {dtype: product(a, a.T, dtype)[1] for dtype in ("float32", "float16", "int8", "int4")}
    # 16 + 16 + words - 2, of which 64 elements have 64, 32, 16 and 8.
    assert cycles == {"float32": 94, "float16": 62, "int8": 46, "int4": 38}


def test_formats_that_do_not_fit_are_refused(sim: kpu.KPUSimulator) -> None:
    with kpu.KPUSimulator(kpu.SimulatorConfig(operand_bits=8)) as narrow:
        with pytest.raises(ValueError, match="set operand_bits to 32"):
            narrow.start_matmul(0, 0, 2, 2, 2, 0, 16, 32)
        narrow.start_matmul(0, 0, 2, 2, 2, 0, 16, 32, dtype="int8")
    with pytest.raises(ValueError, match="summed up in int32"):
        sim.start_matmul(0, 0, 2, 2, 2, 0, 16, 32, dtype="int8", result_dtype="float16")
    with pytest.raises(ValueError, match="operand_bits must be 8, 16 or 32"):
        kpu.KPUSimulator(kpu.SimulatorConfig(operand_bits=12))


def test_products_wait_for_semaphores_in_any_format(sim: kpu.KPUSimulator) -> None:
    ready = sim.create_semaphore("ready")
    done: list[int] = []
    sim.write_scratchpad(0, 0, [2, 3], dtype="int8")
    sim.write_scratchpad(0, 16, [4, 5], dtype="int8")
    sim.start_matmul(0, 0, 1, 1, 2, 0, 16, 32, lambda: done.append(1), dtype="int8", wait_for=[ready])
    ready.signal()
    sim.run_until_idle()
    assert (sim.read_scratchpad(0, 32, 1, dtype="int32"), done) == ([23], [1])


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.float16, ml_dtypes.bfloat16, ml_dtypes.int4])
def test_tiled_products_have_every_format(dtype: Any) -> None:
    rng = np.random.default_rng(16)
    greatest = 7 if dtype is ml_dtypes.int4 else 100
    a, b = (rng.integers(0, greatest, shape).astype(dtype) for shape in ((45, 70), (70, 33)))
    with kpu.KPUSimulator() as sim:
        result = sim.run_tiled_matmul(a, b, tile_m=16, tile_n=16, tile_k=32, dtype=dtype)
        wide = np.int32 if kpu.is_integer(dtype) else np.float32
        assert result.c.dtype == wide
        assert (result.c == a.astype(wide) @ b.astype(wide)).all()
        assert result.report.dtype == kpu.dtype_name(dtype)
        assert result.report.peak_flops_per_cycle == 2 * 512 * 32 // kpu.dtype_bits(dtype)
        assert f"of {kpu.dtype_name(dtype)}" in str(result.report)
        sim.reset()
        assert sim.run_tiled_matmul(a.tolist(), (row for row in b.tolist()), dtype=dtype).c == result.c.tolist()


def test_tiled_products_refuse_before_anything_starts(sim: kpu.KPUSimulator) -> None:
    large = 2**31 - 1
    assert sim.run_tiled_matmul([[large]], [[1]], dtype="int32").c == [[large]]
    cycle = sim.get_current_cycle()
    with pytest.raises(ValueError, match="tile_k 3: tiles of int4 begin at whole bytes"):
        sim.run_tiled_matmul([[1] * 4], [[2]] * 4, dtype="int4", tile_k=3)
    with pytest.raises(ValueError, match="number 1 is NaN"):
        sim.run_tiled_matmul([[1, float("nan")]], [[2], [3]], dtype="int8")
    with pytest.raises(TypeError, match="rows of numbers"):
        sim.run_tiled_matmul([1, 2], [[2], [3]], dtype="int8")
    assert sim.get_current_cycle() == cycle
    with (
        kpu.KPUSimulator(kpu.SimulatorConfig(operand_bits=16)) as narrow,
        pytest.raises(ValueError, match="set operand_bits to 32"),
    ):
        narrow.run_tiled_matmul([[1]], [[2]])


def test_the_self_test_passes_whatever_the_operands_are() -> None:
    for operand_bits in (8, 16, 32):
        with kpu.KPUSimulator(kpu.SimulatorConfig(operand_bits=operand_bits)) as sim:
            assert sim._link.query("selfTest")["passed"]


def test_quantizing_is_numpys() -> None:
    rng = np.random.default_rng(13)
    values = rng.standard_normal((6, 5, 4)).astype(np.float32)
    for axis in (None, 0, 1, 2):
        for dtype, mode in (("int8", "symmetric"), ("uint8", "affine"), ("int4", "symmetric"), ("int8", "affine")):
            by = kpu.calibrate(values, dtype, mode, axis=axis)
            shape = [1, 1, 1]
            if axis is not None:
                shape[axis] = -1
            scales = np.array(by.scales, np.float32).reshape(shape)
            points = np.array(by.zero_points).reshape(shape)
            least, greatest = kpu.dtype_min(dtype), kpu.dtype_max(dtype)
            whole = np.clip(np.rint(values / scales) + points, least, greatest)
            assert (by.quantize(values) == whole).all()
            back = by.dequantize(by.quantize(values))
            assert back.dtype == np.float32
            assert (back == ((whole - points) * scales).astype(np.float32)).all()
            assert np.abs(back - values).max() <= np.max(by.scales)


def test_percentiles_are_numpys() -> None:
    values = np.random.default_rng(14).standard_normal(1001).astype(np.float32)
    for percentile in (99.9, 99.0, 75.5, 100):
        bound = np.percentile(np.abs(values).astype(np.float64), percentile)
        assert kpu.calibrate(values, percentile=percentile).scales[0] == np.float32(bound / 127)
        low, high = np.percentile(values.astype(np.float64), [100 - percentile, percentile])
        by = kpu.calibrate(values, "uint8", "affine", percentile)
        assert by.scales[0] == pytest.approx((high - low) / 255, rel=1e-6)


def test_quantizing_refuses_what_has_no_meaning() -> None:
    for scale in (0, -1, float("nan"), float("inf"), 1e-60):
        with pytest.raises(ValueError, match="scale 1 must be a positive finite"):
            kpu.Quantization([1, scale], axis=0)
    with pytest.raises(ValueError, match="zero point 0"):
        kpu.Quantization(1, 200)
    with pytest.raises(ValueError, match="need an axis"):
        kpu.Quantization([1, 2])
    with pytest.raises(ValueError, match="number 1 is NaN"):
        kpu.Quantization(1).quantize([1, float("nan")])
    with pytest.raises(ValueError, match="number 1 is Infinity"):
        kpu.calibrate([1, float("inf")])
    with pytest.raises(ValueError, match="needs mode 'affine'"):
        kpu.calibrate([1.0], "uint8")
    with pytest.raises(ValueError, match="above 50"):
        kpu.calibrate([1.0], percentile=float("nan"))
    with pytest.raises(ValueError, match="quantized to INT8"):
        kpu.calibrate([1.0], "float16")
    with pytest.raises(ValueError, match="3 channels, but there are 2 scales"):
        kpu.Quantization([1, 2], axis=0).quantize(np.zeros((3, 2)))


def test_quantizations_compare_and_show_themselves() -> None:
    by = kpu.Quantization([0.5, 2], [1, 0], "int8", axis=0)
    assert by == kpu.Quantization((0.5, 2), (1, 0), 4, 0)
    assert by != kpu.Quantization(0.5)
    assert len({by, kpu.Quantization([0.5, 2], [1, 0], axis=0)}) == 1
    assert repr(by) == "Quantization([0.5, 2.0], [1, 0], DataType.INT8, axis=0)"
    assert by.quantize(np.array([[1.0], [4.0]])).tolist() == [[3], [2]]
    assert kpu.Quantization(0.5).dequantize([2, 4]) == [1.0, 2.0]
    assert kpu.Quantization(0.5).quantize([]) == []


def test_lists_buffers_and_arrays_are_the_same_numbers() -> None:
    expected = kpu.encode_numbers([1.1, 2.7, -3.3], "bfloat16")
    assert kpu.encode_numbers(array.array("d", [1.1, 2.7, -3.3]), "bfloat16") == expected
    assert kpu.encode_numbers(np.array([1.1, 2.7, -3.3]), "bfloat16") == expected
    assert kpu.encode_numbers(np.array([1.1, 0, 2.7, 0, -3.3])[::2], "bfloat16") == expected
    assert kpu.decode_numbers(expected, "bfloat16", 2) == kpu.decode_numbers(expected[:4], "bfloat16")
    assert kpu.decode_numbers(b"", "int4") == []
    with pytest.raises(ValueError, match="need 6 bytes, got 4"):
        kpu.decode_numbers(b"1234", "float16", 3)
    with pytest.raises(TypeError, match="content must be bytes"):
        kpu.decode_numbers([1, 2], "int8")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"data\[1\]"):
        kpu.encode_numbers([1, "2"], "int8")
