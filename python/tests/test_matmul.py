"""Whole matrix products, their comparison and their generators."""

from __future__ import annotations

import inspect
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import stillwater_kpu as kpu

A, B, C = [1.0, 2.0, 3.0, 4.0], [2.0, 0.0, 1.0, 2.0], [4.0, 4.0, 10.0, 8.0]
same_sim = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)


def example(**changes: object) -> kpu.MatMulTest:
    return kpu.MatMulTest(**{"m": 2, "n": 2, "k": 2, "matrix_a": A, "matrix_b": B, **changes})


def test_a_test_is_plain_data() -> None:
    test = kpu.MatMulTest()
    assert (test.m, test.n, test.k, test.matrix_a, test.matrix_b, test.expected_c) == (0, 0, 0, [], [], [])
    test.m = test.n = test.k = 2
    test.matrix_a, test.matrix_b = list(A), list(B)
    test.matrix_a[0] = 1.0
    assert test == example()
    assert test != example(k=1)
    assert "2 x 2" in repr(test)
    with pytest.raises(AttributeError):
        test.matrix_c = []


@pytest.mark.parametrize("expected", [[], C, tuple(C)], ids=["empty", "list", "tuple"])
def test_right_results(sim: kpu.KPUSimulator, expected: object) -> None:
    assert sim.run_matmul_test(example(expected_c=expected)) is True
    assert sim.run_matmul_test(test=example(), memory_bank_id=1, scratchpad_id=1, compute_tile_id=1) is True


@pytest.mark.parametrize(
    ("expected", "right"),
    [
        ([4.0, 4.0, 10.0, 8.1], False),
        ([4.0, 4.0, 10.0, 8.0 + 8.9e-5], True),  # 1e-5 + 1e-5 * 8
        ([4.0, 4.0, 10.0, 8.0 + 9.1e-5], False),
        ([4.0, 4.0, 10.0, math.nan], False),
        ([4.0, 4.0, 10.0, math.inf], False),
    ],
)
def test_the_expectation_is_honoured(sim: kpu.KPUSimulator, expected: list[float], right: bool) -> None:
    assert sim.run_matmul_test(example(expected_c=expected)) is right
    assert kpu.verify_matmul_result(A, B, expected, 2, 2, 2) is right


def test_nan_and_infinity(sim: kpu.KPUSimulator) -> None:
    assert not sim.run_matmul_test(kpu.MatMulTest(1, 1, 1, [math.nan], [1.0]))
    assert not sim.run_matmul_test(kpu.MatMulTest(1, 1, 1, [math.nan], [1.0], [math.nan]))
    assert sim.run_matmul_test(kpu.MatMulTest(1, 1, 1, [math.inf], [1.0]))
    assert sim.run_matmul_test(kpu.MatMulTest(1, 1, 1, [math.inf], [1.0], [math.inf]))
    assert not sim.run_matmul_test(kpu.MatMulTest(1, 1, 1, [math.inf], [1.0], [-math.inf]))


@pytest.mark.parametrize(
    "changes",
    [{"matrix_a": A[:3]}, {"matrix_b": [*B, 1.0]}, {"matrix_a": []}, {"expected_c": C[:3]}, {"expected_c": [*C, 1.0]},
     {"m": 0}, {"n": 0}, {"k": 0}, {"m": -2}, {"m": 3}],
    ids=str,
)  # fmt: skip
def test_operands_that_do_not_fit(sim: kpu.KPUSimulator, changes: dict[str, object]) -> None:
    with pytest.raises(ValueError) as raised:
        sim.run_matmul_test(example(**changes))
    assert isinstance(raised.value, kpu.KpuError)
    assert sim.get_current_cycle() == 0


