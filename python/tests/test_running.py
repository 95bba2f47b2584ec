"""Stepping and running: the local horizon must never be noticed."""

from __future__ import annotations

import random

import pytest

import stillwater_kpu as kpu


def transfer(sim: kpu.KPUSimulator, engine: int = 0, size: int = 1024, callback=None) -> None:
    sim.dma_external_to_scratchpad(engine, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), size, callback)


def test_step_counts(sim: kpu.KPUSimulator) -> None:
    sim.step()
    sim.step(n=4)
    sim.step(0)
    sim.run_for(cycles=5)
    sim.run_until(cycle=20)
    sim.run_until(20)
    assert sim.get_current_cycle() == 20
    assert sim.get_simulated_time_ns() == 20
    sim.run_until_idle()
    assert sim.get_current_cycle() == 20
    sim.reset()
    assert sim.get_current_cycle() == 0
    assert sim.get_elapsed_time_ms() == 0


def test_simulated_time_is_that_of_the_clock() -> None:
    with kpu.KPUSimulator(kpu.SimulatorConfig(clock_ghz=0.5)) as sim:
        sim.step(7)
        assert sim.get_simulated_time_ns() == 14


def test_polling_a_transfer_costs_a_handful_of_round_trips(sim: kpu.KPUSimulator, round_trips) -> None:
    def until_not_busy() -> None:
        while sim.is_dma_busy(0):
            sim.step()

    def until_called() -> None:
        done: list[int] = []
        transfer(sim, callback=lambda: done.append(1))
        while not done:
            sim.step()

    transfer(sim)
    assert round_trips(sim, until_not_busy) <= 6
    assert sim.get_current_cycle() == 145
    assert round_trips(sim, until_called) <= 6
    assert sim.get_current_cycle() == 290

    def until_queue_is_empty() -> None:
        while sim.get_dma_queue_size(0) or sim.is_compute_busy(1) or sim.is_streamer_busy(0):
            sim.step()

    transfer(sim)
    transfer(sim)
    assert round_trips(sim, until_queue_is_empty) <= 20
    assert sim.get_current_cycle() == 580


def test_posted_calls_cost_no_round_trip(sim: kpu.KPUSimulator, round_trips) -> None:
    def work() -> None:
        sim.write_memory_bank(0, 0, [1.0] * 1000)
        sim.write_scratchpad(1, 4, [2.0])
        transfer(sim)
        transfer(sim, 1, 64, lambda: None)
        sim.start_block_transfer(0, sim.get_l3_tile_base(0), sim.get_l2_bank_base(0), 64)
        sim.start_stream_transfer(0, sim.get_l2_bank_base(0), sim.get_scratchpad_base(0), 64)

    assert round_trips(sim, work) == 0
    assert round_trips(sim, sim.run_until_idle) <= 2
    assert round_trips(sim, lambda: [sim.step() for _ in range(1000)]) == 0


def test_a_start_is_seen_at_once(sim: kpu.KPUSimulator) -> None:
    """What was asked before must not be taken for the answer."""
    questions = [
        lambda: sim.is_dma_busy(0),
        lambda: sim.get_dma_queue_size(0) > 0,
        lambda: sim.is_block_mover_busy(0),
        lambda: sim.is_streamer_busy(0),
        lambda: sim.is_compute_busy(0),
    ]
    assert [question() for question in questions] == [False] * 5
    transfer(sim)
    assert [question() for question in questions] == [True, True, False, False, False]
    sim.start_block_transfer(0, sim.get_l3_tile_base(0), sim.get_l2_bank_base(0), 64)
    sim.start_stream_transfer(0, sim.get_l2_bank_base(0), sim.get_scratchpad_base(1), 64)
    sim.start_matmul(0, 1, 1, 1, 1, 0, 4, 8)
    assert [question() for question in questions] == [True] * 5
    sim.step()
    assert [question() for question in questions] == [True] * 5
    sim.get_dma_engine(0).reset()
    sim.get_compute_tile(0).reset()
    assert [question() for question in questions] == [False, False, True, True, False]
    sim.reset()
    assert [question() for question in questions] == [False] * 5


def test_the_engine_is_told_the_cycle_once(sim: kpu.KPUSimulator) -> None:
    def posted_bytes(call) -> int:
        before = len(sim._link.connection._posted)
        call()
        return len(sim._link.connection._posted) - before

    sim.read_memory_bank(0, 0, 1)
    sim.step(7)
    write = lambda: sim.write_memory_bank(0, 0, [1.0])  # noqa: E731
    assert (posted_bytes(write), posted_bytes(write)) == (17 + 26, 26)


def test_local_steps_reach_the_engine(sim: kpu.KPUSimulator) -> None:
    transfer(sim)
    sim.step()
    for _ in range(50):
        sim.step()
    sim.dma_host_to_external(1, 0, sim.get_external_bank_base(1), 50)  # starts at 51, not at 0 or 1
    sim.step(3)
    assert sim.get_statistics()["machine"]["cycle"] == 54
    sim.run_until_idle()
    assert sim.get_current_cycle() == 51 + 600


