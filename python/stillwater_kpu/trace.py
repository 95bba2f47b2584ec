"""Traces: when each piece of work ran, on what, and why not earlier."""

from __future__ import annotations

import array
import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, SupportsIndex, overload

from . import _arguments
from ._replaced_file import replaced_file
from .errors import KpuIndexError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

__all__ = ["Trace", "TraceEvent"]


class TraceEvent(NamedTuple):
    """One completed piece of work.

    Attributes:
        unit: what it ran on: ``"dma 0"``, ``"block mover 1"``, ``"streamer 2"``, ``"tile 0"`` or ``"vector 0"``.
        source: the memory that it read, such as ``"external bank 0"``; of products and the like, their scratchpad.
        destination: the memory that it wrote.
        begin: the cycle in which it started.
        end: the cycle in which it completed.
        waited_cycles: cycles before `begin` in which it stood at the head of its unit's queue and lacked credits.
        bytes: bytes moved; of other work, those that it read and wrote.
        operation: ``"transfer"``, ``"strided-transfer"``, ``"product"``, or of a vector unit ``"activation"``,
            ``"elementwise"``, ``"reduction"``, ``"softmax"``, ``"layer-norm"`` or ``"rms-norm"``.
        cause: what the credit stood for that came last, ``"data"`` or ``"space"``; ``"none"`` if it did not wait.
        slowed_by_ports: whether it took longer than alone, because it shared ports.
        producer: number in the trace of the event whose completion gave the credit that came last; None if it did not
            wait, or for nothing in the trace, and at functional fidelity.

    """

    unit: str
    source: str
    destination: str
    begin: int
    end: int
    waited_cycles: int
    bytes: int
    operation: str
    cause: str
    slowed_by_ports: bool
    producer: int | None = None


_MOST_DRAWN = 100_000

COLUMN_CODES = ("I", "I", "I", "q", "q", "q", "q", "B", "B", "B", "i")
"""The columns of a trace, in the order of the fields of `TraceEvent`, as `array.array` and the wire have them."""


class TraceNames(NamedTuple):
    """What the numbers in the columns stand for."""

    units: tuple[str, ...]
    memories: tuple[str, ...]
    operations: tuple[str, ...]
    causes: tuple[str, ...]


