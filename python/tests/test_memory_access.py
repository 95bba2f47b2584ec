"""Host access to the memories, as lists and as numpy arrays."""

from __future__ import annotations

import array
import ctypes
import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import stillwater_kpu as kpu
from stillwater_kpu._values import float32_bytes

LEVELS = {
    "host_memory": ("region_id", "get_host_memory_region_capacity"),
    "memory_bank": ("bank_id", "get_memory_bank_capacity"),
    "l3_tile": ("tile_id", "get_l3_tile_capacity"),
    "l2_bank": ("bank_id", "get_l2_bank_capacity"),
    "scratchpad": ("scratchpad_id", "get_scratchpad_capacity"),
    "l1_buffer": ("scratchpad_id", "get_l1_buffer_capacity"),
}
same_sim = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def as_float32(value: float) -> float:
    return ctypes.c_float(value).value


@pytest.mark.parametrize("level", list(LEVELS))
def test_lists_by_position_and_by_keyword(sim: kpu.KPUSimulator, level: str) -> None:
    id_name, capacity_getter = LEVELS[level]
    read, write = getattr(sim, f"read_{level}"), getattr(sim, f"write_{level}")
    assert write(0, 8, [1, 2.5, -3e-3]) is None
    assert read(0, 4, 5) == [0.0, 1.0, 2.5, as_float32(-3e-3), 0.0]
    write(**{id_name: 0, "addr": 3, "data": (0.25,)})
    assert read(**{id_name: 0, "addr": 3, "count": 1}) == [0.25]
    capacity = getattr(sim, capacity_getter)(0)
    write(0, capacity - 4, [7.0])
    assert read(0, capacity - 4, 1) == [7.0]
    assert read(0, capacity, 0) == []
    write(0, capacity, [])
    result = read(0, 0, 2)
    assert isinstance(result, list)
    assert [type(each) for each in result] == [float, float]


@pytest.mark.parametrize("level", list(LEVELS))
def test_arrays_by_position_and_by_keyword(sim: kpu.KPUSimulator, level: str) -> None:
    np = pytest.importorskip("numpy")
    id_name, _ = LEVELS[level]
    read, write = getattr(sim, f"read_{level}_numpy"), getattr(sim, f"write_{level}_numpy")
    values = np.arange(24, dtype=np.float64).reshape(4, 6)
    write(0, 16, values)
    result = read(0, 16, (4, 6))
    assert (result == values).all()
    assert (result.dtype, result.shape, result.flags.c_contiguous, result.flags.writeable) == (
        np.float32,
        (4, 6),
        True,
        True,
    )
    result[:] = 0
    assert (read(0, 16, (4, 6)) == values).all()
    write(**{id_name: 0, "addr": 0, "data": [[1, 2], [3, 4]]})
    assert read(**{id_name: 0, "addr": 0, "shape": 4}).tolist() == [1, 2, 3, 4]
    assert read(0, 4, ()).shape == ()
    assert read(0, 4, (0, 3)).shape == (0, 3)
    assert read(0, 4, np.int32(2)).tolist() == [2, 3]


def test_instances_are_apart(sim: kpu.KPUSimulator) -> None:
    for bank in range(2):
        sim.write_memory_bank(bank, 0, [bank + 1.0])
        sim.write_l3_tile(bank, 0, [bank + 11.0])
    assert [sim.read_memory_bank(bank, 0, 1) for bank in range(2)] == [[1.0], [2.0]]
    assert [sim.read_l3_tile(tile, 0, 1) for tile in range(4)] == [[11.0], [12.0], [0.0], [0.0]]
    sim.reset()
    assert sim.read_memory_bank(1, 0, 1) == [0.0]


@same_sim
@given(values=st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=50), addr=st.integers(0, 1000))
def test_floats_are_rounded_to_float32(sim: kpu.KPUSimulator, values: list[float], addr: int) -> None:
    sim.write_l2_bank(1, addr, values)
    for read, value in zip(sim.read_l2_bank(1, addr, len(values)), values):
        expected = as_float32(value)
        assert read == expected or (math.isnan(read) and math.isnan(expected))


def test_beyond_float32_is_infinite(sim: kpu.KPUSimulator) -> None:
    sim.write_scratchpad(0, 0, [1e300, -1e300, 1e-300])
    assert sim.read_scratchpad(0, 0, 3) == [math.inf, -math.inf, 0.0]


@pytest.mark.parametrize(
    "data",
    [
        (1, 2, 3),
        [True, Decimal(2), Fraction(3)],
        range(1, 4),
        (float(each) for each in (1, 2, 3)),
        array.array("f", [1, 2, 3]),
        array.array("d", [1, 2, 3]),
        array.array("h", [1, 2, 3]),
        memoryview(array.array("f", [1, 2, 3])),
        memoryview(array.array("f", [1, 9, 2, 9, 3, 9]))[::2],
        memoryview(bytes(array.array("f", [1, 2, 3]))).cast("f"),
        (ctypes.c_float * 3)(1, 2, 3),
        (ctypes.c_double * 3)(1, 2, 3),
        (ctypes.c_int * 3)(1, 2, 3),
    ],
    ids=lambda data: type(data).__name__,
)
def test_all_kinds_of_sequences(sim: kpu.KPUSimulator, data: object) -> None:
    sim.write_memory_bank(0, 0, data)
    assert sim.read_memory_bank(0, 0, 4) == [1.0, 2.0, 3.0, 0.0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([1, "2"], r"data\[1\].*str"),
        ([1.0, None], r"data\[1\].*NoneType"),
        ([[1.0], [2.0]], r"data\[0\].*list"),
        ([1j], r"data\[0\].*complex"),
        ("12", "str"),
        (b"12345678", "memoryview"),
        (bytearray(8), "memoryview"),
        ({1: 2}, "dict"),
        ({1, 2}, "set"),
        (3.0, "float"),
        (None, "NoneType"),
    ],
)
def test_what_is_no_number(sim: kpu.KPUSimulator, data: object, message: str) -> None:
    sim.write_memory_bank(0, 0, [5.0])
    with pytest.raises(TypeError, match=message) as raised:
        sim.write_memory_bank(0, 0, data)
    assert isinstance(raised.value, kpu.KpuError)
    assert sim.read_memory_bank(0, 0, 1) == [5.0]


