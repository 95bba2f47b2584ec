"""Systolic arrays stepped from Python."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import signal
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stillwater_kpu as kpu
from stillwater_kpu import stepped_array
from stillwater_kpu._engines import shared_connection
from stillwater_kpu._protocol import DROP_ARRAY, POSTED

A, B = [[1.0, 2.0], [3.0, 4.0]], [[2.0, 0.0], [1.0, 2.0]]
C = [[4.0, 4.0], [10.0, 8.0]]
FLOWS = ("output_stationary", "weight_stationary", "input_stationary")
side = st.integers(1, 12)


def plain_product(a: Any, b: Any, start: Any) -> Any:
    """The plain loop: k ascending, every product and every sum rounded to float32."""
    total = start.copy()
    for index in range(a.shape[1]):
        total += a[:, index : index + 1] * b[index : index + 1, :]
    return total


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), side, side, side, st.sampled_from(FLOWS), st.booleans())
def test_is_the_product_of_a_tile(
    rows: int, cols: int, m: int, n: int, k: int, dataflow: Any, accumulate: bool
) -> None:
    numbers = np.random.default_rng(1)
    a, b, c = (numbers.standard_normal(shape).astype(np.float32) for shape in ((m, k), (k, n), (m, n)))
    array = kpu.SteppedArray(rows, cols, a, b, dataflow, c if accumulate else None)
    fields: dict[str, Any] = {"systolic_array_rows": rows, "systolic_array_cols": cols, "dataflow": dataflow}
    with kpu.KPUSimulator(kpu.SimulatorConfig(**fields)) as sim:
        for offset, matrix in ((0, a), (1024, b), (2048, c)):
            sim.write_scratchpad_numpy(0, offset, matrix)
        sim.start_matmul(0, 0, m, n, k, 0, 1024, 2048, accumulate=accumulate)
        sim.run_until_idle()
        cycles = array.run()
        assert cycles == array.cycle == sim.get_current_cycle()
        assert array.result.tobytes() == sim.read_scratchpad_numpy(0, 2048, (m, n)).tobytes()
        start = c if accumulate else np.zeros((m, n), np.float32)
        assert array.result.tobytes() == plain_product(a, b, start).tobytes()
        assert array.active_cycles == sim.get_pe_activity(0)
        tile = sim.get_statistics()["tile"][0]
        assert array.accesses == {name: tile[name] for name in array.accesses}


def test_every_cycle_can_be_looked_at() -> None:
    array = kpu.SteppedArray(2, 2, A, B)
    assert (array.rows, array.cols, array.dataflow, array.fold_count) == (2, 2, "output_stationary", 1)
    assert (array.cycle, array.fold, array.is_done) == (0, 0, False)
    assert array.step() == 1
    empty = kpu.PeRegister(0, 0.0, valid=False)
    assert array.registers(1, 1) == {"right": empty, "down": empty, "sum": array.registers(1, 1)["sum"]}
    first = array.registers(0, 0)
    assert [first[name].value for name in ("right", "down", "sum")] == [1.0, 2.0, 2.0]
    assert all(register.valid for register in first.values())
    assert first["sum"].bits == struct.unpack("<I", struct.pack("<f", 2.0))[0]
    assert array.step(0) == 0
    assert array.step(2) == 2
    assert array.active_cycles == [[2, 2], [2, 1]]
    assert not array.is_done
    assert array.step(100) == 1
    assert (array.cycle, array.fold, array.is_done) == (4, 1, True)
    assert array.run() == array.step() == 0
    assert array.result == C
    assert array.accesses == {"operand_a_reads": 4, "operand_b_reads": 4, "partial_sum_reads": 0, "result_writes": 4}
    assert repr(array) == "<SteppedArray 2 x 2, output_stationary: cycle 4, done>"


def test_the_kind_of_the_result_is_that_of_the_operands() -> None:
    for a, b, c, is_array in ((A, B, None, False), (np.array(A), B, None, True), (A, B, np.ones((2, 2)), True)):
        array = kpu.SteppedArray(3, 3, a, b, c=c)
        array.run()
        assert isinstance(array.result, np.ndarray) == is_array
        assert np.array_equal(array.result, np.array(C) + (0 if c is None else 1))


def test_a_fault_goes_through_the_array() -> None:
    array = kpu.SteppedArray(2, 2, A, B)
    array.step()
    array.set_register(0, 0, "right", 0)
    array.run()
    assert array.result == [[4.0, 4.0], [10.0, 8.0]]  # 1 x 0 of the next element: no consequence
    for valid, expected in ((None, [[4.0, 4.0], [10.0, 0.0]]), (False, [[4.0, 4.0], [10.0, 0.0]])):
        array = kpu.SteppedArray(2, 2, A, B)
        array.step(3)
        for which in ("right", "down"):
            array.set_register(1, 0, which, 0, valid=valid)
        array.set_register(1, 1, "sum", 0)
        assert array.registers(1, 0)["right"].valid is (valid is None)
        array.run()
        assert array.result == expected
    nan = kpu.SteppedArray(1, 1, [[1.0]], [[1.0]])
    nan.set_register(0, 0, "sum", 0xFFFFFFFF, valid=True)
    assert nan.registers(0, 0)["sum"].bits == 0x7FC00000
    assert nan.registers(0, 0)["sum"].value != nan.registers(0, 0)["sum"].value


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 2, A, B), ValueError, "rows must be a whole number from 1, got 0"),
        ((2, -1, A, B), ValueError, "cols must not be negative"),
        ((2, 2.0, A, B), TypeError, "cols must be an int"),
        ((2, 2, A, [[1.0]]), kpu.ShapeError, "the inner dimensions differ"),
        ((2, 2, A, B, "output_stationary", [[1.0]]), kpu.ShapeError, r"c is \(1, 1\), but .* shape \(2, 2\)"),
        ((2, 2, A, B, "row_stationary"), ValueError, "dataflow must be one of"),
        ((2, 2, A, B, None), TypeError, "dataflow must be a str"),
        ((4096, 4096, A, B), ValueError, "at most 4194304 can be stepped"),
        ((2, 2, np.zeros((4096, 1)), np.zeros((1, 4096))), ValueError, "more than 16777216 elements together"),
    ],
)
def test_refusals(arguments: tuple[Any, ...], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as raised:
        kpu.SteppedArray(*arguments)
    assert isinstance(raised.value, kpu.KpuError)


def test_refusals_of_registers_and_steps_change_nothing() -> None:
    array = kpu.SteppedArray(2, 2, A, B)
    calls: list[tuple[Any, type[Exception], str]] = [
        (
            lambda: array.registers(2, 0),
            IndexError,
            "the row of a processing element must be a whole number from 0 to 1",
        ),
        (lambda: array.registers(0, -1), IndexError, "col must not be negative"),
        (lambda: array.set_register(0, 2, "sum", 0), IndexError, "the column of a processing element"),
        (lambda: array.set_register(0, 0, "left", 0), ValueError, "which must be one of right, down, sum, got 'left'"),
        (lambda: array.set_register(0, 0, 1, 0), TypeError, "which must be a str"),  # type: ignore[arg-type]
        (lambda: array.set_register(0, 0, "sum", 2**32), ValueError, "the bits of a register must be"),
        (lambda: array.set_register(0, 0, "sum", -1), ValueError, "bits must not be negative"),
        (lambda: array.set_register(0, 0, "sum", 1.5), TypeError, "bits must be an int"),  # type: ignore[arg-type]
        (lambda: array.step(-1), ValueError, "n must not be negative"),
    ]
    for call, error, message in calls:
        with pytest.raises(error, match=message):
            call()
    assert array.cycle == 0
    array.run()
    assert array.result == C


def test_garbage_is_released_in_the_engine() -> None:
    connection = shared_connection()
    other = kpu.SteppedArray(1, 1, A, B)
    array = kpu.SteppedArray(2, 2, A, B)
    frame = array._step_frame(1)
    gc.collect()
    array.step()
    del array
    gc.collect()
    assert [released[4] for released in connection._released] == [DROP_ARRAY | POSTED]
    assert other.step() == 1
    assert connection._released == []
    with pytest.raises(kpu.KpuError, match="there is no stepped array"):
        connection.call(None, frame)


def test_many_arrays_one_after_the_other_and_at_once() -> None:
    for _ in range(2000):
        assert kpu.SteppedArray(1, 1, [[2.0]], [[3.0]]).step() == 1
    held = [kpu.SteppedArray(2, 2, A, B) for _ in range(1200)]  # the last ones without a kernel
    for array in held:
        array.run()
    assert all(array.result == C for array in held)


def test_arrays_and_simulators_share_an_engine(sim: kpu.KPUSimulator) -> None:
    array = kpu.SteppedArray(2, 2, A, B)
    results: list[Any] = []

    def in_a_callback() -> None:
        array.run()
        results.append(array.result)

    sim.start_dma_transfer(0, 0, sim.get_scratchpad_base(0), 64, in_a_callback)
    sim.run_until_idle()
    assert results == [C]


def test_it_can_be_neither_copied_nor_pickled() -> None:
    array = kpu.SteppedArray(2, 2, A, B)
    for act in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="lives in an engine process"):
            act(array)


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
def test_an_engine_that_has_crashed_says_so(run_python: Any) -> None:
    result = run_python("""
