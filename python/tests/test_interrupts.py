"""Ctrl-C at any moment leaves the simulator usable."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

import pytest

import stillwater_kpu as kpu

pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")

FUZZ = """
import random, signal, subprocess, sys, os, time
import stillwater_kpu as kpu

sim = kpu.KPUSimulator()
signal.signal(signal.SIGINT, signal.SIG_IGN)
shooter = subprocess.Popen([sys.executable, "-c", f'''
import os, random, time
end = time.monotonic() + 3
while time.monotonic() < end:
    time.sleep(random.random() * 0.004)
    os.kill({os.getpid()}, 2)
'''])
pick = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else None)
lists = [[pick.random() for _ in range(n)] for n in (1, 256, 5000, 200_000)]
lists = [sim.write_memory_bank(0, 0, each) or sim.read_memory_bank(0, 0, len(each)) for each in lists]
host, bank = 0, sim.get_external_bank_base(1)
armed = False
state = dict(interrupts=0, operations=0, started=0, finished=0)
interrupted_in_callback = 0

def handler(number, frame):
    global armed
    if armed:
        armed = False
        raise KeyboardInterrupt

entered = 0
def on_complete():
    global entered
    entered += 1
    if entered % 3 == 0:
        sim.read_host_memory(0, 0, 8)

last = 0
# Not shooter.poll(): an interrupt inside of it can leave the lock of the Popen object taken.
end = time.monotonic() + 3
signal.signal(signal.SIGINT, handler)
while time.monotonic() < end:
    try:
        armed = True
        while time.monotonic() < end:
            state["operations"] += 1
            kind = pick.randrange(8)
            if kind == 0:
                data = pick.choice(lists)
                sim.write_memory_bank(0, 0, data)
                assert sim.read_memory_bank(0, 0, len(data)) == data, "data differ"
            elif kind == 1:
                for _ in range(60):
                    sim.step()
            elif kind == 2:
                sim.dma_host_to_external(pick.randrange(2), host, bank, 4096, on_complete)
            elif kind == 3:
                sim.run_until_idle()
            elif kind == 4:
                sim.run_for(100)
            elif kind == 5:
                with kpu.KPUSimulator() as other:
                    other.write_scratchpad(0, 0, [1.0, 2.0])
                    assert other.read_scratchpad(0, 0, 2) == [1.0, 2.0]
            elif kind == 6:
                sim.is_dma_busy(0)
                sim.get_statistics()
            cycle = sim.get_current_cycle()
            assert cycle >= last, "time ran back"
            last = cycle
    except KeyboardInterrupt:
        state["interrupts"] += 1
