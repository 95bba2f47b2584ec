"""Simulators in threads: one per thread, on the shared engine and on engines of their own."""

from __future__ import annotations

import threading
from typing import Callable

import pytest

import stillwater_kpu as kpu


def in_threads(*functions: Callable[[], object]) -> list[object]:
    """Runs functions at the same time; their results, or what they raised."""
    results: list[object] = [None] * len(functions)

    def run(index: int) -> None:
        try:
            results[index] = functions[index]()
        except BaseException as error:
            results[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return results


def workload(sim: kpu.KPUSimulator, value: float) -> list[int]:
    """Writes, transfers with callbacks, steps and reads; its completion cycles."""
    ends: list[int] = []
    bank, pad = sim.get_external_bank_base(0), sim.get_scratchpad_base(0)
    for turn in range(40):
        sim.write_memory_bank(0, 0, [value + turn] * 256)
        sim.dma_external_to_scratchpad(0, bank, pad, 1024, lambda: ends.append(sim.get_current_cycle()))
        if turn % 2:
            while sim.is_dma_busy(0):
                sim.step()
        else:
            sim.run_until_idle()
        assert sim.read_scratchpad(0, 0, 256) == [value + turn] * 256
    return ends


@pytest.mark.parametrize("alone", [False, True], ids=["shared", "isolated"])
def test_simulators_in_threads(alone: bool) -> None:
    simulators = [kpu.KPUSimulator(isolated=alone) for _ in range(4)]
    expected = [145 * (turn + 1) for turn in range(40)]
    results = in_threads(
        *[lambda sim=sim, value=100.0 * index: workload(sim, value) for index, sim in enumerate(simulators)]
    )
    assert results == [expected] * 4
    for sim in simulators:
        sim.close()


def test_simulators_made_in_threads_share_one_engine() -> None:
    simulators = in_threads(*[kpu.KPUSimulator] * 8)
    assert len({sim._link.connection for sim in simulators}) == 1
    assert len({sim._link.handle for sim in simulators}) == 8
    for sim in simulators:
        sim.close()


def test_a_long_run_lets_others_in(sim: kpu.KPUSimulator) -> None:
    with kpu.KPUSimulator(kpu.SimulatorConfig(dma_engine_count=16, clock_ghz=7.77)) as busy:
        for number in range(60_000):  # some 60 slices of 20 ms
            busy.start_dma_transfer(number % 16, 0, busy.get_external_bank_base(0), 1 << 20)
        busy.step()
        thread = threading.Thread(target=busy.run_until_idle)
        thread.start()
        before = sim._link.connection.round_trips
        for _ in range(20):
            assert sim.read_memory_bank(0, 0, 1) == [0.0]
        slices = sim._link.connection.round_trips - before - 20
        was_running = thread.is_alive()
        thread.join()
        assert was_running
        assert slices <= 12  # 25 and more when the lock alone decides


def test_callbacks_run_in_the_thread_that_runs(sim: kpu.KPUSimulator) -> None:
    threads: list[threading.Thread] = []
    sim.start_dma_transfer(0, 0, 4096, 64, lambda: threads.append(threading.current_thread()))
    in_threads(sim.run_until_idle)
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()


def test_errors_stay_in_their_thread(sim: kpu.KPUSimulator) -> None:
    def failing() -> None:
        with kpu.KPUSimulator() as own:
            own.start_dma_transfer(0, 0, 4096, 64, lambda: 1 / 0)
            own.run_until_idle()

    error, ends = in_threads(failing, lambda: workload(sim, 0.0))
    assert isinstance(error, ZeroDivisionError)
    assert len(ends) == 40