def test_an_int_beyond_all_floats(sim: kpu.KPUSimulator) -> None:
    with pytest.raises(OverflowError, match=r"data\[1\]"):
        sim.write_memory_bank(0, 0, [1, 10**400])


def arrays_of_every_layout():
    np = pytest.importorskip("numpy")
    base = np.arange(24, dtype=np.float32).reshape(4, 6)
    return {
        "fortran": np.asfortranarray(base),
        "transposed": base.T,
        "strided": np.arange(96, dtype=np.float32).reshape(8, 12)[::2, ::2],
        "reversed": base[::-1, ::-1],
        "broadcast": np.broadcast_to(np.float32(3), (4, 6)),
        "float64": base.astype(np.float64),
        "float16": base.astype(np.float16),
        "int8": base.astype(np.int8),
        "uint64": base.astype(np.uint64),
        "bool": base > 5,
        "big-endian": base.astype(">f4"),
        "big-endian ints": base.astype(">i2"),
        "read-only": np.frombuffer(base.tobytes(), np.float32).reshape(4, 6),
        "scalar": np.float64(2.5),
        "empty": base[:0],
        "3-D": base.reshape(2, 3, 4).swapaxes(0, 2),
    }


@pytest.mark.parametrize("layout", list(arrays_of_every_layout()))
@pytest.mark.parametrize("call", ["write_scratchpad", "write_scratchpad_numpy"])
def test_arrays_are_written_by_value(sim: kpu.KPUSimulator, layout: str, call: str) -> None:
    np = pytest.importorskip("numpy")
    values = np.asarray(arrays_of_every_layout()[layout])
    getattr(sim, call)(0, 4, values)
    assert sim.read_scratchpad(0, 4, values.size) == values.astype(np.float32).ravel(order="C").tolist()


@pytest.mark.parametrize("dtype", ["complex64", "object", "U3", "datetime64[s]", "S4"])
def test_arrays_of_no_numbers(sim: kpu.KPUSimulator, dtype: str) -> None:
    np = pytest.importorskip("numpy")
    for write in (sim.write_memory_bank, sim.write_memory_bank_numpy):
        with pytest.raises(TypeError, match="float32") as raised:
            write(0, 0, np.zeros(2, dtype))
        assert str(np.zeros(2, dtype).dtype) in str(raised.value)


def test_array_overflow_is_infinite_without_a_warning(sim: kpu.KPUSimulator) -> None:
    np = pytest.importorskip("numpy")
    sim.write_memory_bank_numpy(0, 0, np.array([1e300, -1e300]))
    assert sim.read_memory_bank(0, 0, 2) == [math.inf, -math.inf]


@pytest.mark.parametrize("shape", [-1, (2, -1), (-2, -2), (2**53, 2**53), 2**62], ids=str)
def test_shapes_that_are_none(sim: kpu.KPUSimulator, shape: object) -> None:
    pytest.importorskip("numpy")
    with pytest.raises((ValueError, IndexError)) as raised:
        sim.read_memory_bank_numpy(0, 0, shape)
    assert isinstance(raised.value, kpu.KpuError)
    for bad in (None, 1.5, "3", (2.0,), (True,), [[1]]):
        with pytest.raises(TypeError):
            sim.read_memory_bank_numpy(0, 0, bad)


def test_views_are_not_copied() -> None:
    values = array.array("f", [1, 2, 3])
    view = float32_bytes(values)
    values[0] = 9
    assert view.cast("f")[0] == 9


def test_posted_writes_are_in_order_with_everything(sim: kpu.KPUSimulator) -> None:
    for value in range(300):
        sim.write_memory_bank(0, 0, [float(value)] * (value % 7 + 1))
    sim.write_memory_bank(0, 0, [0.5] * 30_000)
    sim.write_memory_bank(0, 4, [0.25])
    assert sim.read_memory_bank(0, 0, 3) == [0.5, 0.25, 0.5]


def test_more_than_a_frame(sim: kpu.KPUSimulator) -> None:
    np = pytest.importorskip("numpy")
    values = np.arange(9 * 2**20, dtype=np.float32)  # 36 MiB: three chunks
    sim.write_memory_bank_numpy(0, 12, values)
    assert (sim.read_memory_bank_numpy(0, 12, values.shape) == values).all()
    capacity = sim.get_memory_bank_capacity(0)
    with pytest.raises(IndexError, match="offset"):
        sim.write_memory_bank_numpy(0, capacity - values.nbytes + 4, values)
    assert not sim.read_memory_bank_numpy(0, capacity - values.nbytes + 4, 100).any()


def test_without_numpy(run_python) -> None:
    result = run_python(
        "import sys; sys.modules['numpy'] = None\n"
        "import stillwater_kpu as kpu\n"
        "sim = kpu.KPUSimulator()\n"
        "sim.write_memory_bank(0, 0, [1.0, 2.0])\n"
        "print(sim.read_memory_bank(0, 0, 2), sim.run_matmul_test(kpu.generate_simple_matmul_test()))\n"
        "try: sim.read_memory_bank_numpy(0, 0, 2)\n"
        "except ImportError as error: print(error)\n"
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("[1.0, 2.0] True\n")
    assert "pip install numpy" in result.stdout