class Trace(Sequence[TraceEvent]):
    """The work of a simulator that had completed when `KPUSimulator.get_trace` was called, in order of completion.

    A sequence of `TraceEvent`. It is a copy: it stays as it is, can be pickled, and outlives its simulator.

    >>> sim.start_trace()
    >>> sim.dma_external_to_scratchpad(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 1024)
    >>> sim.run_until_idle()
    >>> trace = sim.get_trace()
    >>> trace[0].unit, trace[0].begin, trace[0].end
    ('dma 0', 0, 145)
    """

    __slots__ = ("_columns", "_dropped", "_most_events", "_names")

    def __init__(
        self, columns: Sequence[array.array[int]], names: TraceNames, *, dropped: int, most_events: int
    ) -> None:
        self._columns = tuple(columns)
        self._names = names
        self._dropped = dropped
        self._most_events = most_events

    @property
    def dropped(self) -> int:
        """Events that completed after the trace was full: only counted."""
        return self._dropped

    @property
    def most_events(self) -> int:
        """Events that fit, as `KPUSimulator.start_trace` was told."""
        return self._most_events

    @property
    def unit_names(self) -> tuple[str, ...]:
        """All units of the machine, by their numbers in `columns`."""
        return self._names.units

    @property
    def memory_names(self) -> tuple[str, ...]:
        """All memories of the machine, by their numbers in `columns`."""
        return self._names.memories

    @property
    def operation_names(self) -> tuple[str, ...]:
        """The operations, by their numbers in `columns`."""
        return self._names.operations

    @property
    def cause_names(self) -> tuple[str, ...]:
        """The causes of waits, by their numbers in `columns`."""
        return self._names.causes

    def columns(self) -> dict[str, Any]:
        """Copies of all events by column, named like the fields of `TraceEvent`.

        They are numpy arrays, or where numpy is not installed arrays of the module `array`.

        Cycles and bytes are whole numbers of 64 bits. Units, memories, operations and causes are numbers that stand for
        places in `unit_names`, `memory_names`, `operation_names` and `cause_names`; `slowed_by_ports` is true or false;
        `producer` is -1 where there is none.
        """
        named = dict(zip(TraceEvent._fields, self._columns))
        try:
            import numpy as np
        except ImportError:
            return {name: column[:] for name, column in named.items()}
        arrays: dict[str, Any] = {name: np.array(column) for name, column in named.items()}
        arrays["slowed_by_ports"] = arrays["slowed_by_ports"].astype(np.bool_)
        return arrays

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Writes all events to a file of comma-separated values.

        Its header has the fields of `TraceEvent` but for `producer`.

        The file appears when it is complete: what goes wrong before leaves whatever has been there.
        """
        with replaced_file(path) as file:
            text = io.TextIOWrapper(file, encoding="utf-8", newline="")
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(TraceEvent._fields[:-1])
            writer.writerows((*event[:-2], int(event.slowed_by_ports)) for event in self)
            text.detach()  # which hands on what is left, and leaves the file open

    def __len__(self) -> int:
        return len(self._columns[0])

    @overload
    def __getitem__(self, index: SupportsIndex) -> TraceEvent: ...

    @overload
    def __getitem__(self, index: slice) -> list[TraceEvent]: ...

    def __getitem__(self, index: SupportsIndex | slice) -> TraceEvent | list[TraceEvent]:
        if isinstance(index, slice):
            return list(self._events([column[index] for column in self._columns]))
        place = _arguments.whole(index, "index")
        if not -len(self) <= place < len(self):
            raise KpuIndexError(f"the trace has no event {place}: it has {len(self)}", "KPU_ARGUMENT", {"index": place})
        (event,) = self._events([(column[place],) for column in self._columns])
        return event

    def __iter__(self) -> Iterator[TraceEvent]:
        return self._events(self._columns)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Trace):
            return NotImplemented
        return (self._names, self._dropped, self._columns) == (other._names, other._dropped, other._columns)

    def __repr__(self) -> str:
        dropped = f", {self._dropped} dropped" if self._dropped else ""
        until = f" until cycle {self[-1].end}" if len(self) else ""
        return f"<Trace of {len(self)} events{until}{dropped}>"

    def _repr_html_(self) -> str:
        from ._pictures import lanes

        shown = f", the first {_MOST_DRAWN} drawn" if len(self) > _MOST_DRAWN else ""
        caption = f"{len(self)} events{f', {self._dropped} dropped' if self._dropped else ''}{shown}"
        return lanes(self[:_MOST_DRAWN], self.unit_names, caption)

    def _events(self, columns: Sequence[Sequence[int]]) -> Iterator[TraceEvent]:
        units, memories, operations, causes = self._names
        for unit, source, target, begin, end, waited, size, operation, cause, slowed, producer in zip(*columns):
            yield TraceEvent(
                units[unit],
                memories[source],
                memories[target],
                begin,
                end,
                waited,
                size,
                operations[operation],
                causes[cause],
                bool(slowed),
                None if producer < 0 else producer,
            )


def new_column(place: int, length: int) -> array.array[int]:
    """Room for a column of a trace."""
    return array.array(COLUMN_CODES[place], [0]) * length


def trace_names(report: Mapping[str, Any]) -> TraceNames:
    """The names out of the engine's answer to OPEN_TRACE. Raises KeyError or TypeError when it is none."""
    return TraceNames(
        *(tuple(map(str, report[key])) for key in ("unitNames", "regionNames", "operations", "causes")),
    )
