"""Watching a simulator: traces, checkpoints and the way back through its history."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any, SupportsIndex

from . import _arguments, _values
from ._base import SimulatorBase
from ._protocol import (
    AMOUNT_FRAME,
    CHUNK_BYTES,
    CLOSE_TRACE,
    NUMBERED_FRAME,
    OPEN_TRACE,
    OPEN_TRACE_FILE,
    POSTED,
    READ_TRACE,
    READ_TRACE_FILE,
    READ_TRACE_FRAME,
    REQUEST_HEAD,
    REWIND,
    START_HISTORY,
    START_TRACE,
    STOP_HISTORY,
    STOP_TRACE,
    TAG_BYTES,
    TAG_JSON,
    pack,
)
from ._replaced_file import replaced_file
from .checkpoints import Checkpoint, HistoryStatus, history_from_engine, restore_checkpoint
from .errors import KpuTypeError
from .trace import COLUMN_CODES, Trace, new_column, trace_names

if TYPE_CHECKING:
    import array
    from collections.abc import Iterator, Mapping

    from ._wire import Bytes
    from .viewer_page import ViewerPage

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
        with self._opened_trace() as (number, report):
            try:
                names, length = trace_names(report), int(report["length"])
                dropped, most_events = int(report["dropped"]), int(report["mostEvents"])
            except (KeyError, TypeError, ValueError) as error:
                self._link.connection.fault(f"an answer to OPEN_TRACE that is none ({error!r})")
            columns = [self._trace_column(number, place, length) for place in range(len(COLUMN_CODES))]
        return Trace(columns, names, dropped=dropped, most_events=most_events)

    def write_trace(self, path: str | os.PathLike[str], format: str | None = None) -> None:  # noqa: A002
        """Writes what has been noted since the last `start_trace` to a file, in the format of its suffix.

        ``.pftrace`` (or ``format="perfetto"``) is for ui.perfetto.dev, ``.json`` (``"chrome"``) for chrome://tracing
        and many others, ``.csv`` (``"csv"``) has what `Trace.to_csv` writes, and ``.kputrace`` (``"kputrace"``) is the
        simulator's own format, which has everything. The engine makes the file piece by piece, so that a trace of any
        length fits. It appears when it is complete: what goes wrong before, Ctrl-C included, leaves what was there.

        Errors: ValueError for another suffix or format, OSError if it cannot be written.

        >>> import os, tempfile
        >>> sim.start_trace()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     sim.write_trace(os.path.join(folder, "run.pftrace"))
        ...     os.listdir(folder)
        ['run.pftrace']
        """
        name = os.fspath(path)
        if not isinstance(name, str):
            raise KpuTypeError(f"path must be a str or a path of one, got {type(name).__name__}", "KPU_TYPE")
        if format is not None and not isinstance(format, str):
            raise KpuTypeError(f"format must be a str, got {type(format).__name__}", "KPU_TYPE")
        wanted = {"path": os.path.basename(name)} if format is None else {"format": format}
        with self._opened_trace_file(wanted) as pieces, replaced_file(name) as file:
            for piece in pieces:
                file.write(piece)

    def view(self, *, height: SupportsIndex = 640) -> ViewerPage:
        """The viewer with what has been traced; without a trace, with this machine and a product that the page runs.

        In a notebook the last line of a cell shows it, `height` CSS pixels high; elsewhere `ViewerPage.save` writes it
        as an HTML file and `ViewerPage.open` shows that in the browser. It is a copy of the moment.

        Errors: ValueError for a trace of more than 128 MiB.

        >>> sim.start_trace()
        >>> sim.dma_external_to_scratchpad(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 1024)
        >>> sim.run_until_idle()
        >>> sim.view().name
        'run.kputrace'
        """
        from . import viewer_page
        from .config_files import dump_config_text

        with self._opened_trace() as (_, report):
            has_events = bool(report.get("length"))
        if not has_events:
            text = dump_config_text(self._config, "json")
            return viewer_page.ViewerPage("machine.json", text.encode(), height)
        with self._opened_trace_file({"format": "kputrace"}) as pieces:
            return viewer_page.gathered("run.kputrace", pieces, height)

    def check_trace(self) -> list[str]:
        """What cannot be true of the trace, in words; empty for every trace of a correct simulator.

        Checked: begins, ends and waits, units that do two things at once, work shorter than its bytes need, ports that
        move more in some span of cycles than they can, and sums of bytes if the trace covers all completed work.

        >>> sim.check_trace()
        []
        """
        return [str(problem) for problem in self._link.query("traceProblems")]

    def checkpoint(self) -> Checkpoint:
        """The whole state, for `restore`: memories, queues, work under way, semaphores, statistics, hazards, the trace.

        Memories are shared until they are written, so it costs little. RuntimeError inside a completion callback.

        >>> before = sim.checkpoint()
        >>> sim.step(100)
        >>> sim.restore(before)
        >>> sim.get_current_cycle()
        0
        """
        return Checkpoint(self._link)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Brings back the state of a checkpoint of this simulator, as often as wanted.

        Completion callbacks that were pending then run again when their work completes again. Semaphores made since
        stay, with their initial credits. A history begins anew.

        Errors: ValueError for a checkpoint of another simulator, RuntimeError inside a completion callback.
        """
        restore_checkpoint(self._link, checkpoint)

    def start_history(self, checkpoint_every_events: SupportsIndex | None = None) -> None:
        """From now on keeps what `rewind_to` needs: checkpoints, and a journal of everything that comes from outside.

        A checkpoint is taken each time something has happened at `checkpoint_every_events` cycles (by default 10,000),
        less often as the history grows; at most 64 are kept. A reset or a restored checkpoint begins the history anew.

        >>> sim.start_history()
        >>> sim.step(100)
        >>> sim.rewind_to(40)
        >>> sim.get_history().latest_cycle
        100
        """
        link = self._link
        distance: tuple[int, ...] = ()
        if checkpoint_every_events is not None:
            what = "checkpoint_every_events"
            distance = (_arguments.at_least_one(checkpoint_every_events, what),)
        kept = link.keeps_callbacks
        link.keeps_callbacks = True
        try:
            link.change(AMOUNT_FRAME if distance else REQUEST_HEAD, START_HISTORY, *distance)
        except Exception:
            link.keeps_callbacks = kept
            raise

    def stop_history(self) -> None:
        """Forgets the history; the simulator stays at the cycle where it is."""
        link = self._link
        link.change(REQUEST_HEAD, STOP_HISTORY)
        link.keeps_callbacks = False
        if link.is_idle:
            link.callbacks.clear()

    def get_history(self) -> HistoryStatus | None:
        """How far the simulator can be rewound; None while no history is kept."""
        status = self._link.query("history")
        return None if status is None else history_from_engine(status)

    def rewind_to(self, cycle: SupportsIndex) -> None:
        """Goes to any cycle of the history, back or forth: as the simulator last rested there.

        Completion callbacks are not called on the way: what they did to the simulator is in the journal. Looking at the
        past changes nothing. An input (the start or stop of a trace is one) or a run there cuts off the recorded future
        and goes on from there; callbacks of work that completes then are called, again.

        Errors: ValueError without a history or outside of it, RuntimeError inside a completion callback.
        """
        self._link.change(AMOUNT_FRAME, REWIND, _arguments.cycles(cycle, "cycle"))

    @contextlib.contextmanager
    def _opened_trace(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """A trace that the engine holds for reading: its number and what the engine says of it."""
        link = self._link
        number = link.new_number()
        try:
            opened = pack(NUMBERED_FRAME, OPEN_TRACE, link.handle, number)
            yield number, link.connection.decode(link.call(opened, TAG_JSON))
        finally:
            self._close_trace(number)

    @contextlib.contextmanager
    def _opened_trace_file(self, wanted: Mapping[str, str]) -> Iterator[Iterator[Bytes]]:
        """A trace as the pieces of a file, which the engine makes one after the other."""
        body = json.dumps(wanted).encode()
        link = self._link
        number = link.new_number()
        try:
            link.call(pack(NUMBERED_FRAME, OPEN_TRACE_FILE, link.handle, number, behind=len(body)) + body)
            ask = pack(NUMBERED_FRAME, READ_TRACE_FILE, link.handle, number)
            yield iter(lambda: link.call(ask, TAG_BYTES), b"")
        finally:
            self._close_trace(number)

    def _close_trace(self, number: int) -> None:
        """An interrupt may have come before the end, or before the engine's answer: it may have nothing to close."""
        link = self._link
        link.connection.release(pack(NUMBERED_FRAME, CLOSE_TRACE | POSTED, link.handle, number))
        link.connection.flush()

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
