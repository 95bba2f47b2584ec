"""Any sequence of calls against a plain model of the bytes: values, callbacks, errors, checkpoints and the past."""

from __future__ import annotations

import copy
import os
import signal
from dataclasses import dataclass, field
from typing import Callable

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import stillwater_kpu as kpu

FLOATS = 48
ROUNDS = int(os.environ.get("KPU_CALL_SEQUENCES", "25"))
PLACES = [("host_memory", 0, 0), ("host_memory", 0, 9000), ("memory_bank", 0, 4), ("memory_bank", 1, 65_500),
          ("l3_tile", 0, 0), ("l3_tile", 1, 400), ("scratchpad", 0, 0), ("scratchpad", 1, 1000)]  # fmt: skip
BASES = {
    "host_memory": kpu.KPUSimulator.get_host_memory_region_base,
    "memory_bank": kpu.KPUSimulator.get_external_bank_base,
    "l3_tile": kpu.KPUSimulator.get_l3_tile_base,
    "scratchpad": kpu.KPUSimulator.get_scratchpad_base,
}
place = st.integers(0, len(PLACES) - 1)
values = st.lists(st.integers(-(2**20), 2**20).map(float), min_size=FLOATS, max_size=FLOATS)


class CallbackFailedError(Exception):
    """What a callback of the tests raises."""


@dataclass(frozen=True)
class Transfer:
    number: int
    engine: int
    source: int
    target: int
    ending: str


@dataclass
class Model:
    """What the simulator should hold."""

    contents: list[list[float]] = field(default_factory=lambda: [[0.0] * FLOATS for _ in PLACES])
    pending: list[Transfer] = field(default_factory=list)
    completed: int = 0


REFUSED: dict[str, Callable[[kpu.KPUSimulator], object]] = {
    "a bank that does not exist": lambda sim: sim.read_memory_bank(99, 0, 1),
    "behind the end": lambda sim: sim.write_scratchpad(0, 64 * 1024 - 4, [1.0, 2.0]),
    "before the beginning": lambda sim: sim.read_l3_tile(0, -4, 1),
    "no number": lambda sim: sim.write_host_memory(0, 0, [1.0, "two"]),
    "too many": lambda sim: sim.read_host_memory(0, 0, 1 << 62),
    "an engine that does not exist": lambda sim: sim.start_dma_transfer(7, 0, 4096, 4),
    "an address of nothing": lambda sim: sim.start_dma_transfer(0, (1 << 53) - 8, 0, 4),
    "across the end of a memory": lambda sim: sim.start_dma_transfer(0, 0, sim.get_scratchpad_base(1) + 65_534, 4),
    "negative": lambda sim: sim.start_dma_transfer(0, 0, 4096, -4),
    "half a byte": lambda sim: sim.start_dma_transfer(0, 0, 4096, 4.5),
    "a callback that is none": lambda sim: sim.start_dma_transfer(0, 0, 4096, 4, 5),
    "back in time": lambda sim: sim.run_until(-1),
    "no step": lambda sim: sim.step(-1),
    "another's checkpoint": lambda sim: sim.restore("checkpoint"),
    "the future": lambda sim: sim.rewind_to(1 << 50),
    "a tile that does not exist": lambda sim: sim.start_matmul(50, 0, 1, 1, 1, 0, 4, 8),
    "a product of nothing": lambda sim: sim.start_matmul(0, 0, 0, 1, 1, 0, 4, 8),
}


