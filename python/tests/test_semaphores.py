"""Order by credits: pipelines without the host, deadlock reports, refusals."""

from __future__ import annotations

import numpy as np
import pytest

import stillwater_kpu as kpu

SIZE, PRODUCTS = 16, 5
BYTES = 4 * SIZE * SIZE


def pipeline(buffers: int, *, safe: bool = True) -> tuple[kpu.KPUSimulator, list[float]]:
    """Products of a row of matrices whose operands arrive in `buffers` places of a scratchpad."""
    sim = kpu.KPUSimulator()
    bank, out, pad = sim.get_external_bank_base(0), sim.get_external_bank_base(1), sim.get_scratchpad_base(0)
    loaded, computed = sim.create_semaphore("loaded"), sim.create_semaphore("computed")
    free, stored = sim.create_semaphore("free", buffers), sim.create_semaphore("stored", buffers)
    for index in range(PRODUCTS):
        operands = np.stack([np.full((SIZE, SIZE), index + 1), np.eye(SIZE)])
        sim.write_memory_bank_numpy(0, 2 * index * BYTES, operands)
        a = 3 * (index % buffers) * BYTES
        sim.start_dma_transfer(0, bank + 2 * index * BYTES, pad + a, 2 * BYTES, wait_for=[free], signal=[loaded])
        waits = [loaded, stored] if safe else [stored]
        sim.start_matmul(
            0, 0, SIZE, SIZE, SIZE, a, a + BYTES, a + 2 * BYTES, queued=True, wait_for=waits, signal=[free, computed]
        )
        sim.start_dma_transfer(
            1, pad + a + 2 * BYTES, out + index * BYTES, BYTES, wait_for=[computed], signal=[(stored, 1)]
        )
    sim.run_until_idle()
    return sim, [
        float(np.trace(sim.read_memory_bank_numpy(1, index * BYTES, (SIZE, SIZE)))) for index in range(PRODUCTS)
    ]


def test_a_double_buffered_pipeline_runs_without_the_host() -> None:
    expected = [float(SIZE * (index + 1)) for index in range(PRODUCTS)]
    (single, first), (double, second) = pipeline(1), pipeline(2)
    assert first == second == expected
    assert single.get_hazards() == double.get_hazards() == []
    assert double.get_current_cycle() < single.get_current_cycle()


def test_a_missing_dependency_gives_wrong_values_and_a_report() -> None:
    sim, traces = pipeline(2, safe=False)
    assert traces != [float(SIZE * (index + 1)) for index in range(PRODUCTS)]
    hazard = sim.get_hazards()[0]
    assert (hazard.kind, hazard.earlier.unit, hazard.later.unit) == ("read-after-write", "dma 0", "tile 0")


def test_a_deadlock_says_who_waits_for_what_and_the_host_can_end_it() -> None:
    sim = kpu.KPUSimulator()
    ready = sim.create_semaphore("ready")
    bank = sim.get_external_bank_base(0)
    done: list[int] = []
    sim.start_dma_transfer(1, bank, bank, 0, lambda: done.append(sim.get_current_cycle()), wait_for=[(ready, 2)])
    sim.step(10)
    with pytest.raises(
        RuntimeError, match=r"deadlock at cycle 10: .* dma 1 \(work 0\) waits for semaphore 'ready' \(0 of 2"
    ):
        sim.run_until_idle()
    assert sim.get_waiting() == [kpu.WaitingRecord(0, "dma 1", 0, (("ready", "data", 2, 0),))]
    assert sim.is_dma_busy(1)
    ready.signal(2)
    sim.run_until_idle()
    assert done == [210]
    assert (ready.value, ready.name, ready.id) == (0, "ready", 0)


