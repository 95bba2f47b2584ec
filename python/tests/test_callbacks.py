"""Completion callbacks: called once, in order; what they may and may not do; what they raise."""

from __future__ import annotations

import gc
import weakref

import pytest

import stillwater_kpu as kpu


def transfer(sim: kpu.KPUSimulator, callback=None, engine: int = 0, size: int = 1024) -> None:
    sim.dma_external_to_scratchpad(
        engine, sim.get_external_bank_base(0), sim.get_scratchpad_base(engine), size, callback
    )


def test_inside_a_callback(sim: kpu.KPUSimulator) -> None:
    seen: list[object] = []

    def on_complete() -> None:
        seen.append(sim.get_current_cycle())
        seen.append(sim.is_dma_busy(0))
        seen.append(sim.read_scratchpad(0, 0, 1))
        sim.write_memory_bank(0, 0, [8.0])
        transfer(sim, lambda: seen.append(sim.get_current_cycle()))
        seen.append(sim.is_dma_busy(0))
        seen.append(sim.get_statistics()["machine"]["cycle"])

    sim.write_memory_bank(0, 0, [7.0])
    transfer(sim, on_complete)
    sim.run_until_idle()
    assert seen == [145, False, [7.0], True, 145, 290]
    assert sim.read_scratchpad(0, 0, 1) == [8.0]


@pytest.mark.parametrize("drive", ["step", "run_until_idle", "run_for", "run_until"])
def test_every_way_to_run_calls_back_once(sim: kpu.KPUSimulator, drive: str) -> None:
    calls: list[int] = []
    transfer(sim, lambda: calls.append(sim.get_current_cycle()))
    transfer(sim, lambda: calls.append(sim.get_current_cycle()))
    if drive == "step":
        for _ in range(400):
            sim.step()
    elif drive == "run_until_idle":
        sim.run_until_idle()
    else:
        getattr(sim, drive)(400)
    assert calls == [145, 290]
    assert sim.get_current_cycle() == (290 if drive == "run_until_idle" else 400)
    assert not sim._link.callbacks


FORBIDDEN = {
    "step": lambda sim: sim.step(),
    "step after a question": lambda sim: (sim.read_memory_bank(0, 0, 1), sim.step()),
    "steps": lambda sim: sim.step(5),
    "run_until_idle": lambda sim: sim.run_until_idle(),
    "run_until": lambda sim: sim.run_until(10_000),
    "run_for": lambda sim: sim.run_for(1),
    "reset": lambda sim: sim.reset(),
    "close": lambda sim: sim.close(),
    "run_matmul_test": lambda sim: sim.run_matmul_test(kpu.MatMulTest(1, 1, 1, [1.0], [1.0])),
    "distributed": kpu.run_distributed_matmul_test,
    "dma reset": lambda sim: sim.get_dma_engine(0).reset(),
}


@pytest.mark.parametrize("what", list(FORBIDDEN))
@pytest.mark.parametrize("others", [0, 1], ids=["alone", "with other work"])
def test_running_inside_a_callback_is_refused(sim: kpu.KPUSimulator, what: str, others: int) -> None:
    errors: list[BaseException] = []

    def on_complete() -> None:
        try:
            FORBIDDEN[what](sim)
        except RuntimeError as error:
            errors.append(error)

    sim.write_memory_bank(0, 0, [3.0])
    transfer(sim, on_complete)
    for _ in range(others):
        transfer(sim, engine=1, size=8000)
    sim.run_until_idle()
    (error,) = errors
    assert error.code == "KPU_IN_CALLBACK"
    assert sim.read_scratchpad(0, 0, 1) == [3.0]
    before = sim.get_current_cycle()
    transfer(sim)
    sim.run_until_idle()
    assert sim.get_current_cycle() == before + 145


def test_the_refusal_may_surface(sim: kpu.KPUSimulator) -> None:
    transfer(sim, sim.run_until_idle)
    with pytest.raises(RuntimeError, match="callback") as raised:
        sim.run_until_idle()
    assert raised.value.code == "KPU_IN_CALLBACK"
    assert sim.get_current_cycle() == 145


@pytest.mark.parametrize("error", [KeyError("boom"), SystemExit(3), KeyboardInterrupt(), kpu.KpuValueError("mine")])
def test_what_a_callback_raises_comes_out_unchanged(sim: kpu.KPUSimulator, error: BaseException) -> None:
    calls: list[int] = []

    def on_complete() -> None:
        calls.append(1)
        raise error

    transfer(sim, on_complete)
    with pytest.raises(type(error)) as raised:
        sim.run_until_idle()
    assert raised.value is error
    assert sim.get_current_cycle() == 145
    sim.run_until_idle()
    assert calls == [1]
    transfer(sim)
    sim.run_until_idle()
    assert sim.get_current_cycle() == 290