armed = False
signal.signal(signal.SIGINT, signal.SIG_IGN)
shooter.wait()
sim.run_until_idle()
assert not sim.is_dma_busy(0) and not sim.is_dma_busy(1)
assert sim.get_statistics()["machine"]["cycle"] == sim.get_current_cycle()
moved = sum(engine["transfers_completed"] for engine in sim.get_statistics()["dma"])
data = lists[2]
sim.write_memory_bank(0, 0, data)
assert sim.read_memory_bank(0, 0, len(data)) == data
print(state["interrupts"], state["operations"], moved, entered)
"""


@pytest.mark.parametrize("seed", [1])
def test_a_storm_of_interrupts(seed: int, run_python) -> None:
    result = run_python(FUZZ.replace("sys.argv[1]", f"'{seed}'").replace("len(sys.argv) > 1", "True"))
    assert result.returncode == 0, result.stderr
    interrupts, operations, moved, entered = map(int, result.stdout.split())
    assert interrupts > 50
    assert operations > 500
    # Every completion calls back once; an interrupt at the very start of a callback may keep its body from running.
    assert 0 <= moved - entered <= interrupts
    assert entered > 0.9 * moved


def endless(sim: kpu.KPUSimulator) -> None:
    """Work that never ends and does not call back."""
    config = sim.config
    for number in range(20_000):
        sim.start_dma_transfer(number % config.dma_engine_count, 0, sim.get_external_bank_base(0), 1 << 20)


def test_a_run_is_interrupted_and_goes_on() -> None:
    with kpu.KPUSimulator(kpu.SimulatorConfig(dma_engine_count=8, clock_ghz=7.77)) as sim:
        endless(sim)
        sim.step()
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        interrupted = 0
        try:
            while sim._link.is_idle is False and interrupted == 0:
                sim.run_until_idle()
        except KeyboardInterrupt:
            interrupted += 1
        timer.join()
        assert interrupted == 1 or sim._link.is_idle
        sim.step(3)
        sim.run_until_idle()
        assert sum(each["transfers_completed"] for each in sim.get_statistics()["dma"]) == 20_000


def test_an_interrupt_in_a_callback_comes_out_of_the_run(sim: kpu.KPUSimulator) -> None:
    calls: list[int] = []

    def on_complete() -> None:
        calls.append(1)
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            time.sleep(0.001)

    sim.start_dma_transfer(0, 0, 4096, 64, on_complete)
    with pytest.raises(KeyboardInterrupt):
        sim.run_until_idle()
    sim.run_until_idle()
    assert calls == [1]


def test_the_users_handler_is_back_at_all_times(sim: kpu.KPUSimulator) -> None:
    seen: list[object] = []

    def handler(number: int, frame: object) -> None:
        seen.append(number)

    def on_complete() -> None:
        seen.append(signal.getsignal(signal.SIGINT) is handler)
        sim.read_memory_bank(0, 0, 1)
        seen.append(signal.getsignal(signal.SIGINT) is handler)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, handler)
    try:
        sim.start_dma_transfer(0, 0, 4096, 64, on_complete)
        sim.run_until_idle()
        seen.append(signal.getsignal(signal.SIGINT) is handler)
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [True, True, signal.SIGINT, True]


def test_a_handler_set_in_a_callback_stays(sim: kpu.KPUSimulator) -> None:
    before = signal.getsignal(signal.SIGINT)
    try:
        for wanted in (lambda number, frame: None, signal.SIG_IGN, signal.SIG_DFL):
            sim.start_dma_transfer(0, 0, 4096, 64, lambda wanted=wanted: signal.signal(signal.SIGINT, wanted))
            sim.run_until_idle()
            assert signal.getsignal(signal.SIGINT) is wanted
    finally:
        signal.signal(signal.SIGINT, before)
    sim.read_memory_bank(0, 0, 1)
    assert signal.getsignal(signal.SIGINT) is before


def test_an_engine_that_hangs_can_be_given_up(isolated: kpu.KPUSimulator) -> None:
    os.kill(isolated._link.connection.engine.pid, signal.SIGSTOP)
    stop = threading.Event()

    def press() -> None:
        while not stop.wait(0.3):
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    started = time.monotonic()
    thread.start()
    try:
        with pytest.raises((KeyboardInterrupt, kpu.SimulatorCrashed)):
            isolated.run_until_idle()
    finally:
        try:
            stop.set()
            thread.join()
        except KeyboardInterrupt:
            stop.set()
            thread.join()
    assert 1 < time.monotonic() - started < 8
    with pytest.raises(kpu.SimulatorCrashed):
        isolated.run_until_idle()


def test_presses_in_a_row_do_not_end_the_engine(isolated: kpu.KPUSimulator) -> None:
    gate = isolated._link.connection._gate
    gate.enter()
    for _ in range(50):
        os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        gate.leave()
    assert isolated.read_memory_bank(0, 0, 1) == [0.0]


def test_another_signals_exception_in_an_exchange(isolated: kpu.KPUSimulator) -> None:
    """A handler that raises in the middle of a frame: the engine is given up, nothing hangs, nothing is mixed up."""

    class AlarmError(Exception):
        pass

    def handler(number: int, frame: object) -> None:
        raise AlarmError

    os.kill(isolated._link.connection.engine.pid, signal.SIGSTOP)
    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(AlarmError):
            isolated.read_memory_bank(0, 0, 1)
    finally:
        signal.signal(signal.SIGALRM, before)
    with pytest.raises(kpu.SimulatorCrashed, match="AlarmError"):
        isolated.step()


def test_a_handler_that_uses_the_simulator_in_an_exchange(isolated: kpu.KPUSimulator) -> None:
    errors: list[BaseException] = []
    pid = isolated._link.connection.engine.pid

    def handler(number: int, frame: object) -> None:
        try:
            isolated.read_memory_bank(0, 0, 1)
        except RuntimeError as error:
            errors.append(error)
        os.kill(pid, signal.SIGCONT)

    os.kill(pid, signal.SIGSTOP)
    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        assert isolated.read_memory_bank(0, 0, 2) == [0.0, 0.0]
    finally:
        signal.signal(signal.SIGALRM, before)
    assert [error.code for error in errors] == ["KPU_REENTRY"]


def test_the_terminals_group_does_not_reach_the_engine(sim: kpu.KPUSimulator) -> None:
    assert os.getpgid(sim._link.connection.engine.pid) != os.getpgid(0)
    assert sys.platform == "win32" or os.getsid(sim._link.connection.engine.pid) != os.getsid(0)
