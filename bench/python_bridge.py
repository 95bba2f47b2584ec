"""Speed of the Python modules, beside yardsticks of the same run. Prints JSON: python bench/python_bridge.py."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable

import numpy as np

import stillwater_kpu as kpu

ROOT = Path(__file__).resolve().parents[1]


def median(values: list[float]) -> float:
    """The middle value."""
    return sorted(values)[len(values) // 2]


def call_us(call: Callable[[], object], count: int) -> float:
    """Median of the microseconds that one call takes."""
    rounds = []
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(count):
            call()
        rounds.append((time.perf_counter() - start) / count * 1e6)
    return median(rounds)


def calls() -> dict[str, float]:
    """Calls that need no round trip, one that does, and an empty Python function."""
    sim = kpu.KPUSimulator(kpu.SimulatorConfig(memory_bank_capacity_mb=64))

    def empty() -> None:
        pass

    far = sim.get_external_bank_base(0)
    result = {
        "empty_function_us": call_us(empty, 200_000),
        "get_current_cycle_us": call_us(sim.get_current_cycle, 200_000),
        "get_memory_bank_count_us": call_us(sim.get_memory_bank_count, 200_000),
        "get_external_bank_base_us": call_us(lambda: sim.get_external_bank_base(0), 200_000),
        "step_idle_us": call_us(sim.step, 100_000),
    }
    # A transfer long enough that every step of the measurement lies below its horizon.
    sim.start_dma_transfer(0, far, far, 64 << 20)
    sim.step()
    result["step_below_horizon_us"] = call_us(sim.step, 50_000)
    sim.reset()
    result["synchronous_question_us"] = call_us(lambda: sim.read_scratchpad(0, 0, 1), 5_000)
    return result


def posted() -> dict[str, float]:
    """Starting transfers, which are sent without waiting; the engine takes them in meanwhile."""
    sim = kpu.KPUSimulator(kpu.SimulatorConfig(memory_bank_capacity_mb=64))
    bank, l3 = sim.get_external_bank_base(0), sim.get_l3_tile_base(0)
    tile = kpu.geometry.tile(16, 16, source_row_stride=256)
    gathered = kpu.geometry.gather_rows(range(0, 64, 4), 16)
    starts: dict[str, Callable[[], object]] = {
        "contiguous": lambda: sim.start_dma_transfer(0, bank, l3, 1024),
        "tile": lambda: sim.start_dma_transfer(0, bank, l3, layout=tile),
        "gathered_rows": lambda: sim.start_dma_transfer(0, bank, l3, layout=gathered),
        "dma_transfer_2d": lambda: sim.start_dma_transfer_2d(0, bank, l3, 16, 16, 4, 256),
        "block_move": lambda: sim.start_block_move(0, 0, 0, 0, 0, 16, 16, src_row_stride=256),
        "row_stream": lambda: sim.start_row_stream(0, 0, 0, 0, 0, 16, 16, stagger=True),
    }
    result = {}
    for name, start in starts.items():
        result[f"start_{name}_us"] = call_us(start, 5_000)
        sim.reset()
    return result


def bulk() -> dict[str, float]:
    """Memory access in GB/s (numpy) and MB/s (lists)."""
    sim = kpu.KPUSimulator(kpu.SimulatorConfig(memory_bank_capacity_mb=64))
    array = np.arange(16 << 20, dtype=np.float32)
    values = [float(index) for index in range(1 << 20)]

    def rate(call: Callable[[], object], size: int) -> float:
        seconds = []
        for _ in range(7):
            start = time.perf_counter()
            call()
            sim.is_dma_busy(0)  # a posted write has arrived when a question is answered
            seconds.append(time.perf_counter() - start)
        return size / median(seconds)

    return {
        "numpy_write_64mb_gb_per_s": rate(lambda: sim.write_memory_bank_numpy(0, 0, array), array.nbytes) / 1e9,
        "numpy_read_64mb_gb_per_s": rate(lambda: sim.read_memory_bank_numpy(0, 0, array.shape), array.nbytes) / 1e9,
        "numpy_copy_64mb_gb_per_s": rate(array.copy, array.nbytes) / 1e9,
        "list_write_4mb_mb_per_s": rate(lambda: sim.write_memory_bank(0, 0, values), 4 * len(values)) / 1e6,
        "list_read_4mb_mb_per_s": rate(lambda: sim.read_memory_bank(0, 0, len(values)), 4 * len(values)) / 1e6,
    }


def queued() -> dict[str, float]:
    """100,000 queued small transfers with callbacks; half of them must take half the time."""
    result = {}
    for count in (50_000, 100_000):
        sim = kpu.KPUSimulator()
        done = [0]

        def on_complete(done: list[int] = done) -> None:
            done[0] += 1

        source, target = sim.get_external_bank_base(0), sim.get_scratchpad_base(0)
        start = time.perf_counter()
        for _ in range(count):
            sim.start_dma_transfer(0, source, target, 64, on_complete)
        sim.run_until_idle()
        result[f"queued_{count}_s"] = time.perf_counter() - start
        if done[0] != count:
            raise AssertionError(done)
    return result


def polling() -> dict[str, int]:
    """Round trips of a loop that steps until a callback has run."""
    sim = kpu.KPUSimulator(kpu.SimulatorConfig(memory_bank_capacity_mb=64))
    connection = sim._link.connection  # noqa: SLF001
    before = connection.round_trips
    done: list[int] = []
    sim.start_dma_transfer(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 1024, lambda: done.append(1))
    while not done:
        sim.step()
    return {"cycles": sim.get_current_cycle(), "round_trips": connection.round_trips - before}


def processes() -> dict[str, float]:
    """Start-up: import and first simulator, the seed's script, and an empty Python beside them."""
    # As users run it: with the bytecode that Python keeps beside the modules after the first import.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = {**kept, "PYTHONPATH": str(ROOT / "python")}
    subprocess.run([sys.executable, "-c", "import stillwater_kpu"], check=True, env=environment)

    def run_ms(*arguments: str) -> tuple[float, float]:
        wall, cpu = [], []
        for _ in range(9):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            start = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=environment, cwd=ROOT)
            wall.append((time.perf_counter() - start) * 1e3)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3)
        return median(wall), median(cpu)

    first = (
        "import time; start = time.perf_counter()\n"
        "import stillwater_kpu as kpu; kpu.KPUSimulator()\n"
        "print((time.perf_counter() - start) * 1e3)"
    )
    times = [
        float(subprocess.run([sys.executable, "-c", first], check=True, capture_output=True, env=environment).stdout)
        for _ in range(9)
    ]
    empty_wall, empty_cpu = run_ms("-c", "pass")
    seed_wall, seed_cpu = run_ms("test_dma.py")
    return {
        "import_and_first_simulator_ms": median(times),
        "empty_python_wall_ms": empty_wall,
        "empty_python_cpu_ms": empty_cpu,
        "seed_script_wall_ms": seed_wall,
        "seed_script_cpu_ms": seed_cpu,
    }


def main() -> None:
    """Runs every measurement."""
    machine = {"platform": platform.platform(), "python": platform.python_version(), "numpy": np.__version__}
    parts = (processes, calls, posted, polling, bulk, queued)
    results = {part.__name__: part() for part in parts}
    print(json.dumps({"machine": machine, "results": results}, indent=2))


if __name__ == "__main__":
    main()