@pytest.mark.parametrize("drive", ["step", "run_until_idle", "run_until"])
def test_several_that_raise_at_one_cycle_surface_one_per_call(sim: kpu.KPUSimulator, drive: str) -> None:
    calls: list[str] = []
    errors = {name: ValueError(name) for name in "abc"}

    def raising(name: str):
        def on_complete() -> None:
            calls.append(name)
            raise errors[name]

        return on_complete

    bases = sim.get_external_bank_base(0), sim.get_external_bank_base(1)
    pads = sim.get_scratchpad_base(0), sim.get_scratchpad_base(1)
    for engine, name in enumerate("ab"):
        sim.start_dma_transfer(engine, bases[engine], pads[engine], 1024, raising(name))
    sim.step(145 - 32)  # a 1 x 1 x 2 product takes 32 cycles: all three end at 145
    sim.start_matmul(0, 0, 1, 1, 2, 8192, 8200, 8208, raising("c"))
    surfaced: list[str] = []
    drives = {
        "run_until": lambda: sim.run_until(300),
        "run_until_idle": sim.run_until_idle,
        "step": lambda: [sim.step() for _ in range(300)],
    }
    for _ in range(3):
        with pytest.raises(ValueError) as raised:
            drives[drive]()
        assert raised.value is errors[str(raised.value)]
        surfaced.append(str(raised.value))
        assert sim.get_current_cycle() == 145
    assert calls == surfaced == ["a", "b", "c"]
    sim.step()
    assert sim.get_current_cycle() == 146
    assert calls == ["a", "b", "c"]


def test_an_error_of_the_engine_inside_a_callback_can_be_caught(sim: kpu.KPUSimulator) -> None:
    caught: list[BaseException] = []

    def on_complete() -> None:
        try:
            sim.read_scratchpad(99, 0, 1)
        except IndexError as error:
            caught.append(error)

    transfer(sim, on_complete)
    sim.run_until_idle()
    assert len(caught) == 1
    transfer(sim, lambda: sim.read_scratchpad(99, 0, 1))
    with pytest.raises(IndexError, match="99"):
        sim.run_until_idle()


def test_a_callback_may_run_another_simulator(sim: kpu.KPUSimulator) -> None:
    order: list[str] = []
    with kpu.KPUSimulator() as other:

        def inner() -> None:
            order.append(f"inner {other.get_current_cycle()} {sim.get_current_cycle()}")
            sim.write_scratchpad(1, 0, [4.0])

        def outer() -> None:
            order.append("outer")
            transfer(other, inner, size=100)
            other.run_until_idle()
            order.append(f"outer ends {other.get_current_cycle()} {sim.get_current_cycle()}")

        transfer(sim, outer)
        sim.run_until_idle()
        assert order == ["outer", "inner 135 145", "outer ends 135 145"]
        assert sim.read_scratchpad(1, 0, 1) == [4.0]

        def failing() -> None:
            raise LookupError("inner")

        def passing_on() -> None:
            transfer(other, failing)
            other.run_until_idle()

        transfer(sim, passing_on)
        with pytest.raises(LookupError, match="inner"):
            sim.run_until_idle()
        assert other.get_current_cycle() == 135 + 145
        transfer(other, sim.run_until_idle)
        transfer(sim, other.run_until_idle)
        with pytest.raises(RuntimeError) as raised:
            sim.run_until_idle()
        assert raised.value.code == "KPU_IN_CALLBACK"


def test_chains_of_callbacks(sim: kpu.KPUSimulator) -> None:
    count = [0]

    def again() -> None:
        count[0] += 1
        if count[0] < 200:
            transfer(sim, again)

    transfer(sim, again)
    sim.run_until_idle()
    assert (count, sim.get_current_cycle()) == ([200], 200 * 145)


def test_reset_drops_callbacks(sim: kpu.KPUSimulator) -> None:
    calls: list[int] = []
    transfer(sim, lambda: calls.append(1))
    sim.step(10)
    sim.reset()
    assert not sim._link.callbacks
    sim.run_until_idle()
    transfer(sim, lambda: calls.append(2))
    sim.get_dma_engine(0).reset()
    assert not sim._link.callbacks
    sim.run_until_idle()
    assert calls == []
    assert not sim.is_dma_busy(0)


def test_callbacks_keep_nothing_alive() -> None:
    def with_a_closure_over_itself() -> weakref.ref[kpu.KPUSimulator]:
        sim = kpu.KPUSimulator()
        transfer(sim, lambda: sim.read_memory_bank(0, 0, 1))
        sim.step()
        return weakref.ref(sim)

    gone = with_a_closure_over_itself()
    gc.collect()
    assert gone() is None
