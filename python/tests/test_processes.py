"""The life of engine processes: shared and isolated ones, crash, fork, exit, garbage."""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

import stillwater_kpu as kpu
from stillwater_kpu._engines import shared_connection
from stillwater_kpu._protocol import DESTROY, POSTED, request

if TYPE_CHECKING:
    from pathlib import Path

posix = pytest.mark.skipif(os.name == "nt", reason="signals and fork are POSIX")


def pid_of(sim: kpu.KPUSimulator) -> int:
    return sim._link.connection.engine.pid


def is_running(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return sys.platform != "linux"


def ends(pid: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_running(pid)


def test_simulators_share_an_engine(sim: kpu.KPUSimulator, isolated: kpu.KPUSimulator) -> None:
    with kpu.KPUSimulator() as other:
        assert pid_of(other) == pid_of(sim)
        assert pid_of(isolated) != pid_of(sim)
        other.write_memory_bank(0, 0, [1.0])
        sim.write_memory_bank(0, 0, [2.0])
        isolated.write_memory_bank(0, 0, [3.0])
        assert [each.read_memory_bank(0, 0, 1) for each in (other, sim, isolated)] == [[1.0], [2.0], [3.0]]
        other.step(4)
        assert (other.get_current_cycle(), sim.get_current_cycle()) == (4, 0)


@pytest.mark.parametrize("alone", [False, True], ids=["shared", "isolated"])
def test_a_closed_simulator(alone: bool) -> None:
    sim = kpu.KPUSimulator(isolated=alone)
    pid = pid_of(sim)
    sim.start_dma_transfer(0, 0, 4096, 64, lambda: None)
    assert not sim.closed
    sim.close()
    sim.close()
    assert sim.closed
    calls = [
        sim.step, sim.run_until_idle, sim.reset, sim.get_current_cycle, sim.get_simulated_time_ns, sim.get_statistics,
        sim.print_stats, sim.__enter__, lambda: sim.read_memory_bank(0, 0, 1), lambda: sim.write_memory_bank(0, 0, [1.0]),
        lambda: sim.start_dma_transfer(0, 0, 64, 4), lambda: sim.is_dma_busy(0), lambda: sim.run_until(5), lambda: sim.step(3),
        lambda: sim.start_matmul(0, 0, 1, 1, 1, 0, 4, 8), lambda: sim.run_matmul_test(kpu.MatMulTest(1, 1, 1, [1.0], [1.0])),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(RuntimeError, match="closed") as raised:
            call()
        assert raised.value.code == "KPU_CLOSED"
    assert sim.get_memory_bank_count() == 2
    assert "closed" in repr(sim)
    assert "closed" in sim._repr_html_()
    assert is_running(pid) != alone


def test_closing_frees_the_memory_of_the_engine(sim: kpu.KPUSimulator) -> None:
    np = pytest.importorskip("numpy")
    data = np.ones(16 << 20, np.float32)
    for _ in range(30):  # 2 GB if nothing were freed
        with kpu.KPUSimulator() as other:
            other.write_memory_bank_numpy(0, 0, data)
    if sys.platform == "linux":
        with open(f"/proc/{pid_of(sim)}/status", encoding="ascii") as status:
            resident_kb = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        assert resident_kb < 1_000_000


def test_garbage_is_destroyed(sim: kpu.KPUSimulator) -> None:
    connection = sim._link.connection
    other = kpu.KPUSimulator()
    handle = other._link.handle
    del other
    gc.collect()
    assert connection._released == [request(DESTROY | POSTED, handle)]
    sim.read_memory_bank(0, 0, 1)
    assert connection._released == []
    link_to_nothing = type(sim._link)(connection, handle)
    with pytest.raises(kpu.KpuError, match=f"no simulator with handle {handle}"):
        link_to_nothing.query("statistics")


def test_an_isolated_engine_ends_with_its_garbage() -> None:
    sim = kpu.KPUSimulator(isolated=True)
    pid = pid_of(sim)
    assert is_running(pid)
    del sim
    gc.collect()
    with pytest.raises(ProcessLookupError):  # not even a zombie
        os.kill(pid, 0)


@posix
@pytest.mark.parametrize("when", ["idle", "running", "in a callback", "writing"])
def test_a_crash_is_contained(when: str, sim: kpu.KPUSimulator) -> None:
    np = pytest.importorskip("numpy")
    with kpu.KPUSimulator(isolated=True) as victim:
        pid = pid_of(victim)

        def kill() -> None:
            os.kill(pid, signal.SIGKILL)

        def while_idle() -> None:
            kill()
            victim.run_until_idle()

        def while_running() -> None:
            victim.start_dma_transfer(0, 0, victim.get_external_bank_base(0), 64, kill)
            victim.start_dma_transfer(0, 0, victim.get_external_bank_base(0), 64)
            victim.run_until_idle()

        def in_a_callback() -> None:
            victim.start_dma_transfer(0, 0, victim.get_external_bank_base(0), 64, while_idle)
            victim.run_until_idle()

        def while_writing() -> None:
            kill()
            for _ in range(100):
                victim.write_memory_bank_numpy(0, 0, np.zeros(1 << 20, np.float32))

        ways = {"idle": while_idle, "running": while_running, "in a callback": in_a_callback, "writing": while_writing}
        with pytest.raises(kpu.SimulatorCrashed, match="SIGKILL") as raised:
            ways[when]()
        assert raised.value.code == "KPU_CRASHED"
        for call in (
            victim.step,
            victim.get_current_cycle,
            victim.run_until_idle,
            victim.print_stats,
            victim.__enter__,
        ):
            with pytest.raises(kpu.SimulatorCrashed):
                call()
        assert victim.closed
        assert "closed" in repr(victim)
        assert victim.get_memory_bank_count() == 2
    sim.write_memory_bank(0, 0, [1.0])
    assert sim.read_memory_bank(0, 0, 1) == [1.0]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@posix
@pytest.mark.parametrize("seed", range(int(os.environ.get("KPU_KILLS", "20"))))
def test_a_kill_at_any_moment(seed: int, tmp_path: Path) -> None:
    """Whatever is under way says so, a file that was being written is the old one or whole, and nothing is left."""
    path = tmp_path / "run.csv"
    path.write_text("old", encoding="utf-8")
    with kpu.KPUSimulator(isolated=True) as victim:
        pid = pid_of(victim)
        bank = victim.get_external_bank_base(0)

        def work() -> None:
            while True:
                victim.start_trace()
                victim.write_memory_bank(0, 0, [1.0] * 5000)
                for number in range(200):
                    victim.start_dma_transfer(number % 2, bank, bank + 65536, 4096, lambda: None)
                victim.run_until_idle()
                assert victim.read_memory_bank(0, 65536, 1024) == [1.0] * 1024
                victim.write_trace(path)

        killer = threading.Timer(random.Random(seed).random() * 0.2, os.kill, (pid, signal.SIGKILL))
        killer.start()
        with pytest.raises(kpu.SimulatorCrashed, match="SIGKILL"):
            work()
        killer.join()
    assert not is_running(pid)
    text = path.read_text(encoding="utf-8")
    assert text == "old" or (text.endswith("\n") and text.count("\n") == 1 + 200)
    assert list(tmp_path.iterdir()) == [path]


@posix
def test_after_a_crash_of_the_shared_engine_new_simulators_work() -> None:
    first, second = kpu.KPUSimulator(), kpu.KPUSimulator()
    connection = shared_connection()
    os.kill(pid_of(first), signal.SIGKILL)
    for victim in (first, second):
        with pytest.raises(kpu.SimulatorCrashed):
            victim.run_until_idle()
    with kpu.KPUSimulator() as third:
        assert third._link.connection is not connection
        assert third.run_matmul_test(kpu.generate_simple_matmul_test())
    first.close()
    second.close()


@posix
def test_a_crash_is_noticed_by_simulators_that_did_nothing() -> None:
    first, second = kpu.KPUSimulator(), kpu.KPUSimulator()
    os.kill(pid_of(first), signal.SIGKILL)
    with pytest.raises(kpu.SimulatorCrashed):
        first.read_memory_bank(0, 0, 1)
    with pytest.raises(kpu.SimulatorCrashed):
        second.step()


def child_uses_the_parents(sim: kpu.KPUSimulator) -> list[str]:
    outcomes = []
    for call in (sim.step, sim.get_current_cycle, sim.run_until_idle, lambda: sim.read_memory_bank(0, 0, 1)):
        try:
            call()
            outcomes.append("worked")
        except RuntimeError as error:
            outcomes.append(f"{error.code} {'fork' in str(error)}")
    sim.close()
    with kpu.KPUSimulator() as own:
        own.write_memory_bank(0, 0, [2.0])
        outcomes.append(str(own.read_memory_bank(0, 0, 1)))
    return outcomes


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_fork(sim: kpu.KPUSimulator) -> None:
    sim.write_memory_bank(0, 0, [1.0])
    sim.step(5)
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            text = repr(child_uses_the_parents(sim))
        except BaseException as error:
            text = repr(error)
        os.write(write_end, text.encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as answer:
        assert eval(answer.read()) == ["KPU_FORKED True"] * 4 + ["[2.0]"]
    assert os.waitpid(child, 0)[1] == 0
    assert sim.get_current_cycle() == 5
    assert sim.read_memory_bank(0, 0, 1) == [1.0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_does_not_keep_the_engine_alive(run_python) -> None:
    result = run_python(
        "import os, sys, time, warnings\n"
        "warnings.simplefilter('ignore', DeprecationWarning)\n"
        "import stillwater_kpu as kpu\n"
        "sim = kpu.KPUSimulator(); alone = kpu.KPUSimulator(isolated=True)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    os.close(1); os.close(2); time.sleep(20); os._exit(0)\n"
        "print(sim._link.connection.engine.pid, alone._link.connection.engine.pid, child)\n"
        "sys.stdout.flush()\n"
        "os._exit(0)\n"
    )
    engine, alone, child = map(int, result.stdout.split())
    try:
        assert ends(engine)
        assert ends(alone)
        assert is_running(child)
    finally:
        os.kill(child, signal.SIGKILL)


def work_of_a_pool(size: int) -> tuple[bool, int]:
    with kpu.KPUSimulator() as sim:
        return sim.run_matmul_test(kpu.generate_simple_matmul_test(size, size, size)), sim.get_current_cycle()


def failing_work(size: int) -> None:
    with kpu.KPUSimulator() as sim:
        sim.read_memory_bank(size, 0, 1)


@pytest.mark.parametrize(
    "method", [name for name in ("fork", "spawn") if name in multiprocessing.get_all_start_methods()]
)
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_pools(method: str, sim: kpu.KPUSimulator) -> None:
    sim.step(3)
    with multiprocessing.get_context(method).Pool(2) as pool:
        results = pool.map(work_of_a_pool, [4, 8, 12, 16])
        assert [right for right, _ in results] == [True] * 4
        with pytest.raises(kpu.KpuIndexError, match="77") as raised:
            pool.apply(failing_work, (77,))
        assert raised.value.code == "KPU_COMPONENT_ID"
    assert sim.get_current_cycle() == 3
    assert sim.run_matmul_test(kpu.generate_simple_matmul_test())


EXITS = {
    "return": "",
    "exception": "raise SystemExit(7)",
    "os._exit": "sys.stdout.flush(); os._exit(0)",
    "pending work": "sim.start_dma_transfer(0, 0, 64, 4, lambda: None); sim.step(3)",
    "closed": "sim.close(); alone.close()",
    "in a thread": "import threading; threading.Thread(target=lambda: sim.run_until_idle()).start()",
}


@pytest.mark.parametrize("how", list(EXITS))
def test_nothing_is_left_after_exit(how: str, run_python) -> None:
    result = run_python(
        "import os, sys, stillwater_kpu as kpu\n"
        "sim = kpu.KPUSimulator(); alone = kpu.KPUSimulator(isolated=True)\n"
        f"print(sim._link.connection.engine.pid, alone._link.connection.engine.pid)\n{EXITS[how]}\n"
    )
    assert result.returncode == (7 if how == "exception" else 0)
    assert result.stderr == ""
    assert all(ends(int(pid)) for pid in result.stdout.split())


@posix
@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGTERM], ids=lambda stop: stop.name)
def test_nothing_is_left_when_python_is_killed(stop: signal.Signals, run_python) -> None:
    result = run_python(
        "import os, sys, stillwater_kpu as kpu\n"
        "sim = kpu.KPUSimulator()\n"
        "print(sim._link.connection.engine.pid); sys.stdout.flush()\n"
        f"os.kill(os.getpid(), {stop.value})\n"
    )
    assert result.returncode == -stop
    assert ends(int(result.stdout))


def test_import_alone_starts_nothing(run_python) -> None:
    result = run_python(
        "import stillwater_kpu, stillwater_toplevel, sys\n"
        "from stillwater_kpu._engines import _engines\n"
        "print(len(_engines._all), 'numpy' in sys.modules, stillwater_kpu.SimulatorConfig())\n"
    )
    assert result.stdout == "0 False SimulatorConfig()\n", result.stderr


@posix
def test_an_engine_without_memory_is_an_error_like_any_other(run_python) -> None:
    result = run_python(
        """
import stillwater_kpu as kpu
sim = kpu.KPUSimulator()
engine = sim._link.connection.engine.pid
try:
    while True:
        sim.start_dma_transfer(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 64)
except kpu.SimulatorCrashed as error:
    print(error)
with kpu.KPUSimulator() as other:
    other.start_dma_transfer(0, other.get_external_bank_base(0), other.get_scratchpad_base(0), 64)
    other.run_until_idle()
    print(engine, other.get_current_cycle())
""",
        NODE_OPTIONS="--max-old-space-size=24",
    )
    assert result.returncode == 0
    message, last = result.stdout.splitlines()
    assert "(signal SIGABRT, as when it runs out of memory)" in message
    assert "create a new one" in message
    engine, cycle = last.split()
    assert int(cycle) > 0
    assert ends(int(engine))