import os, signal
import stillwater_kpu as kpu
array = kpu.SteppedArray(2, 2, [[1.0]], [[1.0]])
os.kill(array._connection.engine.pid, signal.SIGKILL)
try:
    array.run()
except kpu.SimulatorCrashed as error:
    print(error.code)
try:
    array.result
except kpu.SimulatorCrashed as error:
    print(error.code)
print(kpu.SteppedArray(2, 2, [[1.0]], [[1.0]]).run())
""")
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["KPU_CRASHED", "KPU_CRASHED", "3"]


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
@pytest.mark.parametrize("shot", range(3))
def test_an_interrupt_hides_no_cycles(shot: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the engine steps: the cycles that it has done meanwhile are known afterwards."""
    numbers = np.random.default_rng(2)
    a, b = (numbers.standard_normal((160, 160)).astype(np.float32) for _ in range(2))
    array = kpu.SteppedArray(2, 2, a, b)
    connection, call, calls = array._connection, array._connection._exchange, iter(range(100_000))

    def exchange(*arguments: Any) -> Any:
        if next(calls) == shot:
            os.kill(os.getpid(), signal.SIGINT)
        return call(*arguments)

    monkeypatch.setattr(stepped_array, "_SLICE_MS", 0.0)
    monkeypatch.setattr(connection, "_exchange", exchange)
    with pytest.raises(KeyboardInterrupt):
        array.run()
    monkeypatch.undo()
    assert "cycle" not in repr(array)
    done = array.cycle
    assert done > 0
    assert repr(array).startswith("<SteppedArray 2 x 2, output_stationary: cycle")
    left = array.run()
    assert done + left == array.cycle == 80 * 80 * (160 + 2)
    assert array.result.tobytes() == plain_product(a, b, np.zeros((160, 160), np.float32)).tobytes()
