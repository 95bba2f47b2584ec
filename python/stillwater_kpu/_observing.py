"""Watching a simulator: traces, checkpoints and the way back through its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, SupportsIndex

from . import _arguments, _values
from ._base import SimulatorBase
from ._protocol import (
    AMOUNT_FRAME,
    CHUNK_BYTES,
    CLOSE_TRACE,
    NUMBERED_FRAME,
    OPEN_TRACE,
    POSTED,
    READ_TRACE,
    READ_TRACE_FRAME,
    REQUEST_HEAD,
    START_TRACE,
    STOP_TRACE,
    TAG_BYTES,
    TAG_JSON,
    pack,
)
from .trace import COLUMN_CODES, Trace, new_column, trace_names

if TYPE_CHECKING:
    import array

_DEFAULT_MOST_EVENTS = 20_000_000


class Observing(SimulatorBase):
    """Traces, checkpoints, history. None of them changes what is simulated, or when."""

    __slots__ = ()

    def start_trace(self, most_events: SupportsIndex = _DEFAULT_MOST_EVENTS) -> None:
        """Begins a new, empty trace: from now on each piece of work is noted when it completes.

        At most `most_events` are kept, at 24 bytes each in the engine; what completes beyond is counted. A reset
        empties the trace. Inside a completion callback it may be called as well.

        >>> sim.start_trace()
        >>> len(sim.get_trace())
        0
        """
        self._link.change(AMOUNT_FRAME, START_TRACE, _arguments.event_count(most_events, "most_events"))

    def stop_trace(self) -> None:
        """What completes from now on is not noted; `get_trace` still gives what was."""
        self._link.change(REQUEST_HEAD, STOP_TRACE)

    def is_tracing(self) -> bool:
        """Whether work is noted when it completes."""
        return bool(self._link.query("isTracing"))

    def get_trace(self) -> Trace:
        """A copy of what has been noted since the last `start_trace`; empty before."""
        link = self._link
        number = link.new_number()
        try:
            opened = pack(NUMBERED_FRAME, OPEN_TRACE, link.handle, number)
            report = link.connection.decode(link.call(opened, TAG_JSON))
            try:
                names, length = trace_names(report), int(report["length"])
                dropped, most_events = int(report["dropped"]), int(report["mostEvents"])
            except (KeyError, TypeError, ValueError) as error:
                link.connection.fault(f"an answer to OPEN_TRACE that is none ({error!r})")
            columns = [self._trace_column(number, place, length) for place in range(len(COLUMN_CODES))]
        finally:
            # An interrupt may have come before the end, or before the engine's answer: it may have nothing to close.
            link.connection.release(pack(NUMBERED_FRAME, CLOSE_TRACE | POSTED, link.handle, number))
            link.connection.flush()
        return Trace(columns, names, dropped=dropped, most_events=most_events)

    def check_trace(self) -> list[str]:
        """What cannot be true of the trace, in words; empty for every trace of a correct simulator.

        Checked: begins, ends and waits, units that do two things at once, work shorter than its bytes need, ports that
        move more in some span of cycles than they can, and sums of bytes if the trace covers all completed work.

        >>> sim.check_trace()
        []
        """
        return [str(problem) for problem in self._link.query("traceProblems")]

    def _trace_column(self, number: int, place: int, length: int) -> array.array[int]:
        link = self._link
        column = new_column(place, length)
        view = _values.as_bytes(column)
        at_once = CHUNK_BYTES // column.itemsize
        for first in range(0, length, at_once):
            count = min(at_once, length - first)
            chunk = view[first * column.itemsize : (first + count) * column.itemsize]
            frame = pack(READ_TRACE_FRAME, READ_TRACE, link.handle, number, place, first, count)
            link.call(frame, TAG_BYTES, into=chunk)
        return column
