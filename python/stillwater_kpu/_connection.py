"""Calls between Python and one engine.

One call is on the wire at a time, under a lock. Calls that need no answer are posted: their frames wait in a buffer and
go out ahead of the next call that does. While the engine runs a simulator it may call back (an upcall); the calls that
the callback makes are served in between.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, Union

from ._interrupts import InterruptGate
from ._loss import CLOSED, FORKED, Loss, loss_of
from ._protocol import (
    DESTROY,
    MAX_FRAME_BYTES,
    POSTED,
    QUERY,
    RETURN,
    RETURN_FRAME,
    TAG_BYTES,
    TAG_ERROR,
    TAG_JSON,
    TAG_NONE,
    TAG_UPCALL,
    U32_MAX,
    UPCALL_ARGUMENTS,
    pack,
    request,
)
from ._wire import Bytes, WireEndedError, WireFaultError
from .errors import KpuRuntimeError, KpuValueError, SimulatorCrashed, error_from_engine

if TYPE_CHECKING:
    from ._link import EngineLink
    from ._wire import ReplyHead

Payload = Union[bytes, bytearray, memoryview]

_YIELD_SECONDS, _YIELDS = 0.0005, 40
_FLUSH_BYTES = 32768
"""Posted frames go out when they are more than this, so that the engine works while Python goes on."""


class Engine(Protocol):
    """What runs simulators: a process at the other end of two pipes, or a part of this program."""

    def send(self, frames: Bytes, payload: Payload | None = None) -> None:
        """Sends whole frames; `payload` is the rest of the last one."""

    def read(self, into: memoryview | None = None) -> tuple[ReplyHead, Bytes]:
        """The next frame that comes back; a BYTES payload goes to `into` if that is given."""

    def kill(self) -> None:
        """Ends it at once, in a signal handler too."""

    def end_of_input(self) -> None:
        """Lets it end by itself."""

    def close(self) -> None:
        """Ends it in good order."""

    def discard(self) -> None:
        """Ends it in a finalizer, where its state is needed no more."""

    def abandon_after_fork(self) -> None:
        """Lets go of it in the child of a fork."""

    def describe_end(self) -> str:
        """How it ended, after it is known to have."""


class Connection:
    """The calls to one engine.

    Attributes:
        loss: set once the engine is gone, whatever the reason.
        round_trips: calls so far that waited for an answer.

    """

    def __init__(self, engine: Engine) -> None:
        self.loss: Loss | None = None
        self.round_trips = 0
        self.engine = engine
        self._lock = threading.RLock()  # re-entrant: a callback may call back in
        self._gate = InterruptGate(engine.kill)
        self._posted = bytearray()
        self._released: list[bytes] = []
        self._links: dict[int, weakref.ref[EngineLink]] = {}
        self._on_wire = False
        self._served: EngineLink | None = None  # the simulator whose call is on the wire
        self._waiting: list[None] = []  # one entry per thread that wants its turn; appending needs no lock
        self._last_callback = 0

    def register(self, link: EngineLink, handle: int) -> None:
        """Makes a simulator known, so that it learns when the engine is gone."""
        self._links[handle] = weakref.ref(link)

    def drop(self, handle: int) -> None:
        """Lets the engine forget a simulator, with the next call. Fit for finalizers: it takes no lock."""
        self._links.pop(handle, None)
        self.release(request(DESTROY | POSTED, handle))

    def release(self, frame: bytes) -> None:
        """Sends a posted frame that lets the engine forget something with the next call. Fit for finalizers, too."""
        self._released.append(frame)

    def new_callback_id(self) -> int:
        """A number for a callback: 0 means none, and it fits the wire's 32 bits."""
        self._last_callback = self._last_callback % U32_MAX + 1
        return self._last_callback

    def call(
        self,
        link: EngineLink | None,
        frame: bytes,
        expect: int = TAG_NONE,
        size: int | None = None,
        payload: Payload | None = None,
        into: memoryview | None = None,
    ) -> Bytes:
        """Sends a frame, waits for its reply and returns the reply's payload.

        `payload` goes out behind the frame. The reply must have the tag `expect` (or be an error, which is raised) and
        `size` bytes if that is given; a BYTES payload goes to `into` if that is given.
        """
        if len(frame) > MAX_FRAME_BYTES:
            message = (
                f"the request has {len(frame)} bytes, and at most {MAX_FRAME_BYTES} pass to the engine at once: lists "
                "of instances that differ are too long for it"
            )
            raise KpuValueError(message, "KPU_SIZE", {"bytes": len(frame), "most": MAX_FRAME_BYTES})
        self._waiting.append(None)
        with self._lock:
            self._waiting.pop()
            self._require_usable(link)
            self._gate.enter()
            try:
                self.round_trips += 1
                return self._exchange(link, frame, expect, size, payload, into)
            finally:
                self._gate.leave()

    def post(self, link: EngineLink, frame: bytes, payload: Payload | None = None) -> None:
        """Sends a frame that cannot fail and cannot call back; a large payload is written before this returns."""
        self._waiting.append(None)
        with self._lock:
            self._waiting.pop()
            self._require_usable(link)
            if payload is None and len(self._posted) < _FLUSH_BYTES:
                # One step, so that an interrupt cannot part the two; a repeated advance does no harm.
                self._posted += link.advance_frame() + frame
                link.advance_sent()
                return
            self._send_unanswered(link, frame, payload)

    def flush(self) -> None:
        """Sends what waits, if the engine still listens."""
        with self._lock:
            if self.loss is not None or self._on_wire:
                return
            with contextlib.suppress(SimulatorCrashed):  # the next call of a simulator that is in use says so
                self._send_unanswered(None)

    def query(self, link: EngineLink | None, method: str, arguments: object | None = None) -> Any:
        """The answer to one of the engine's named questions, as plain data."""
        body = json.dumps({"method": method, "args": {} if arguments is None else arguments})
        handle = 0 if link is None else link.handle
        return self.decode(self.call(link, request(QUERY, handle, body.encode()), TAG_JSON))

    def decode(self, body: Bytes) -> Any:
        """A JSON payload as plain data."""
        try:
            return json.loads(body)
        except ValueError as error:
            self.fault(f"broken JSON ({error})")

    def fault(self, what: str) -> NoReturn:
        """Ends an engine whose answers make no sense."""
        self._break_off(WireFaultError(what))

    def let_others_in(self) -> None:
        """Gives threads that wait a chance: a lock alone would go on to the thread that has just released it."""
        for _ in range(_YIELDS):
            if not self._waiting:
                return
            time.sleep(_YIELD_SECONDS)

    def close(self) -> None:
        """Ends the engine in good order; its simulators say that they are closed."""
        with self._lock:
            self._lose(CLOSED)
            self.engine.close()

    def discard(self) -> None:
        """Ends an engine whose simulator is garbage; fit for finalizers."""
        self.loss = CLOSED
        self.engine.discard()

    def abandon_after_fork(self) -> None:
        """Called in the child of a fork: the engine is the parent's."""
        self._lose(FORKED)
        self.engine.abandon_after_fork()

    def _require_usable(self, link: EngineLink | None) -> None:
        loss = self.loss if link is None or link.loss is None else link.loss
        if loss is not None:
            raise loss.error()
        if self._on_wire:
            raise KpuRuntimeError(
                "the simulator is in the middle of another call of this thread; a signal handler cannot use it there",
                "KPU_REENTRY",
            )

    def _exchange(
        self,
        link: EngineLink | None,
        frame: bytes,
        expect: int,
        size: int | None,
        payload: Payload | None,
        into: memoryview | None,
    ) -> Bytes:
        self._on_wire = True
        outer, self._served = self._served, link
        try:
            self._transmit(link, frame, payload)
            while True:
                head, body = self.engine.read(into)
                if link is not None:
                    link.take_status(head)
                if head.tag != TAG_UPCALL:
                    break
                raised = self._run_callback(link, body)
                self._transmit(link, pack(RETURN_FRAME, RETURN, 0 if link is None else link.handle, raised))
            if head.tag not in (expect, TAG_ERROR):
                raise WireFaultError(f"a reply with tag {head.tag} instead of {expect}")
            if head.tag == TAG_BYTES and size is not None and len(body) != size:
                raise WireFaultError(f"a reply of {len(body)} bytes instead of {size}")
        except BaseException as error:
            self._break_off(error)
        finally:
            self._on_wire = False
            self._served = outer
        if head.tag == TAG_ERROR:
            raise self._reported_error(link, body)
        return body

    def _send_unanswered(self, link: EngineLink | None, frame: bytes = b"", payload: Payload | None = None) -> None:
        self._gate.enter()
        self._on_wire = True
        try:
            self._transmit(link, frame, payload)
        except BaseException as error:
            self._break_off(error)
        finally:
            self._on_wire = False
            self._gate.leave()

    def _transmit(self, link: EngineLink | None, frame: bytes, payload: Payload | None = None) -> None:
        out, self._posted = self._posted, bytearray()
        while self._released:
            out += self._released.pop()
        if link is not None:
            out += link.advance_frame()
            link.advance_sent()
        out += frame
        self.engine.send(out, payload)

    def serve_upcall(self, head: ReplyHead, body: Bytes) -> bool:
        """Runs a callback for an engine that calls instead of sending a frame; whether it raised."""
        link = self._served
        if head.tag != TAG_UPCALL or link is None:
            raise WireFaultError(f"a call with tag {head.tag}")
        link.take_status(head)
        raised = self._run_callback(link, body)
        self._transmit(link, b"")  # what the callback has posted
        return raised

    def _run_callback(self, link: EngineLink | None, body: Bytes) -> bool:
        """Runs a callback of the user. What it raises travels through the engine, which stops the run there."""
        if len(body) != UPCALL_ARGUMENTS.size:
            raise WireFaultError(f"an upcall of {len(body)} bytes")
        number, handle = UPCALL_ARGUMENTS.unpack(body)
        callback = link.callback_of(number) if link is not None and link.serves(handle) else None
        if link is None or callback is None:
            raise WireFaultError(f"an upcall to callback {number} of simulator {handle}, which does not exist")
        link.enter_callback()
        self._on_wire = False
        raised = self._gate.call_user(callback)
        self._on_wire = True
        link.leave_callback()
        if self.loss is not None:
            raise self.loss.error() if raised is None else raised
        link.raised = raised
        return raised is not None

    def _reported_error(self, link: EngineLink | None, body: Bytes) -> BaseException:
        report = self.decode(body)
        if not isinstance(report, dict):
            self.fault("an error report that is none")
        if report.get("fromCallback") and link is not None and link.raised is not None:
            raised, link.raised = link.raised, None
            return raised
        return error_from_engine(report)

    def _break_off(self, error: BaseException) -> NoReturn:
        """After whatever broke an exchange the two sides may be out of step: the engine is ended."""
        if self.loss is not None:
            raise error
        loss = loss_of(error, self.engine.describe_end)
        self._lose(loss)
        self.engine.discard()
        if isinstance(error, (WireEndedError, WireFaultError, OSError)):
            raise loss.error() from None
        raise error

    def _lose(self, loss: Loss) -> None:
        if self.loss is None:
            self.loss = loss
        for reference in list(self._links.values()):
            link = reference()
            if link is not None:
                link.forget(loss)