@pytest.mark.parametrize(
    "changes", [{"m": 2.0}, {"k": None}, {"n": True}, {"matrix_a": ["1"] * 4}, {"matrix_b": 3}], ids=str
)
def test_operands_of_the_wrong_type(sim: kpu.KPUSimulator, changes: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        sim.run_matmul_test(example(**changes))
    with pytest.raises(TypeError, match="MatMulTest"):
        sim.run_matmul_test({"m": 2})


def test_memory_is_as_it_was(sim: kpu.KPUSimulator) -> None:
    for bank in range(2):
        sim.write_memory_bank(bank, 0, [100.0 + bank] * 40)
        sim.write_scratchpad(bank, 0, [200.0 + bank] * 40)
    sim.step(9)
    assert sim.run_matmul_test(example())
    assert sim.run_matmul_test(kpu.generate_simple_matmul_test(3, 3, 3), 1, 1, 1)
    assert kpu.run_distributed_matmul_test(sim, 3)
    cycles = sim.get_current_cycle()
    for bank in range(2):
        assert sim.read_memory_bank(bank, 0, 40) == [100.0 + bank] * 40
        assert sim.read_scratchpad(bank, 0, 40) == [200.0 + bank] * 40
    assert cycles > 9 + 3 * 290
    assert sim.get_statistics()["tile"][1]["products_completed"] == 2


def test_it_needs_an_idle_simulator(sim: kpu.KPUSimulator) -> None:
    sim.write_memory_bank(0, 0, [5.0] * 12)
    sim.start_dma_transfer(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 48)
    for run in (lambda: sim.run_matmul_test(example()), lambda: kpu.run_distributed_matmul_test(sim)):
        with pytest.raises(RuntimeError, match="idle") as raised:
            run()
        assert raised.value.code == "KPU_BUSY"
    sim.run_until_idle()
    assert sim.read_scratchpad(0, 0, 12) == [5.0] * 12
    assert sim.run_matmul_test(example())


def test_too_large(sim: kpu.KPUSimulator) -> None:
    size = 80  # 3 * 80 * 80 * 4 bytes = 76,800 of 65,536
    with pytest.raises(ValueError, match=r"76800 bytes of scratchpad 0, which has 65536") as raised:
        sim.run_matmul_test(kpu.generate_simple_matmul_test(size, size, size))
    assert isinstance(raised.value, RuntimeError)
    assert raised.value.details["neededBytes"] == 76800
    config = kpu.SimulatorConfig(memory_bank_capacity_mb=1, scratchpad_capacity_kb=8192)
    with kpu.KPUSimulator(config) as small, pytest.raises(ValueError, match="external bank 0, which has 1048576"):
        small.run_matmul_test(kpu.generate_simple_matmul_test(300, 300, 300))


@pytest.mark.parametrize("arguments", [(9, 0, 0), (0, 9, 0), (0, 0, 9), (-1, 0, 0)])
def test_ids_that_do_not_exist(sim: kpu.KPUSimulator, arguments: tuple[int, ...]) -> None:
    with pytest.raises(IndexError):
        sim.run_matmul_test(example(), *arguments)
    assert sim.get_current_cycle() == 0


def test_an_interrupted_run_restores_memory(sim: kpu.KPUSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    sim.write_memory_bank(0, 0, [5.0] * 12)
    sim.write_scratchpad(0, 0, [6.0] * 12)
    monkeypatch.setattr(
        type(sim),
        "start_matmul",
        lambda self, *arguments: (
            self.start_dma_transfer(0, self.get_external_bank_base(0), self.get_scratchpad_base(0), 48),
            1 / 0,
        ),
    )
    with pytest.raises(ZeroDivisionError):
        sim.run_matmul_test(example())
    monkeypatch.undo()
    sim.run_until_idle()
    assert sim.read_memory_bank(0, 0, 12) == [5.0] * 12
    assert sim.read_scratchpad(0, 0, 12) == [6.0] * 12
    assert sim.run_matmul_test(example())


def test_numpy_products(sim: kpu.KPUSimulator) -> None:
    np = pytest.importorskip("numpy")
    pick = np.random.default_rng(42)
    a, b = pick.random((4, 6), np.float32), pick.random((6, 3), np.float32)
    product = sim.run_numpy_matmul(a, b)
    assert (product.dtype, product.shape) == (np.float32, (4, 3))
    assert np.abs(product - a @ b).max() < 1e-5
    for left, right in ((a.T.copy().T, b), (np.asfortranarray(a), b[::1]), (a.astype(np.float64), b.tolist())):
        assert (
            sim.run_numpy_matmul(a=left, b=right, memory_bank_id=1, scratchpad_id=1, compute_tile_id=1) == product
        ).all()
    for size in (4, 8, 16, 32):
        left, right = pick.random((size, size)), pick.random((size, size))
        assert np.allclose(sim.run_numpy_matmul(left, right), left @ right, atol=1e-4)
    for left, right in ((a, a), (a[0], b), (a, b[0]), (a[None], b), (a[:0], b), (a, b[:, :0]), (1, 2)):
        with pytest.raises(kpu.ShapeError) as raised:
            sim.run_numpy_matmul(left, right)
        assert isinstance(raised.value, ValueError)
        assert isinstance(raised.value, RuntimeError)
    with pytest.raises(TypeError, match="complex64"):
        sim.run_numpy_matmul(a * 1j, b)


@same_sim
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32))
def test_products_are_those_of_the_plain_loop(sim: kpu.KPUSimulator, m: int, n: int, k: int, seed: int) -> None:
    np = pytest.importorskip("numpy")
    pick = np.random.default_rng(seed)
    a, b = pick.normal(size=(m, k)).astype(np.float32), pick.normal(size=(k, n)).astype(np.float32)
    plain = np.zeros((m, n), np.float32)
    for depth in range(k):
        plain += a[:, depth : depth + 1] * b[depth : depth + 1]  # float32 after each product and each sum
    assert (sim.run_numpy_matmul(a, b) == plain).all()