class CallSequences(RuleBasedStateMachine):
    """The simulator and the model are told the same."""

    def __init__(self) -> None:
        super().__init__()
        self.sim = kpu.KPUSimulator(kpu.SimulatorConfig(dma_engine_count=2, scratchpad_capacity_kb=64))
        self.model = Model()
        self.numbers = 0
        self.last_cycle = 0
        self.checkpoints: list[tuple[kpu.Checkpoint, Model]] = []
        self.past: dict[int, Model] | None = None

    def teardown(self) -> None:
        self.sim.close()

    # What a simulator is asked for.

    def read(self, where: int) -> list[float]:
        kind, number, offset = PLACES[where]
        return getattr(self.sim, f"read_{kind}")(number, offset, FLOATS)

    def address(self, where: int) -> int:
        kind, number, offset = PLACES[where]
        return BASES[kind](self.sim, number) + offset

    def in_flight(self, where: int) -> bool:
        return any(where in (each.source, each.target) for each in self.model.pending)

    def complete(self, transfer: Transfer) -> None:
        """The callback of a transfer: it is the next one of its engine, and its bytes are there."""
        queue = [each for each in self.model.pending if each.engine == transfer.engine]
        assert queue[0] == transfer, "a completion out of order, or twice"
        self.model.pending.remove(transfer)
        self.model.contents[transfer.target] = self.model.contents[transfer.source]
        self.model.completed += 1
        assert self.read(transfer.target) == self.model.contents[transfer.target]
        if transfer.ending == "raises":
            raise CallbackFailedError(transfer.number)
        if transfer.ending == "Ctrl-C":
            signal.raise_signal(signal.SIGINT)

    def run(self, call: Callable[[], object]) -> None:
        """Runs; what callbacks raise comes out, after which the same call goes on."""
        self.forget_future()
        while True:
            try:
                call()
                break
            except (CallbackFailedError, KeyboardInterrupt):
                continue

    def forget_future(self) -> None:
        """An input (starts and stops of the trace among them) or a run at a cycle of the past cuts off the cycles behind it."""
        if self.past is not None:
            now = self.sim.get_current_cycle()
            self.past = {cycle: model for cycle, model in self.past.items() if cycle <= now}

    @initialize(number=values, has_history=st.sampled_from([True, True, False]))
    def begin(self, number: list[float], has_history: bool) -> None:
        if has_history:
            self.history()
        self.write(0, number)

    @rule(where=place, numbers=values)
    def write(self, where: int, numbers: list[float]) -> None:
        if self.in_flight(where):
            return
        kind, number, offset = PLACES[where]
        getattr(self.sim, f"write_{kind}")(number, offset, numbers)
        self.model.contents[where] = numbers
        self.forget_future()

    @rule(
        engine=st.integers(0, 1), origin=place, destination=place, ending=st.sampled_from(["", "", "raises", "Ctrl-C"])
    )
    def transfer(self, engine: int, origin: int, destination: int, ending: str) -> None:
        others = [each for each in self.model.pending if each.engine != engine]
        if origin == destination or any({origin, destination} & {each.source, each.target} for each in others):
            return  # what comes out would depend on times
        self.numbers += 1
        transfer = Transfer(self.numbers, engine, origin, destination, ending)
        ends = self.address(origin), self.address(destination)
        self.sim.start_dma_transfer(engine, *ends, 4 * FLOATS, lambda: self.complete(transfer))
        self.model.pending.append(transfer)
        self.forget_future()

    @rule(cycles=st.sampled_from([1, 2, 7, 40, 130, 600, 3000]), each=st.booleans())
    def step(self, cycles: int, each: bool) -> None:
        goal = self.sim.get_current_cycle() + cycles
        if each:
            while self.sim.get_current_cycle() < min(goal, goal - cycles + 50):
                self.run(self.sim.step)
        self.run(lambda: self.sim.run_until(goal))
        assert self.sim.get_current_cycle() == goal

    @rule()
    def run_until_idle(self) -> None:
        self.run(self.sim.run_until_idle)
        assert self.model.pending == []

    @rule(what=st.sampled_from(sorted(REFUSED)))
    def refused(self, what: str) -> None:
        """After an error nothing has changed."""
        before = self.sim.get_statistics(), self.sim.get_current_cycle(), self.sim.get_hazards()
        with pytest.raises(kpu.KpuError):
            REFUSED[what](self.sim)
        after = self.sim.get_statistics(), self.sim.get_current_cycle(), self.sim.get_hazards()
        assert before == after

    @rule()
    def reset(self) -> None:
        self.sim.reset()
        self.model = Model()
        self.last_cycle = 0
        self.begin_history_anew()

    @precondition(lambda self: len(self.checkpoints) < 4)
    @rule()
    def checkpoint(self) -> None:
        self.checkpoints.append((self.sim.checkpoint(), copy.deepcopy(self.model)))

    @precondition(lambda self: self.checkpoints)
    @rule(which=st.integers(0, 3))
    def restore(self, which: int) -> None:
        checkpoint, model = self.checkpoints[which % len(self.checkpoints)]
        self.sim.restore(checkpoint)
        self.model = copy.deepcopy(model)
        self.last_cycle = checkpoint.cycle
        assert self.sim.get_current_cycle() == checkpoint.cycle
        self.begin_history_anew()

    @rule(most_events=st.sampled_from([1, 10, 10_000]))
    def trace(self, most_events: int) -> None:
        if self.sim.is_tracing():
            self.sim.stop_trace()
        else:
            self.sim.start_trace(most_events)
        self.forget_future()

    def begin_history_anew(self) -> None:
        if self.past is not None:
            self.past = {}

    @precondition(lambda self: self.past is None)
    @rule()
    def history(self) -> None:
        self.sim.start_history(3)
        self.past = {}

    @precondition(lambda self: self.past is not None and len(self.past) > 12)
    @rule()
    def no_history(self) -> None:
        self.sim.stop_history()
        self.past = None

    @precondition(lambda self: self.past)
    @rule(turns=st.lists(st.integers(0, 1000), min_size=1, max_size=6))
    def rewind(self, turns: list[int]) -> None:
        """Back and forth: each cycle is what it was, in whatever order they are looked at."""
        for turn in turns:
            cycle = sorted(self.past)[turn % len(self.past)]
            self.sim.rewind_to(cycle)
            self.model = copy.deepcopy(self.past[cycle])
            self.last_cycle = cycle
            assert self.sim.get_current_cycle() == cycle
            self.same()

    @invariant()
    def same(self) -> None:
        """Time goes on, and everything that is at rest has the values of the model."""
        cycle = self.sim.get_current_cycle()
        assert cycle >= self.last_cycle
        self.last_cycle = cycle
        targets = {each.target for each in self.model.pending}
        for where, expected in enumerate(self.model.contents):
            if where not in targets:
                assert self.read(where) == expected
        assert sum(each["transfers_completed"] for each in self.sim.get_statistics()["dma"]) == self.model.completed
        assert self.sim.is_dma_busy(0) == any(each.engine == 0 for each in self.model.pending)
        assert self.sim.get_hazards() == []
        if self.past is not None:
            self.past[cycle] = copy.deepcopy(self.model)


TestCallSequences = CallSequences.TestCase
TestCallSequences.settings = settings(
    max_examples=ROUNDS,
    stateful_step_count=40,
    deadline=None,
    derandomize=ROUNDS == 25,  # the gate runs the same sequences each time
    suppress_health_check=list(HealthCheck),
)
