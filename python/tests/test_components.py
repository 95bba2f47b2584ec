"""Banks, scratchpads, DMA engines and compute tiles as objects."""

from __future__ import annotations

import copy
import pickle

import pytest

import stillwater_kpu as kpu


def test_memories(sim: kpu.KPUSimulator) -> None:
    bank, pad = sim.get_memory_bank(1), sim.get_scratchpad(0)
    assert isinstance(bank, kpu.ExternalMemory)
    assert isinstance(pad, kpu.Scratchpad)
    assert kpu.L1Buffer is kpu.Scratchpad
    assert (bank.get_capacity(), bank.get_bandwidth(), bank.is_ready()) == (1024 << 20, 100, True)
    assert (pad.get_capacity(), pad.is_ready()) == (64 << 10, True)
    assert bank.get_last_access_cycle() == -1
    sim.step(7)
    sim.write_memory_bank(1, 0, [1.0])
    assert bank.get_last_access_cycle() == 7
    sim.write_scratchpad(0, 0, [2.0])
    bank.reset()
    assert sim.read_memory_bank(1, 0, 1) == [0.0]
    assert sim.read_scratchpad(0, 0, 1) == [2.0]
    pad.reset()
    assert sim.read_scratchpad(0, 0, 1) == [0.0]
    assert sim.get_current_cycle() == 7


def test_units(sim: kpu.KPUSimulator) -> None:
    engine, tile = sim.get_dma_engine(1), sim.get_compute_tile(1)
    assert isinstance(engine, kpu.DMAEngine)
    assert isinstance(tile, kpu.ComputeFabric)
    assert (engine.get_engine_id(), tile.get_tile_id()) == (1, 1)
    assert (engine.is_busy(), engine.get_queue_size(), tile.is_busy()) == (False, 0, False)
    for _ in range(2):
        sim.start_dma_transfer(1, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 64)
    sim.start_matmul(1, 0, 2, 2, 2, 0, 16, 32)
    sim.step(3)
    assert (engine.is_busy(), engine.get_queue_size(), tile.is_busy()) == (True, 2, True)
    engine.reset()
    tile.reset()
    assert (engine.is_busy(), engine.get_queue_size(), tile.is_busy()) == (False, 0, False)
    sim.run_until_idle()
    assert sim.get_current_cycle() == 3


def test_other_names(sim: kpu.KPUSimulator) -> None:
    assert sim.get_external_memory(0) == sim.get_memory_bank(bank_id=0)
    assert sim.get_l1_buffer(1) == sim.get_scratchpad(scratchpad_id=1)
    assert sim.get_compute_fabric(0) == sim.get_compute_tile(tile_id=0)
    assert sim.get_memory_bank(0) != sim.get_memory_bank(1)
    assert sim.get_memory_bank(0) != sim.get_scratchpad(0)
    assert sim.get_memory_bank(0) != 0
    assert len({sim.get_dma_engine(0), sim.get_dma_engine(0), sim.get_dma_engine(1)}) == 2
    assert repr(sim.get_dma_engine(1)) == "<DMAEngine 1>"


@pytest.mark.parametrize("getter", ["get_memory_bank", "get_scratchpad", "get_dma_engine", "get_compute_tile"])
def test_ids(sim: kpu.KPUSimulator, getter: str) -> None:
    for bad in (2, -1, 2**32, 2**64):
        with pytest.raises(IndexError):
            getattr(sim, getter)(bad)
    with pytest.raises(TypeError):
        getattr(sim, getter)("0")


@pytest.mark.parametrize("kind", [kpu.ExternalMemory, kpu.Scratchpad, kpu.DMAEngine, kpu.ComputeFabric])
def test_users_cannot_make_them(kind: type) -> None:
    for arguments in ((), (3,), (None, 2)):
        with pytest.raises(TypeError, match=r"KPUSimulator\.get_"):
            kind(*arguments)


def test_they_end_with_their_simulator() -> None:
    with kpu.KPUSimulator() as sim:
        engine, bank = sim.get_dma_engine(0), sim.get_memory_bank(0)
    for call in (engine.is_busy, engine.reset, bank.reset, bank.get_last_access_cycle):
        with pytest.raises(RuntimeError, match="closed"):
            call()


def test_simulators_are_neither_copied_nor_pickled(sim: kpu.KPUSimulator) -> None:
    for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="configuration"):
            duplicate(sim)


@pytest.mark.parametrize(
    "error",
    [
        kpu.KpuIndexError("where", "KPU_ADDRESS_RANGE", {"address": "0x4"}),
        kpu.ShapeError("shape", "KPU_SHAPE"),
        kpu.SimulatorCrashed("gone", "KPU_CRASHED"),
        kpu.ConfigTypeError("field", "KPU_CONFIG", {"reason": "type"}),
    ],
)
def test_errors_are_pickled_whole(error: kpu.KpuError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.code, again.details) == (type(error), str(error), error.code, error.details)


def test_errors_are_what_users_catch() -> None:
    pairs = [
        (kpu.KpuIndexError, IndexError), (kpu.KpuValueError, ValueError), (kpu.KpuTypeError, TypeError),
        (kpu.KpuRuntimeError, RuntimeError), (kpu.KpuOverflowError, OverflowError), (kpu.ShapeError, ValueError),
        (kpu.ShapeError, RuntimeError), (kpu.ConfigError, ValueError), (kpu.ConfigTypeError, TypeError),
        (kpu.EngineStartError, RuntimeError), (kpu.SimulatorCrashed, RuntimeError), (kpu.ProtocolError, kpu.SimulatorCrashed),
    ]  # fmt: skip
    for ours, builtin in pairs:
        assert issubclass(ours, builtin)
        assert issubclass(ours, kpu.KpuError)
