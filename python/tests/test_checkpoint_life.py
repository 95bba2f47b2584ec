"""Checkpoints: when the engine may forget them, interrupts that hide its answers, and what is refused."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref

import pytest

import stillwater_kpu as kpu
from stillwater_kpu import _protocol
from stillwater_kpu._connection import Connection


def transfer(sim: kpu.KPUSimulator, callback=None) -> None:
    sim.dma_external_to_scratchpad(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 1024, callback)


def kept(sim: kpu.KPUSimulator) -> int:
    """Checkpoints and traces that the engine keeps for a simulator."""
    gc.collect()
    return int(sim._link.query("kept"))


def test_the_engine_forgets_with_the_object(sim: kpu.KPUSimulator) -> None:
    marks = [sim.checkpoint() for _ in range(3)]
    assert kept(sim) == 3
    number = marks[0]._number
    del marks[:2]
    assert kept(sim) == 1
    with pytest.raises(ValueError, match=f"no checkpoint {number}"):
        sim._link.call(_protocol.pack(_protocol.NUMBERED_FRAME, _protocol.RESTORE, sim._link.handle, number))
    sim.restore(marks[0])
    del marks
    assert kept(sim) == 0


def test_callbacks_that_reach_their_checkpoint_do_not_keep_it(sim: kpu.KPUSimulator) -> None:
    def with_a_callback_that_reaches_it() -> weakref.ref[kpu.Checkpoint]:
        marks: list[kpu.Checkpoint] = []
        transfer(sim, marks.clear)
        transfer(sim, lambda: marks)
        marks.append(sim.checkpoint())
        return weakref.ref(marks[0])

    gone = with_a_callback_that_reaches_it()
    gc.collect()
    assert gone() is not None  # the pending callback has it
    sim.reset()
    assert kept(sim) == 0
    assert gone() is None


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch):
    """Hides the engine's answers to one operation behind an interrupt."""
    call = Connection.call

    def hide(operation: int) -> None:
        def calling(self: Connection, link: object, frame: bytes, *arguments: object, **named: object) -> object:
            answer = call(self, link, frame, *arguments, **named)  # type: ignore[arg-type]
            if frame[4] == operation:
                raise KeyboardInterrupt
            return answer

        monkeypatch.setattr(Connection, "call", calling)

    return hide


def test_an_interrupted_checkpoint_leaves_nothing_in_the_engine(sim: kpu.KPUSimulator, interrupted) -> None:
    interrupted(_protocol.CHECKPOINT)
    with pytest.raises(KeyboardInterrupt):
        sim.checkpoint()
    assert kept(sim) == 0


def test_after_an_interrupted_restore_all_callbacks_are_there(sim: kpu.KPUSimulator, interrupted) -> None:
    calls: list[str] = []
    transfer(sim, lambda: calls.append("first"))
    mark = sim.checkpoint()
    sim.run_until_idle()
    transfer(sim, lambda: calls.append("second"))
    interrupted(_protocol.RESTORE)
    with pytest.raises(KeyboardInterrupt):
        sim.restore(mark)
    sim.run_until_idle()
    assert (calls, sim.get_current_cycle()) == (["first", "first"], 145)


def test_a_checkpoint_keeps_no_simulator() -> None:
    sim = kpu.KPUSimulator()
    mark = sim.checkpoint()
    gone = weakref.ref(sim)
    del sim
    gc.collect()
    assert gone() is None
    assert mark.cycle == 0
    other = kpu.KPUSimulator()
    del mark
    other.step()
    assert kept(other) == 0


def test_refusals(sim: kpu.KPUSimulator) -> None:
    mark = sim.checkpoint()
    with kpu.KPUSimulator() as other:
        with pytest.raises(ValueError, match="belongs to another simulator") as raised:
            other.restore(mark)
        assert raised.value.code == "KPU_ARGUMENT"
        with pytest.raises(TypeError, match="must be a Checkpoint, got int"):
            other.restore(3)  # type: ignore[arg-type]
    for copying in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="neither copied nor pickled"):
            copying(mark)
    with pytest.raises(AttributeError):
        mark.cycle = 5  # type: ignore[misc]
    sim.close()
    for use in (sim.checkpoint, lambda: sim.restore(mark)):
        with pytest.raises(RuntimeError, match="closed"):
            use()
    assert not sim._link.callbacks


def test_inside_a_callback_both_are_refused(sim: kpu.KPUSimulator) -> None:
    mark = sim.checkpoint()
    errors: list[str] = []

    def on_complete() -> None:
        for use in (sim.checkpoint, lambda: sim.restore(mark)):
            with pytest.raises(RuntimeError) as raised:
                use()
            errors.append(raised.value.code)

    transfer(sim, on_complete)
    sim.run_until_idle()
    assert errors == ["KPU_IN_CALLBACK"] * 2
    assert sim.get_current_cycle() == 145
    assert kept(sim) == 1