def test_polling_steps_see_work_that_waited() -> None:
    sim = kpu.KPUSimulator()
    arrived = sim.create_semaphore()
    bank, pad = sim.get_external_bank_base(0), sim.get_scratchpad_base(0)
    done: list[int] = []
    sim.start_dma_transfer(1, pad, sim.get_l3_tile_base(0), 1024, lambda: done.append(1), wait_for=[arrived])
    sim.start_dma_transfer(0, bank, pad, 1024, signal=[arrived])
    before = sim._link.connection.round_trips
    while not done:
        sim.step()
    assert sim.get_current_cycle() == 190
    assert sim._link.connection.round_trips - before <= 8


def test_reset_gives_the_initial_credits_back() -> None:
    sim = kpu.KPUSimulator()
    three = sim.create_semaphore("credits", 3)
    three.signal()
    assert three.value == 4
    sim.reset()
    assert three.value == 3


@pytest.mark.parametrize(
    ("request_", "error", "text"),
    [
        ("foreign", ValueError, "belongs to another simulator"),
        ("number", TypeError, r"wait_for\[0\] must be a Semaphore"),
        ("none", ValueError, "at least 1 credit"),
        ("negative", ValueError, "must not be negative"),
        ("twice", ValueError, "names own twice"),
        ("many", ValueError, "at most 255"),
    ],
)
def test_refused_with_nothing_started(request_: str, error: type[Exception], text: str) -> None:
    sim, other = kpu.KPUSimulator(), kpu.KPUSimulator()
    own, foreign = sim.create_semaphore("own"), other.create_semaphore("foreign")
    wait_for = {
        "foreign": [foreign],
        "number": [0],
        "none": [(own, 0)],
        "negative": [(own, -1)],
        "twice": [own, (own, 2)],
        "many": [own] * 256,
    }[request_]
    bank = sim.get_external_bank_base(0)
    with pytest.raises(error, match=text):
        sim.start_dma_transfer(0, bank, bank, 4, lambda: None, wait_for=wait_for)  # type: ignore[arg-type]
    with pytest.raises(error, match=text):
        sim.start_matmul(0, 0, 1, 1, 1, 0, 4, 8, lambda: None, wait_for=wait_for)  # type: ignore[arg-type]
    assert not sim.is_dma_busy(0)
    assert not sim.is_compute_busy(0)
    sim.run_until_idle()


def test_bad_semaphores() -> None:
    sim = kpu.KPUSimulator()
    with pytest.raises(ValueError, match="initial must not be negative"):
        sim.create_semaphore("s", -1)
    with pytest.raises(TypeError, match="name must be a str"):
        sim.create_semaphore(5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="credits"):
        sim.create_semaphore("s").signal(0)


def test_what_credits_stand_for_shows_in_reports() -> None:
    sim = kpu.KPUSimulator()
    full, empty = sim.create_semaphore("full"), sim.create_semaphore("empty", 0, grants="space")
    assert (full.grants, empty.grants) == ("data", "space")
    assert repr(empty) == "<Semaphore 1 'empty', grants space>"
    bank, pad = sim.get_external_bank_base(0), sim.get_scratchpad_base(0)
    sim.start_dma_transfer(0, bank, pad, 64, wait_for=[empty])
    sim.start_matmul(0, 0, 1, 1, 1, 0, 4, 8, wait_for=[(full, 2)])
    with pytest.raises(RuntimeError, match=r"of 1 credits of space.*of 2 credits of data"):
        sim.run_until_idle()
    first, second = sim.get_waiting()
    assert first.waits_for == (kpu.WaitedCredits("empty", "space", needed=1, available=0),)
    assert second.waits_for[0].grants == "data"
    sim.step(10)
    assert sim.get_statistics()["dma"][0]["waiting_for_space_cycles"] == 10
    assert sim.get_statistics()["tile"][0]["waiting_for_data_cycles"] == 10
    with pytest.raises(ValueError, match="'data' or 'space', got 'room'"):
        sim.create_semaphore(grants="room")
    with pytest.raises(TypeError, match="'data' or 'space', got int"):
        sim.create_semaphore(grants=1)  # type: ignore[arg-type]
