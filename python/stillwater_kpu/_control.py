"""Simulated time: stepping, running, and what was measured on the way."""

from __future__ import annotations

import os
from typing import Any, NamedTuple, SupportsIndex

from . import _arguments
from ._base import SimulatorBase
from ._progress import Progress, progress_function
from ._protocol import REQUEST_HEAD, RESET, RUN_UNTIL_CYCLE, RUN_UNTIL_IDLE
from ._text_files import checked_text, file_text
from .area import AreaReport, area_from_engine
from .energy import EnergyReport, energy_from_engine
from .hazards import HazardRecord, hazard_from_engine
from .insights import Insight, insight_from_engine
from .semaphores import WaitingRecord, waiting_from_engine
from .statistics import Statistics


class SelfTestCheck(NamedTuple):
    """One thing that a self-test tried; `detail` says what was wrong if it did not pass."""

    name: str
    passed: bool
    detail: str


class Control(SimulatorBase):
    """Running the simulator. Ctrl-C stops a run within about 20 ms and leaves the simulator usable."""

    __slots__ = ()

    def step(self, n: SupportsIndex = 1) -> None:
        """Advances by `n` cycles, whether or not there is work. Completion callbacks of these cycles run meanwhile."""
        link = self._link
        if type(n) is int and n > 0:
            cycle = link.cycle + n
            if cycle < link.horizon:  # nothing can happen before: only count
                link.cycle = cycle
                return
        count = _arguments.cycles(n, "n")
        link.run(RUN_UNTIL_CYCLE, _arguments.cycles(link.cycle + count, "the cycle to run to"))

    def run_until_idle(self, *, progress: Progress = None) -> None:
        """Runs until no work is outstanding; the cycle is then that of the last completion.

        With ``progress=True`` the cycles are shown while they pass: by tqdm where that is installed, else as a line on
        a terminal. A function is called with the cycles that have passed and with None, at the end with them twice.

        RuntimeError (code KPU_DEADLOCK) when all that is left waits for credits that nobody will give. The simulator
        then rests at that cycle and can go on after `Semaphore.signal`.
        """
        self._run(RUN_UNTIL_IDLE, None, progress)

    def run_until(self, cycle: SupportsIndex, *, progress: Progress = None) -> None:
        """Runs until the given cycle, working or waiting. ValueError for a cycle in the past.

        `progress` is that of `run_until_idle`, with the cycles to pass in all as the second number.
        """
        link = self._link
        goal = _arguments.cycles(cycle, "cycle")
        if link.cycle <= goal < link.horizon:
            link.cycle = goal
            return
        self._run(RUN_UNTIL_CYCLE, goal, progress)

    def run_for(self, cycles: SupportsIndex) -> None:
        """Runs for so many cycles; another name for `step(cycles)`."""
        self.step(_arguments.cycles(cycles, "cycles"))

    def _run(self, mode: int, goal: int | None, progress: Progress) -> None:
        link = self._link
        show = progress_function(progress, "cycle")
        if show is None:
            link.run(mode, goal or 0)
            return
        start = link.cycle
        whole = None if goal is None else goal - start
        while not link.run_slice(mode, goal or 0):
            show(link.cycle - start, whole)
            link.connection.let_others_in()
        show(link.cycle - start, link.cycle - start)

    def reset(self) -> None:
        """Back to cycle 0 with all memories zero; outstanding work is dropped without callbacks."""
        link = self._link
        link.change(REQUEST_HEAD, RESET)
        link.callbacks.clear()

    def get_current_cycle(self) -> int:
        """The current simulated cycle."""
        return self._link.cycle

    def get_simulated_time_ns(self) -> float:
        """The current cycle as simulated time in nanoseconds, at the configured clock."""
        return self._link.cycle / self._config.clock_ghz

    def get_elapsed_time_ms(self) -> float:
        """Time that the host has spent simulating since construction or reset, in milliseconds.

        For the modelled time see `get_simulated_time_ns`.
        """
        return self._link.host_ms

    def get_statistics(self) -> Statistics:
        """What every component has done so far, as a dict that draws itself in notebooks.

        ``"machine"`` has the figures of the whole; ``"host"``, ``"external"``, ``"l3"``, ``"l2"``, ``"scratchpad"``,
        ``"dma"``, ``"block_mover"``, ``"streamer"``, ``"tile"`` and ``"vector"`` have a list each, by id.

        >>> sim.get_statistics()["dma"][0]["bytes_moved"]
        0
        """
        return Statistics(self._link.query("statistics"))

    def get_hazards(self) -> list[HazardRecord]:
        """The conflicts found between work in flight, in the order in which the later work started."""
        return [hazard_from_engine(record) for record in self._link.query("hazards")]

    def get_energy(self, table: str | os.PathLike[str] = "horowitz_45nm") -> EnergyReport:
        """The energy of what has been done since the last reset: the simulator's own counts times a table's figures.

        `table` is ``"horowitz_45nm"``, ``"t64"``, or the path of a file with a table of one's own (docs/energy.md).
        What the host program reads and writes is not counted, nor is work that has not completed.

        Errors: ValueError for an unknown table and for products of a format that it has no figure for, ConfigError (a
        ValueError) with everything that is wrong with a file, OSError if it cannot be read.

        >>> sim.get_energy("t64").multiply_accumulates
        0
        """
        return energy_from_engine(self._link.query("energy", **_table_arguments(table)))

    def get_area(self, table: str | os.PathLike[str] = "timeloop_40nm") -> AreaReport:
        """The area of the configuration on its chip, as far as a table has figures.

        `not_counted` of the report names what it has none of. `table` is ``"timeloop_40nm"``, for arrays with operands
        of 8 bits, or the path of a file with a table of one's own (docs/energy.md).

        Errors: ValueError for an unknown table and for elements or memories that it has no figure for, ConfigError (a
        ValueError) with everything that is wrong with a file, OSError if it cannot be read.
        """
        return area_from_engine(self._link.query("area", **_table_arguments(table)))

    def get_insights(self) -> list[Insight]:
        """What the figures so far say about where the time went, the weightiest first; empty where nothing stands out.

        >>> [insight.rule for insight in sim.get_insights()]
        []
        """
        return [insight_from_engine(record) for record in self._link.query("insights")]

    def get_waiting(self) -> list[WaitingRecord]:
        """The work that waits for credits, in order of issue: who waits for what."""
        return [waiting_from_engine(record) for record in self._link.query("waiting")]

    def run_self_test(self) -> list[SelfTestCheck]:
        """Tries every component on machines of the same configuration; touches neither memory nor time of this one."""
        return self._self_test("selfTest")

    def _self_test(self, query: str) -> list[SelfTestCheck]:
        report = self._link.query(query)
        return [SelfTestCheck(each["name"], each["passed"], each["detail"]) for each in report["checks"]]

    def print_stats(self) -> None:
        """Prints the totals to `sys.stdout`."""
        print(self._link.query("statsText"))

    def print_component_status(self) -> None:
        """Prints one line per component to `sys.stdout`.

        Of a kind with more than 64 components the first 64 of those in use have a line, and the rest is counted;
        `get_statistics` has the figures of all.
        """
        print(self._link.query("statusText"))


def _table_arguments(table: str | os.PathLike[str]) -> dict[str, Any]:
    """What a query for a table says: its name, or the text of the file."""
    name = os.fspath(table)
    is_file = isinstance(name, str) and name.lower().endswith((".yaml", ".yml", ".json"))
    return file_text(name) if is_file else {"table": checked_text(name, "table")}
