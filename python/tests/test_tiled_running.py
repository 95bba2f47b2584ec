"""Tiled matrix products while they run: progress, interrupts, threads."""

from __future__ import annotations

import io
import sys
import threading
from typing import Any

import numpy as np
import pytest

import stillwater_kpu as kpu


def operands(m: int, n: int, k: int) -> tuple[Any, Any]:
    numbers = np.random.default_rng(1)
    a, b = numbers.standard_normal((m, k)), numbers.standard_normal((k, n))
    return a.astype(np.float32), b.astype(np.float32)


def test_needs_an_idle_simulator_and_no_callback() -> None:
    seen: list[str] = []
    with kpu.KPUSimulator() as sim:

        def inside() -> None:
            with pytest.raises(RuntimeError) as raised:
                sim.run_tiled_matmul([[1.0]], [[1.0]])
            seen.append(raised.value.code)  # type: ignore[attr-defined]

        sim.start_dma_transfer(0, 0, sim.get_scratchpad_base(0), 64, inside)
        with pytest.raises(kpu.KpuRuntimeError, match="which has work"):
            sim.run_tiled_matmul([[1.0]], [[1.0]])
        sim.run_until_idle()
        assert seen == ["KPU_IN_CALLBACK"]
        assert sim.run_tiled_matmul([[2.0]], [[3.0]]).c == [[6.0]]


def test_tells_its_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[int, int]] = []
    a, b = operands(256, 256, 256)

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setitem(sys.modules, "tqdm.auto", None)  # as if it were not installed
    with kpu.KPUSimulator() as sim:
        sim.run_tiled_matmul(a, b, tile_m=16, tile_n=16, tile_k=16, progress=lambda done, of: calls.append((done, of)))
        assert calls[-1] == (2048, 2048)
        assert [done for done, _ in calls] == sorted(done for done, _ in calls)
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        sim.run_tiled_matmul(a, b, progress=True)
        assert "steps/s" in terminal.getvalue()
        assert terminal.getvalue().endswith("\n")
        silent = io.StringIO()
        monkeypatch.setattr(sys, "stderr", silent)
        sim.run_tiled_matmul(a, b, progress=True)
        assert silent.getvalue() == ""


def test_shows_progress_by_tqdm(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tqdm")
    a, b = operands(256, 256, 256)

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    with kpu.KPUSimulator() as sim:
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        sim.run_tiled_matmul(a, b, tile_m=16, tile_n=16, tile_k=16, progress=True)
        assert "100%" in terminal.getvalue()
        assert "2048/2048" in terminal.getvalue()
        silent = io.StringIO()
        monkeypatch.setattr(sys, "stderr", silent)
        sim.run_tiled_matmul(a, b, progress=True)
        assert silent.getvalue() == ""


def test_runs_tell_their_progress() -> None:
    calls: list[tuple[int, int | None]] = []

    def note(done: int, whole: int | None) -> None:
        calls.append((done, whole))

    with kpu.KPUSimulator() as sim:
        sim.dma_external_to_scratchpad(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 1024)
        sim.run_until_idle(progress=note)
        assert calls[-1] == (145, 145)
        sim.dma_external_to_scratchpad(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 1024)
        sim.run_until(1000, progress=note)
        assert calls[-1] == (855, 855)
        with pytest.raises(kpu.KpuTypeError, match="progress must be"):
            sim.run_until_idle(progress=7)
        assert sim.get_current_cycle() == 1000


def test_an_interrupted_run_can_go_on_or_be_dropped() -> None:
    a, b = operands(256, 256, 256)
    small = {"tile_m": 16, "tile_n": 16, "tile_k": 16}

    def interrupt(done: int, steps: int) -> None:
        if done < steps:
            raise KeyboardInterrupt

    with kpu.KPUSimulator() as sim:
        expected = sim.run_tiled_matmul(a, b, **small)
        start = sim.get_current_cycle()
        with pytest.raises(KeyboardInterrupt):
            sim.run_tiled_matmul(a, b, progress=interrupt, **small)
        with pytest.raises(RuntimeError, match="which has work"):
            sim.run_tiled_matmul(a, b)
        sim.run_until_idle()
        assert sim.get_current_cycle() == start + expected.report.cycles
        with pytest.raises(KeyboardInterrupt):
            sim.run_tiled_matmul(a, b, progress=interrupt, **small)
        sim.reset()
        again = sim.run_tiled_matmul(a, b, **small)
        assert np.array_equal(again.c, expected.c)
        assert again.report == expected.report


INTERRUPTED = """
import os, signal, sys, threading
import stillwater_kpu as kpu

sim = kpu.KPUSimulator()
rows = [[1.0] * 512] * 512
try:
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    while True:
        sim.run_tiled_matmul(rows, rows, tile_m=16, tile_n=16, tile_k=16)
except KeyboardInterrupt:
    pass
sim.reset()
assert sim.run_tiled_matmul([[2.0]], [[3.0]]).c == [[6.0]]
sim.run_until_idle()
print("usable")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_control_c_leaves_the_simulator_usable(run_python: Any) -> None:
    result = run_python(INTERRUPTED)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "usable\n"


def test_interrupted_products_hold_nothing_in_the_end() -> None:
    rows = [[1.0] * 256] * 256

    def interrupt(_done: int, _steps: int) -> None:
        raise KeyboardInterrupt

    with kpu.KPUSimulator() as sim:
        sim.run_tiled_matmul([[1.0]], [[1.0]])
        first = sim.create_semaphore().id
        for end in (sim.reset, sim.run_until_idle):
            with pytest.raises(KeyboardInterrupt):
                sim.run_tiled_matmul(rows, rows, tile_m=16, tile_n=16, tile_k=16, progress=interrupt)
            assert sim.is_compute_busy(0)
            end()
            assert not sim.is_compute_busy(0)
        sim.run_tiled_matmul(rows, rows)
        assert sim.create_semaphore().id == first + 1


def test_runs_in_threads_of_their_own() -> None:
    a, b = operands(64, 64, 64)
    with kpu.KPUSimulator() as sim:
        expected = sim.run_tiled_matmul(a, b).c
    results: list[bool] = []

    def work() -> None:
        with kpu.KPUSimulator(isolated=True) as sim:
            results.append(np.array_equal(sim.run_tiled_matmul(a, b).c, expected))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True, True]
