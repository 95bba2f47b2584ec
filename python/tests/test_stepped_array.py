"""Systolic arrays, cycle by cycle."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest

import stillwater_kpu as kpu

CONFIG = kpu.SimulatorConfig(systolic_array_rows=3, systolic_array_cols=2)


def operands(m: int, n: int, k: int) -> tuple[Any, Any]:
    numbers = np.random.default_rng(m + n + k)
    return numbers.standard_normal((m, k)).astype("f4"), numbers.standard_normal((k, n)).astype("f4")


@pytest.mark.parametrize("dataflow", ["output_stationary", "weight_stationary", "input_stationary"])
def test_values_cycles_and_activity_are_those_of_a_tile(dataflow: str) -> None:
    a, b = operands(5, 4, 7)
    with kpu.KPUSimulator(CONFIG) as sim:
        array = sim.create_stepped_array(a, b, dataflow=dataflow)
        array.run()
        sim.write_scratchpad_numpy(0, 0, a)
        sim.write_scratchpad_numpy(0, 1024, b)
        sim.start_matmul(0, 0, 5, 4, 7, 0, 1024, 2048, dataflow=dataflow)
        sim.run_until_idle()
        assert array.cycle == sim.get_current_cycle()
        assert array.result.tobytes() == sim.read_scratchpad_numpy(0, 2048, (5, 4)).tobytes()
        assert array.active_cycles == sim.get_pe_activity(0)
        assert array.is_done
        assert array.fold == array.fold_count
        tile = sim.get_statistics()["tile"][0]
        assert array.accesses.operand_a_reads == tile["operand_a_reads"]
        assert array.accesses.result_writes == tile["result_writes"]


def test_registers_can_be_read_and_changed() -> None:
    with kpu.KPUSimulator(CONFIG) as sim:
        array = sim.create_stepped_array([[2.0]], [[3.0]], c=[[1.0]])
        assert not array.registers(0, 0).right.valid
        array.step()
        registers = array.registers(0, 0)
        assert (registers.right.value, registers.down.value, registers.sum.value) == (2.0, 3.0, 7.0)
        assert registers.sum.bits == 0x40E00000
        array.set_register(0, 0, "sum", 0x3F800000)
        array.run()
        assert array.result == [[1.0]]
        assert repr(array) == f"SteppedArray(3 x 2, cycle {array.cycle}, done)"


def test_accumulates_infinities_and_nan_as_they_are() -> None:
    with kpu.KPUSimulator(CONFIG) as sim:
        array = sim.create_stepped_array(np.float32([[1.0]]), np.float32([[np.inf, 1.0]]), c=[[1.0, np.nan]])
        array.run()
        assert array.result[0, 0] == np.inf
        assert np.isnan(array.result[0, 1])


def test_refusals() -> None:
    with kpu.KPUSimulator(CONFIG) as sim:
        with pytest.raises(kpu.ShapeError, match="the inner dimensions differ"):
            sim.create_stepped_array([[1.0]], [[1.0], [2.0]])
        with pytest.raises(kpu.ShapeError, match="c must be"):
            sim.create_stepped_array([[1.0]], [[1.0]], c=[[1.0, 2.0]])
        with pytest.raises(ValueError, match="dataflow must be one of"):
            sim.create_stepped_array([[1.0]], [[1.0]], dataflow="row_stationary")
        with pytest.raises(ValueError, match="at most 1048576 elements"):
            sim.create_stepped_array(np.zeros((1025, 1024)), np.zeros((1024, 1)))
        array = sim.create_stepped_array([[1.0]], [[1.0]])
        with pytest.raises((IndexError, ValueError)):
            array.registers(3, 0)
        with pytest.raises(ValueError, match="which must be one of"):
            array.set_register(0, 0, "up", 0)
        with pytest.raises(ValueError):  # the message is the machine's
            array.set_register(0, 0, "sum", 2**32)
    scalar = kpu.SimulatorConfig(use_systolic_arrays=False)
    with kpu.KPUSimulator(scalar) as sim, pytest.raises(ValueError, match="no systolic arrays"):
        sim.create_stepped_array([[1.0]], [[1.0]])


def test_arrays_that_nobody_uses_are_forgotten() -> None:
    with kpu.KPUSimulator(CONFIG) as sim:
        first = sim.create_stepped_array([[1.0]], [[1.0]])
        number = first._id
        link = sim._link
        del first
        gc.collect()
        assert link.discarded_arrays == [number]
        sim.create_stepped_array([[1.0]], [[1.0]])
        with pytest.raises(ValueError, match="does not exist"):
            link.query("stepSteppedArray", id=number)