class Polled:
    """A random program driven by single steps and questions."""

    def __init__(self, sim: kpu.KPUSimulator, seed: int) -> None:
        self.sim = sim
        self.pick = random.Random(seed)
        self.log: list[object] = []

    def issue(self) -> None:
        sim, pick = self.sim, self.pick
        kind, size, number = pick.randrange(4), pick.choice([0, 4, 64, 1000, 4096]), len(self.log)
        l3, l2, l1 = (
            sim.get_l3_tile_base(0),
            sim.get_l2_bank_base(pick.randrange(8)),
            sim.get_scratchpad_base(pick.randrange(2)),
        )
        called = lambda: self.log.append(("done", number, sim.get_current_cycle()))  # noqa: E731
        if kind == 0:
            sim.start_dma_transfer(pick.randrange(2), sim.get_external_bank_base(0), l1, size, called)
        elif kind == 1:
            sim.start_block_transfer(pick.randrange(4), l3, l2, size, called)
        elif kind == 2:
            sim.start_stream_transfer(pick.randrange(8), l2, l1, size, pick.choice(["rows", "columns"]), called)
        elif not sim.is_compute_busy(0):
            sim.start_matmul(0, 0, 4, 5, 6, 0, 4096, 8192, called)
        self.log.append(("issued", kind, size))

    def state(self) -> tuple[object, ...]:
        sim = self.sim
        return (
            sim.get_current_cycle(),
            [sim.is_dma_busy(unit) for unit in range(2)],
            [sim.get_dma_queue_size(unit) for unit in range(2)],
            [sim.is_block_mover_busy(unit) for unit in range(4)],
            [sim.is_streamer_busy(unit) for unit in range(8)],
            sim.is_compute_busy(0),
        )

    def run(self, steps: int) -> list[object]:
        for _ in range(steps):
            if self.pick.random() < 0.05:
                self.issue()
            self.sim.step()
            self.log.append(self.state())
        self.sim.run_until_idle()
        self.log.append(self.state())
        return self.log


@pytest.mark.parametrize("fields", [{}, {"fidelity": "functional"}, {"clock_ghz": 0.9, "memory_bandwidth_gbps": 7}])
@pytest.mark.parametrize("seed", range(3))
def test_the_horizon_is_never_noticed(seed: int, fields: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    config = kpu.SimulatorConfig(**fields)
    with kpu.KPUSimulator(config) as sim:
        fast = Polled(sim, seed).run(600)
    asked = kpu.KPUSimulator(config)
    link_class = type(asked._link)
    take_status = link_class.take_status

    def without_horizon(link, head) -> None:
        take_status(link, head)
        link.horizon = 0.0

    monkeypatch.setattr(link_class, "take_status", without_horizon)
    asked._link.horizon = 0.0
    with asked:
        assert Polled(asked, seed).run(600) == fast


def test_statistics_are_those_that_the_engine_declares(
    sim: kpu.KPUSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = sim.create_semaphore("missing", 0, "space")
    bank, pad = sim.get_external_bank_base(0), sim.get_scratchpad_base(0)
    sim.start_dma_transfer(0, bank, pad, 64, wait_for=[missing])
    sim.start_matmul(0, 0, 4, 4, 4, 0, 64, 128)
    sim.step(100)
    statistics = sim.get_statistics()
    declared = sim._link.connection.query(None, "describe")["statistics"]
    assert set(declared) == set(statistics)
    for kind, definitions in declared.items():
        figures = statistics[kind] if kind == "machine" else statistics[kind][0]
        assert set(figures) == {definition["name"] for definition in definitions}
    for unit in (*statistics["dma"], *statistics["block_mover"], *statistics["streamer"], *statistics["tile"]):
        waited = unit["waiting_for_data_cycles"] + unit["waiting_for_space_cycles"]
        assert unit["busy_cycles"] + waited + unit["idle_cycles"] == 100
    assert statistics["dma"][0]["waiting_for_space_cycles"] == 100
    sim.print_stats()
    assert "cycles waited for data 0, for space 100, for ports 0" in capsys.readouterr().out


def test_statistics_and_prints(sim: kpu.KPUSimulator, capsys: pytest.CaptureFixture[str]) -> None:
    transfer(sim)
    sim.run_until_idle()
    statistics = sim.get_statistics()
    assert statistics["machine"]["cycle"] == 145
    assert statistics["dma"][0]["bytes_moved"] == 1024
    assert statistics["external"][0]["bytes_read"] == statistics["scratchpad"][0]["bytes_written"] == 1024
    sim.print_stats()
    printed = capsys.readouterr().out
    assert "145" in printed
    assert "1024 B" in printed
    assert printed.endswith("\n")
    assert not printed.endswith("\n\n")
    sim.print_component_status()
    status = capsys.readouterr().out
    assert len(status.splitlines()) > 20
    assert "0x100000000" in status
    assert sim.get_elapsed_time_ms() > 0


def test_shows_itself(sim: kpu.KPUSimulator) -> None:
    sim.step(3)
    assert repr(sim).startswith("<KPUSimulator cycle 3: 1 host regions, 2 external banks")
    assert "\n" not in repr(sim)
    html = sim._repr_html_()
    assert html.startswith("<svg")
    assert "<table>" in html
    assert "<script" not in html
    assert "0x100000000" in html
