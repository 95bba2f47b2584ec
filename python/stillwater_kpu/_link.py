"""One simulator's end of a connection: what Python knows of its state, and its calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from ._protocol import (
    ADVANCE,
    ADVANCE_FRAME,
    COMPONENT_FRAME,
    FLAG_IDLE,
    POSTED,
    RUN,
    RUN_FRAME,
    SAFE_INTEGER_MAX,
    TAG_BYTES,
    TAG_NONE,
    UNIT_RESET,
    UNIT_STATE,
    UNIT_STATE_REPLY,
    pack,
)
from .errors import KpuRuntimeError

if TYPE_CHECKING:
    from struct import Struct

    from ._connection import Connection, Payload
    from ._loss import Loss
    from ._wire import Bytes, ReplyHead

_SLICE_MS = 20.0
"""A run comes back this often, for Ctrl-C and for other threads."""


class UnitState(NamedTuple):
    """A mover or tile: whether it has work, and how much of it is not complete."""

    busy: bool
    outstanding: int


class EngineLink:
    """The state of one simulator as the last reply gave it, and the calls that change it.

    Attributes:
        cycle: the current cycle. Missing once the simulator is lost, so that its use raises what happened to it.
        horizon: the earliest cycle at which anything may happen that Python can observe. Steps below it are only
            counted here; the engine is told the cycle ahead of the next call.
        host_ms: host time spent simulating, in milliseconds.
        loss: why the simulator can no longer be used.
        callbacks: what is to be called at completions, by callback number.
        keeps_callbacks: callbacks stay here when they have been called: a history may come back to before that.
        raised: what a callback raised, on its way through the engine.

    """

    __slots__ = (
        "__weakref__",
        "_idle",
        "_in_callback",
        "_last_number",
        "_sent_cycle",
        "_unit_states",
        "callbacks",
        "connection",
        "cycle",
        "handle",
        "horizon",
        "host_ms",
        "keeps_callbacks",
        "loss",
        "raised",
    )

    def __init__(self, connection: Connection, handle: int) -> None:
        self.connection = connection
        self.handle = handle
        self.cycle = 0
        self.horizon: float = SAFE_INTEGER_MAX
        self.host_ms = 0.0
        self.loss: Loss | None = None
        self.callbacks: dict[int, Callable[[], object]] = {}
        self.keeps_callbacks = False
        self.raised: BaseException | None = None
        self._sent_cycle = 0
        self._idle = True
        self._in_callback = 0
        self._last_number = 0
        self._unit_states: dict[tuple[int, int, int], UnitState] = {}
        connection.register(self, handle)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name == "cycle" and self.loss is not None:
                raise self.loss.error()
            raise AttributeError(name)

    # Calls

    def call(
        self,
        frame: bytes,
        expect: int = TAG_NONE,
        size: int | None = None,
        payload: Payload | None = None,
        into: memoryview | None = None,
    ) -> Bytes:
        """Sends a frame of this simulator and waits for the reply; see `Connection.call`."""
        return self.connection.call(self, frame, expect, size, payload, into)

    def change(self, layout: Struct, op: int, *arguments: float, behind: bytes = b"") -> None:
        """A call without a result that may change the state of units; `behind` ends the frame."""
        self._unit_states.clear()
        self.call(pack(layout, op, self.handle, *arguments, behind=len(behind)) + behind)

    def post(self, frame: bytes, payload: Payload | None = None) -> None:
        """Sends a frame that cannot fail, without waiting."""
        self.connection.post(self, frame, payload)

    def post_work(self, frame: bytes) -> None:
        """Posts the start of some work. From the next cycle on something may happen that only the engine knows."""
        # In this order, an interrupt on the way leaves the horizon too early, never too late.
        cycle = self.cycle
        self.horizon = min(self.horizon, cycle + 1)
        self._idle = False
        self._unit_states.clear()
        self.connection.post(self, frame)

    def query(self, method: str, **arguments: object) -> Any:
        """The answer to one of the engine's named questions about this simulator, as plain data."""
        return self.connection.query(self, method, arguments)

    def query_change(self, method: str, **arguments: object) -> Any:
        """A named question that may change the state of units."""
        self._unit_states.clear()
        return self.query(method, **arguments)

    def run(self, mode: int, cycle: int = 0) -> None:
        """Runs in slices until idle or until a cycle. Between slices interrupts come through."""
        while not self.run_slice(mode, cycle):
            self.connection.let_others_in()

    def run_slice(self, mode: int, cycle: int = 0) -> bool:
        """Runs for a short while; whether it got there."""
        self._unit_states.clear()
        frame = pack(RUN_FRAME, RUN, self.handle, mode, cycle, _SLICE_MS)
        return bool(self.call(frame, TAG_BYTES, 1)[0])

    def unit_state(self, kind: int, number: int) -> UnitState:
        """Whether a unit has work. As long as nothing can have changed, the last answer holds."""
        state = self._unit_states.get((self.handle, kind, number))
        if state is None or self.cycle >= self.horizon:
            frame = pack(COMPONENT_FRAME, UNIT_STATE, self.handle, kind, number)
            busy, outstanding = UNIT_STATE_REPLY.unpack(self.call(frame, TAG_BYTES, UNIT_STATE_REPLY.size))
            state = self._unit_states[self.handle, kind, number] = UnitState(bool(busy), int(outstanding))
        return state

    def drop_work(self, kind: int, number: int) -> None:
        """Drops what a unit has queued and running; the callbacks of that never come."""
        self.change(COMPONENT_FRAME, UNIT_RESET, kind, number)
        if self._idle and not self.keeps_callbacks:
            self.callbacks.clear()

    @property
    def is_idle(self) -> bool:
        """False if work may be queued or running: after it was posted, only the engine knows when it is done."""
        return self._idle

    def require_outside_callback(self, what: str) -> None:
        """Refuses what would run or end the simulator under a callback that the simulator itself has called."""
        if self._in_callback:
            message = (
                f"{what} cannot be used inside a completion callback of the same simulator: let the callback return"
            )
            raise KpuRuntimeError(message, "KPU_IN_CALLBACK")

    # The connection's side

    def advance_frame(self) -> bytes:
        """The frame that tells the engine of the steps that were only counted here; empty if there were none."""
        if self.cycle == self._sent_cycle:
            return b""
        return pack(ADVANCE_FRAME, ADVANCE | POSTED, self.handle, self.cycle)

    def advance_sent(self) -> None:
        """The frame of `advance_frame` is on its way."""
        self._sent_cycle = self.cycle

    def new_number(self) -> int:
        """A number for something that the engine is to keep for this simulator.

        Python chooses it so that it can let go of it even if an interrupt hides the engine's answer.
        """
        self._last_number += 1
        return self._last_number

    def take_status(self, head: ReplyHead) -> None:
        """Takes over what every reply says of the simulator."""
        self.cycle = self._sent_cycle = int(head.cycle)
        # Inside a callback even an idle machine cannot step: the engine has to refuse it.
        self.horizon = 0.0 if self._in_callback else min(head.horizon, SAFE_INTEGER_MAX)
        self.host_ms = head.host_ms
        self._idle = bool(head.flags & FLAG_IDLE)

    def serves(self, handle: int) -> bool:
        """Whether the simulator with this handle has the same engine and clock, as this one itself has."""
        return handle == self.handle

    def callback_of(self, number: int) -> Callable[[], object] | None:
        """What is to be called at a completion; with that it is done, unless a history may come back to it."""
        return self.callbacks.get(number) if self.keeps_callbacks else self.callbacks.pop(number, None)

    def enter_callback(self) -> None:
        """A callback of the user starts, in the middle of a run."""
        self._in_callback += 1
        self.horizon = 0.0
        self._unit_states.clear()

    def leave_callback(self) -> None:
        """The callback has returned or raised."""
        self._in_callback -= 1

    def forget(self, loss: Loss) -> None:
        """The simulator is gone. Taking its cycle away makes steps and getters fail without a check of their own."""
        if self.loss is None:
            self.loss = loss
            self.callbacks.clear()
            self.horizon = 0.0
            del self.cycle