def test_verification(capsys: pytest.CaptureFixture[str]) -> None:
    assert kpu.verify_matmul_result(a=A, b=B, c=C, m=2, n=2, k=2)
    assert capsys.readouterr().out == ""
    assert not kpu.verify_matmul_result(A, B, [4.0, 4.5, 10.0, 9.0], 2, 2, 2)
    assert capsys.readouterr().out == "mismatch at C[0, 1]: 4.5 instead of 4.0\n"
    assert kpu.verify_matmul_result(A, B, [4.0, 4.5, 10.0, 8.0], 2, 2, 2, tolerance=0.2)
    for arguments in ((A[:3], B, C, 2, 2, 2), (A, B, C[:3], 2, 2, 2), (A, B, C, 0, 2, 2), (A, B, C, 2, 2, 2, -1.0)):
        with pytest.raises(ValueError):
            kpu.verify_matmul_result(*arguments)
    with pytest.raises(TypeError):
        kpu.verify_matmul_result(A, B, C, 2, 2, 2, "loose")


def test_large_products_are_cut_into_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = kpu.generate_simple_matmul_test(7, 11, 5, seed=3)
    for limit in (20, 64, 200):
        monkeypatch.setattr("stillwater_kpu._products.CHUNK_BYTES", limit)
        assert kpu.generate_simple_matmul_test(7, 11, 5, seed=3) == whole


def test_generators() -> None:
    test = kpu.generate_simple_matmul_test()
    assert (test.m, test.n, test.k, len(test.matrix_a), len(test.matrix_b), len(test.expected_c)) == (
        4,
        4,
        4,
        16,
        16,
        16,
    )
    assert all(-2 <= value <= 2 for value in test.matrix_a + test.matrix_b)
    assert test != kpu.generate_simple_matmul_test()
    assert kpu.generate_simple_matmul_test(2, 3, 4, seed=1) == kpu.generate_simple_matmul_test(m=2, n=3, k=4, seed=1)
    assert test.matrix_a != test.matrix_b
    matrix = kpu.generate_random_matrix(3, 5)
    assert len(matrix) == 15
    assert all(-1 <= value <= 1 for value in matrix)
    assert kpu.generate_random_matrix(rows=2, cols=2, min_val=5, max_val=6, seed=9)[0] > 4.9
    assert kpu.generate_random_matrix(3, 3, seed=5) == kpu.generate_random_matrix(3, 3, seed=5)
    assert kpu.generate_random_matrix(0, 5) == []
    for bad in (-1, 2.0):
        with pytest.raises((ValueError, TypeError)):
            kpu.generate_random_matrix(bad, 2)


def test_multi_bank_configuration() -> None:
    config = kpu.generate_multi_bank_config()
    assert config == kpu.SimulatorConfig(
        memory_bank_count=4, memory_bank_capacity_mb=512, memory_bandwidth_gbps=16, scratchpad_count=2,
        scratchpad_capacity_kb=256, compute_tile_count=2, dma_engine_count=6,
    )  # fmt: skip
    assert kpu.generate_multi_bank_config(num_banks=2, num_tiles=3).dma_engine_count == 5
    assert list(inspect.signature(kpu.generate_multi_bank_config).parameters) == ["num_banks", "num_tiles"]


@pytest.mark.parametrize(("banks", "tiles"), [(4, 2), (2, 4), (3, 5), (1, 1)])
@pytest.mark.parametrize("size", [1, 3, 8, 32])
def test_distributed(banks: int, tiles: int, size: int, capsys: pytest.CaptureFixture[str]) -> None:
    with kpu.KPUSimulator(kpu.generate_multi_bank_config(banks, tiles)) as sim:
        assert kpu.run_distributed_matmul_test(sim, size)
        products = [tile["products_completed"] for tile in sim.get_statistics()["tile"]]
        assert products == [1] * min(tiles, size) + [0] * (tiles - min(tiles, size))
        assert sim.get_hazards() == []
    assert ("warning" in capsys.readouterr().out) == (banks < 2)


def test_distributed_shares_what_is_scarce() -> None:
    fields = {"compute_tile_count": 5, "scratchpad_count": 2, "memory_bank_count": 2, "dma_engine_count": 2}
    with kpu.KPUSimulator(kpu.SimulatorConfig(**fields)) as sim:
        assert kpu.run_distributed_matmul_test(sim, 13)
        assert [tile["products_completed"] for tile in sim.get_statistics()["tile"]] == [1] * 5
        assert sim.get_hazards() == []


def test_distributed_without_tiles(capsys: pytest.CaptureFixture[str]) -> None:
    with kpu.KPUSimulator(kpu.SimulatorConfig(compute_tile_count=0)) as sim:
        assert not kpu.run_distributed_matmul_test(sim)
        assert "no compute tiles" in capsys.readouterr().out
        with pytest.raises(IndexError, match="no compute tiles"):
            sim.run_matmul_test(example())
    with kpu.KPUSimulator(kpu.SimulatorConfig(dma_engine_count=0)) as sim:
        for run in (lambda: sim.run_matmul_test(example()), lambda: kpu.run_distributed_matmul_test(sim)):
            with pytest.raises(IndexError, match="no DMA engines"):
                run()
    with kpu.KPUSimulator() as sim:
        for bad in (0, -1):
            with pytest.raises(ValueError):
                kpu.run_distributed_matmul_test(sim, bad)
