"""Memory of 24 simulators at work, over time. Prints JSON: python bench/memory_growth.py [seconds], 600 unless told.

Twenty simulators share an engine, four have one each. All do the same again and again: values in and out, transfers
with callbacks, a tiled product, a trace, a checkpoint, a history, an error, a reset; in each round one is closed and
made anew. What a process takes should rise while it warms up and then stay. Linux only: it reads /proc.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import time
from pathlib import Path

import numpy as np

import stillwater_kpu as kpu

SHARED, ISOLATED = 20, 4
SAMPLES = 60


def resident_kb(pid: int) -> int:
    """What a process has in memory, in KiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


def engine_pids(sims: list[kpu.KPUSimulator]) -> list[int]:
    """The engines of these simulators, that of the first one first."""
    return list(dict.fromkeys(sim._link.connection.engine.pid for sim in sims))  # noqa: SLF001  # nothing public says it


def work(sim: kpu.KPUSimulator, number: int) -> int:
    """A bit of everything on one simulator; how many callbacks came."""
    came = []
    numbers = np.random.default_rng(number)
    a, b = (numbers.standard_normal((32, 32)).astype(np.float32) for _ in range(2))
    bank = sim.get_external_bank_base(0)
    sim.start_trace(10_000)
    sim.write_host_memory_numpy(0, 0, a)
    for engine in range(2):
        sim.dma_host_to_external(engine, 0, bank + 8192 * engine, a.nbytes, lambda: came.append(1))
    checkpoint = sim.checkpoint()
    sim.run_until_idle()
    sim.restore(checkpoint)
    sim.run_until_idle()
    if not np.array_equal(sim.read_memory_bank_numpy(0, 8192, a.size), a.ravel()):
        raise AssertionError("the values that were moved differ")
    sim.start_tiled_matmul(a, b)
    sim.run_until_idle()
    with contextlib.suppress(kpu.KpuError):
        sim.read_memory_bank(0, 1 << 50, 4)
    sim.get_trace()
    sim.stop_trace()
    sim.get_statistics()
    sim.reset()
    sim.start_history()
    sim.start_dma_transfer(0, bank, bank + 65536, 4096)
    sim.run_until_idle()
    sim.rewind_to(1)
    sim.stop_history()
    sim.reset()
    return len(came)


def main() -> None:
    """Works for the given time and tells what the processes took."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600.0
    sims = [kpu.KPUSimulator(isolated=number >= SHARED) for number in range(SHARED + ISOLATED)]
    start = time.monotonic()
    samples: list[dict[str, object]] = []
    rounds = callbacks = 0
    while (now := time.monotonic() - start) < seconds:
        for number, sim in enumerate(sims):
            callbacks += work(sim, rounds * len(sims) + number)
        sims[rounds % SHARED].close()
        sims[rounds % SHARED] = kpu.KPUSimulator()
        rounds += 1
        if now >= seconds * len(samples) / SAMPLES:
            engines = [resident_kb(pid) for pid in engine_pids(sims)]
            samples.append({"at_s": round(now), "python_kb": resident_kb(os.getpid()), "engines_kb": engines})
    for sim in sims:
        sim.close()
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    result = {
        "simulators": len(sims), "seconds": seconds, "rounds": rounds, "callbacks": callbacks,
        "python_cpu_s": round(usage[0].ru_utime + usage[0].ru_stime, 1), "samples": samples,
    }  # fmt: skip
    print(json.dumps(result))


if __name__ == "__main__":
    main()
