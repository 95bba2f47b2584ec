"""The engines of this Python process: one for all simulators, and one for each isolated one."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import weakref

from ._connection import Connection
from ._engine_process import start_engine
from ._page_engine import start_page_engine


class _Engines:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shared: Connection | None = None
        self._all: weakref.WeakSet[Connection] = weakref.WeakSet()

    def shared(self) -> Connection:
        """The connection that simulators share; a new one after the engine has ended."""
        with self._lock:
            if self._shared is None or self._shared.loss is not None:
                self._shared = self.isolated()
            return self._shared

    def isolated(self) -> Connection:
        """A connection to an engine of its own."""
        connection = _page_connection() if sys.platform == "emscripten" else Connection(start_engine())
        self._all.add(connection)
        return connection

    def close_all(self) -> None:
        """Ends all engines; all are told first, so that they end at the same time."""
        connections = [connection for connection in self._all if connection.loss is None]
        for connection in connections:
            connection.engine.end_of_input()
        for connection in connections:
            connection.engine.close()

    def abandon_after_fork(self) -> None:
        """In a forked child: the engines are the parent's, and a lock may be held by a thread that is not here."""
        connections = list(self._all)
        self._lock = threading.Lock()
        self._shared = None
        self._all = weakref.WeakSet()
        for connection in connections:
            if connection.loss is None:
                connection.abandon_after_fork()


def _page_connection() -> Connection:
    """A connection to an engine in this interpreter's thread, which calls callbacks by itself."""
    engine = start_page_engine()
    connection = Connection(engine)
    engine.serve_upcall = connection.serve_upcall
    return connection


_engines = _Engines()
atexit.register(_engines.close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_engines.abandon_after_fork)


def shared_connection() -> Connection:
    """The connection to the engine that this Python process's simulators share; started when first needed."""
    return _engines.shared()


def isolated_connection() -> Connection:
    """A connection to an engine process of its own, for simulators that run in parallel in threads."""
    return _engines.isolated()
