"""Going back: any cycle of the history, without callbacks; what is done there cuts the future off."""

from __future__ import annotations

import gc
import weakref

import pytest

import stillwater_kpu as kpu


def transfer(sim: kpu.KPUSimulator, callback=None, engine: int = 0, size: int = 1024) -> None:
    pad = sim.get_scratchpad_base(engine)
    sim.dma_external_to_scratchpad(engine, sim.get_external_bank_base(0), pad, size, callback)


def status(sim: kpu.KPUSimulator) -> kpu.HistoryStatus:
    current = sim.get_history()
    assert current is not None
    return current


def test_back_and_forth(sim: kpu.KPUSimulator) -> None:
    sim.write_memory_bank(0, 0, [1.0])
    sim.start_history()
    transfer(sim)
    sim.run_until_idle()
    sim.write_memory_bank(0, 0, [2.0])
    transfer(sim)
    sim.run_until_idle()
    assert status(sim) == kpu.HistoryStatus(0, 290, is_in_past=False, checkpoint_count=1, input_count=3)
    for cycle, value, busy in [(100, 0.0, True), (145, 1.0, True), (289, 1.0, True), (290, 2.0, False), (0, 0.0, True)]:
        sim.rewind_to(cycle)
        assert sim.get_current_cycle() == cycle
        assert sim.read_scratchpad(0, 0, 1) == [value]
        assert sim.is_dma_busy(0) is busy
        assert status(sim).is_in_past is (cycle < 290)
    sim.rewind_to(status(sim).latest_cycle)
    assert sim.get_current_cycle() == 290


def test_callbacks_are_not_called_on_the_way_but_again_in_a_new_future(sim: kpu.KPUSimulator) -> None:
    calls: list[tuple[str, int]] = []

    def chain() -> None:
        calls.append(("chain", sim.get_current_cycle()))
        if len(calls) < 4:
            transfer(sim, chain)

    sim.start_history()
    transfer(sim, chain)
    sim.run_until_idle()
    first = [("chain", 145 * number) for number in (1, 2, 3, 4)]
    assert calls == first
    for cycle in (500, 200, 0, 450, 580):
        sim.rewind_to(cycle)
    assert calls == first
    sim.rewind_to(200)  # the second transfer is under way: its callback runs again, and starts the third again
    del calls[1:]
    sim.run_until_idle()
    assert calls == first
    assert status(sim) == kpu.HistoryStatus(0, 580, is_in_past=False, checkpoint_count=1, input_count=4)


def test_what_is_done_in_the_past_cuts_off_the_future(sim: kpu.KPUSimulator) -> None:
    sim.start_history()
    transfer(sim)
    sim.step(1000)
    sim.rewind_to(400)
    sim.read_memory_bank(0, 0, 1)
    assert (status(sim).latest_cycle, status(sim).is_in_past) == (1000, True)
    sim.step(5)
    assert (status(sim).latest_cycle, status(sim).is_in_past) == (405, False)
    sim.rewind_to(100)
    sim.write_memory_bank(0, 0, [5.0])
    assert status(sim).latest_cycle == 100
    sim.run_until_idle()
    assert sim.get_current_cycle() == 145
    assert sim.read_scratchpad(0, 0, 1) == [0.0]  # the transfer had started before the write


@pytest.mark.parametrize("how", ["drop", "stop", "checkpoint"])
def test_callbacks_are_there_whenever_work_can_come_back(sim: kpu.KPUSimulator, how: str) -> None:
    calls: list[int] = []
    sim.start_history()
    transfer(sim, lambda: calls.append(sim.get_current_cycle()))
    sim.step(10)
    if how == "drop":
        sim.get_dma_engine(0).reset()
        sim.step(10)
        sim.rewind_to(9)
    elif how == "stop":
        sim.run_until_idle()
        sim.rewind_to(100)
        sim.stop_history()
    else:
        sim.run_until_idle()
        sim.rewind_to(20)
        mark = sim.checkpoint()
        sim.run_until_idle()
        sim.restore(mark)
    calls.clear()
    sim.run_until_idle()
    assert calls == [145]


def test_callbacks_are_let_go_with_the_history(sim: kpu.KPUSimulator) -> None:
    def used() -> weakref.ref[object]:
        def callback() -> None:
            pass

        transfer(sim, callback)
        sim.run_until_idle()
        return weakref.ref(callback)

    sim.start_history()
    gone = used()
    gc.collect()
    assert gone() is not None
    sim.stop_history()
    gc.collect()
    assert gone() is None
    gone = used()
    gc.collect()
    assert gone() is None


def test_reset_and_restore_begin_it_anew(sim: kpu.KPUSimulator) -> None:
    sim.step(50)
    mark = sim.checkpoint()
    sim.start_history()
    transfer(sim, lambda: None)
    sim.run_until_idle()
    sim.restore(mark)
    assert status(sim) == kpu.HistoryStatus(50, 50, is_in_past=False, checkpoint_count=1, input_count=0)
    assert not sim._link.callbacks
    sim.reset()
    sim.step(5)
    assert status(sim)[:2] == (0, 5)


def test_the_distance_of_checkpoints(sim: kpu.KPUSimulator) -> None:
    sim.start_history(checkpoint_every_events=2)
    for _ in range(20):
        transfer(sim)
    sim.run_until_idle()
    assert 5 <= status(sim).checkpoint_count <= 21
    for bad in (0, -1, True, 2.5):
        with pytest.raises((ValueError, TypeError), match="checkpoint_every_events"):
            sim.start_history(bad)  # type: ignore[arg-type]
    sim.rewind_to(1000)
    assert sim.get_current_cycle() == 1000


def test_refusals(sim: kpu.KPUSimulator) -> None:
    assert sim.get_history() is None
    with pytest.raises(ValueError, match="no history is kept"):
        sim.rewind_to(0)
    sim.step(10)
    sim.start_history()
    sim.step(10)
    for bad in (9, 21):
        with pytest.raises(ValueError, match="from cycle 10 to 20"):
            sim.rewind_to(bad)
    for wrong in (-1, 1.5, "10"):
        with pytest.raises((ValueError, TypeError), match="cycle"):
            sim.rewind_to(wrong)  # type: ignore[arg-type]
    sim.stop_history()
    assert sim.get_history() is None
    sim.stop_history()


def test_inside_a_callback(sim: kpu.KPUSimulator) -> None:
    codes: list[str] = []

    def on_complete() -> None:
        for use in (sim.start_history, sim.stop_history, lambda: sim.rewind_to(0)):
            with pytest.raises(RuntimeError) as raised:
                use()
            codes.append(raised.value.code)
        assert sim.get_history() is None

    transfer(sim, on_complete)
    sim.run_until_idle()
    assert codes == ["KPU_IN_CALLBACK"] * 3
    assert not sim._link.keeps_callbacks
