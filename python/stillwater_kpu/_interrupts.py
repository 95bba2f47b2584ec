"""Holds Ctrl-C back while bytes are on the wire.

A KeyboardInterrupt raised in the middle of a frame would leave the engine and Python out of step. So during an exchange
an own SIGINT handler only counts; the user's handler is called right after. Runs are cut into short slices by the
callers, so an interrupt is late by no more than one slice.
"""

from __future__ import annotations

import importlib
import os
import signal
import threading
import time
from typing import Any, Callable

# The public functions of `signal` turn numbers into enum members at every call, which costs ten times the call itself.
_raw_signal: Any = importlib.import_module("_signal")

_PRESSES_TO_KILL = 3
_SECONDS_TO_KILL = 1.0


class _MainThread:
    """The thread in which Python runs signal handlers; another one after a fork out of a thread."""

    ident: int | None = threading.main_thread().ident

    @classmethod
    def refresh(cls) -> None:
        cls.ident = threading.main_thread().ident


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_MainThread.refresh)


class InterruptGate:
    """Defers SIGINT between `enter` and `leave`; used under the lock of one connection.

    Ctrl-C three times over more than a second means that the engine hangs: `give_up` is called, which ends it. The time
    counts because a burst of signals is not impatience.
    """

    def __init__(self, give_up: Callable[[], None]) -> None:
        self._give_up = give_up
        self._user_handler: Any = None
        self._hits = 0
        self._first_hit = 0.0
        self._held = False

    def __call__(self, _signum: int, _frame: object) -> None:
        now = time.monotonic()
        if self._hits == 0:
            self._first_hit = now
        self._hits += 1
        if self._hits >= _PRESSES_TO_KILL and now - self._first_hit > _SECONDS_TO_KILL:
            self._give_up()

    def enter(self) -> None:
        """Starts to hold. Does nothing outside of the main thread and where SIGINT is ignored or fatal anyway."""
        if threading.get_ident() != _MainThread.ident:
            return
        handler = _raw_signal.getsignal(signal.SIGINT)
        if handler is self:
            return
        if not callable(handler):
            self._hits = 0
            return
        self._user_handler = handler
        try:
            _raw_signal.signal(signal.SIGINT, self)
        except ValueError:  # the main thread of a sub-interpreter gets no signals
            return
        self._held = True

    def call_user(self, function: Callable[[], object]) -> BaseException | None:
        """Calls a function of the user under the user's handler; what it raised, or None. Holds again afterwards.

        Interrupts held so far stay counted for `leave`: they must not take the place of the call.
        """
        if not self._held:
            return _raised_by(function)
        raised: BaseException | None = None
        try:
            try:
                early = _raised_by(self._release)  # an interrupt between the release and the call
                function()
                raised = early
            finally:
                self.enter()
        except BaseException as error:
            self.enter()  # the first try may have been interrupted
            raised = error
        return raised

    def leave(self) -> None:
        """Ends holding and hands an interrupt that came meanwhile to the user's handler, which may raise."""
        if not self._held:
            return
        handler = self._user_handler
        self._release()
        if self._hits:
            self._hits = 0
            handler(signal.SIGINT, None)

    def _release(self) -> None:
        handler, self._user_handler = self._user_handler, None
        self._held = False
        _raw_signal.signal(signal.SIGINT, handler)


def _raised_by(function: Callable[[], object]) -> BaseException | None:
    try:
        function()
    except BaseException as error:
        return error
    return None
