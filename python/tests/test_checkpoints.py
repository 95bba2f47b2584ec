"""Checkpoints: what is restored, and callbacks that run again."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import stillwater_kpu as kpu


def transfer(sim: kpu.KPUSimulator, callback=None, engine: int = 0, size: int = 1024) -> None:
    pad = sim.get_scratchpad_base(engine)
    sim.dma_external_to_scratchpad(engine, sim.get_external_bank_base(0), pad, size, callback)


def view(sim: kpu.KPUSimulator) -> tuple[Any, ...]:
    """Everything that can be seen of a simulator; times of the host aside."""
    memories = [sim.read_memory_bank(0, 0, 64), sim.read_scratchpad(0, 0, 64), sim.read_scratchpad(1, 0, 64)]
    statistics = sim.get_statistics()
    for figures in (*statistics["external"], *statistics["scratchpad"]):
        del figures["last_access_cycle"]  # this look is an access
    busy = sim.is_dma_busy(0), sim.is_dma_busy(1), sim.is_compute_busy(0), sim.get_dma_queue_size(0)
    return sim.get_current_cycle(), busy, memories, statistics, sim.get_waiting(), sim.get_hazards(), sim.get_trace()


def test_everything_comes_back(sim: kpu.KPUSimulator) -> None:
    sim.write_memory_bank(0, 0, [1.0, 2.0, 3.0])
    full = sim.create_semaphore("full", 2)
    transfer(sim)
    sim.step(70)
    before = sim.checkpoint()
    assert (before.cycle, repr(before)) == (70, "<Checkpoint at cycle 70>")
    assert sim.is_dma_busy(0)
    sim.write_memory_bank(0, 0, [9.0])
    full.signal(5)
    sim.run_until_idle()
    sim.step(1000)
    assert not sim.is_dma_busy(0)
    sim.restore(before)
    assert sim.get_current_cycle() == 70
    assert sim.is_dma_busy(0)
    assert sim.get_dma_queue_size(0) == 1
    assert full.value == 2
    assert sim.read_memory_bank(0, 0, 3) == [1.0, 2.0, 3.0]
    assert sim.read_scratchpad(0, 0, 1) == [0.0]
    sim.run_until_idle()
    assert sim.get_current_cycle() == 145
    assert sim.read_scratchpad(0, 0, 3) == [1.0, 2.0, 3.0]


def test_steps_that_were_only_counted_are_part_of_it(sim: kpu.KPUSimulator) -> None:
    sim.step(5)
    before = sim.checkpoint()
    sim.step(7)
    sim.restore(before)
    sim.step(1)
    assert sim.get_current_cycle() == 6
    assert sim.get_statistics()["machine"]["cycle"] == 6


def test_older_after_newer_and_twice(sim: kpu.KPUSimulator) -> None:
    marks = []
    for number in range(4):
        sim.write_memory_bank(0, 0, [float(number)])
        marks.append(sim.checkpoint())
        transfer(sim)
        sim.run_until_idle()
    for place in (3, 0, 2, 2, 1, 3):
        sim.restore(marks[place])
        assert sim.get_current_cycle() == marks[place].cycle == 145 * place
        assert sim.read_memory_bank(0, 0, 1) == [float(place)]


def test_pending_callbacks_run_again(sim: kpu.KPUSimulator) -> None:
    calls: list[str] = []
    transfer(sim, lambda: calls.append(f"first {sim.get_current_cycle()}"))
    transfer(sim, lambda: calls.append(f"second {sim.get_current_cycle()}"))
    sim.step(10)
    before = sim.checkpoint()
    expected = ["first 145", "second 290"]
    for _ in range(3):
        sim.run_until_idle()
        assert calls == expected
        assert not sim._link.callbacks
        sim.restore(before)
        calls.clear()
    sim.step(200)
    between = sim.checkpoint()
    sim.run_until_idle()
    calls.clear()
    sim.restore(between)
    sim.run_until_idle()
    assert calls == ["second 290"]


def test_callbacks_of_dropped_work_run_after_a_restore(sim: kpu.KPUSimulator) -> None:
    calls: list[int] = []
    transfer(sim, lambda: calls.append(sim.get_current_cycle()))
    before = sim.checkpoint()
    sim.get_dma_engine(0).reset()
    sim.restore(before)
    sim.run_until_idle()
    sim.restore(before)
    sim.reset()
    sim.run_until_idle()
    sim.restore(before)
    sim.run_until_idle()
    assert calls == [145, 145]


def test_a_callback_that_raised_leaves_the_others_in_the_checkpoint(sim: kpu.KPUSimulator) -> None:
    calls: list[str] = []

    def failing() -> None:
        raise LookupError("first")

    sim.start_dma_transfer(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 1024, failing)
    sim.start_dma_transfer(
        1, sim.get_external_bank_base(1), sim.get_scratchpad_base(1), 1024, lambda: calls.append("second")
    )
    with pytest.raises(LookupError):
        sim.run_until_idle()
    before = sim.checkpoint()
    for count in (1, 2):
        sim.run_until_idle()
        assert calls == ["second"] * count
        sim.restore(before)


def test_a_restore_forgets_callbacks_of_what_has_not_happened(sim: kpu.KPUSimulator) -> None:
    before = sim.checkpoint()
    calls: list[int] = []
    for _ in range(5):
        transfer(sim, lambda: calls.append(1))
        sim.step(3)
        sim.restore(before)
        assert not sim._link.callbacks
    sim.run_until_idle()
    assert (sim.get_current_cycle(), calls) == (0, [])


def test_semaphores_made_later_stay(sim: kpu.KPUSimulator) -> None:
    before = sim.checkpoint()
    later = sim.create_semaphore("later", 4)
    later.signal()
    sim.restore(before)
    assert later.value == 4
    transfer(sim)
    sim.start_dma_transfer(1, sim.get_external_bank_base(0), sim.get_scratchpad_base(1), 4, wait_for=[(later, 4)])
    sim.run_until_idle()
    assert later.value == 0


def test_the_trace_goes_back_too(sim: kpu.KPUSimulator) -> None:
    sim.start_trace()
    transfer(sim)
    sim.run_until_idle()
    before, trace = sim.checkpoint(), sim.get_trace()
    transfer(sim, size=2048)
    sim.run_until_idle()
    longer = sim.get_trace()
    sim.restore(before)
    assert sim.get_trace() == trace
    transfer(sim, size=2048)
    sim.run_until_idle()
    assert sim.get_trace() == longer != trace


@pytest.mark.parametrize("seed", range(6))
def test_random_programs_run_the_same_again(seed: int) -> None:
    chance = random.Random(seed)
    with kpu.KPUSimulator() as sim:
        calls: list[tuple[int, int]] = []
        credit = sim.create_semaphore("credit", 1)
        sim.start_trace()
        sim.write_memory_bank_numpy(0, 0, np.arange(1024))

        def act(number: int) -> None:
            kind = chance.randrange(6)
            if kind == 0:
                sim.step(chance.randrange(200))
            elif kind == 1:
                sim.start_matmul(
                    0, 0, 4, 4, 4, 0, 64, 128, lambda: calls.append((number, sim.get_current_cycle())), queued=True
                )
            elif kind == 2:
                sim.write_memory_bank(0, 4 * chance.randrange(64), [float(number)])
            elif kind == 3:
                engine = chance.randrange(2)
                sim.start_dma_transfer(
                    engine,
                    sim.get_external_bank_base(0),
                    sim.get_scratchpad_base(engine),
                    4 * chance.randrange(64),
                    lambda: calls.append((number, sim.get_current_cycle())),
                    wait_for=[credit],
                    signal=[credit],
                )
            else:
                transfer(sim, lambda: calls.append((number, sim.get_current_cycle())), chance.randrange(2))

        for number in range(chance.randrange(5, 30)):
            act(number)
        before, so_far, state = sim.checkpoint(), len(calls), chance.getstate()
        runs = []
        for _ in range(3):
            sim.restore(before)
            del calls[so_far:]
            chance.setstate(state)
            first = view(sim)
            for number in range(100, 120):
                act(number)
            sim.run_until_idle()
            runs.append((first, list(calls), view(sim)))
        assert runs[0] == runs[1] == runs[2]
        assert sim.check_trace() == []
