"""The engine inside of Python interpreters that run in a page (Pyodide, JupyterLite): calls in place of pipes.

The page's JavaScript runs the same engine in the same thread. Frames are those of an engine process.
"""

from __future__ import annotations

import importlib
import json
import os
from typing import TYPE_CHECKING, Any, Callable

from ._engine_process import require_same_version
from ._protocol import REPLY_HEAD, TAG_BYTES
from ._wire import WireFaultError, checked_head
from .errors import EngineStartError

if TYPE_CHECKING:
    from ._connection import Payload
    from ._wire import Bytes, ReplyHead

SCRIPT_PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_engine", "engine.js")

_BYTES_TO_KEEP = 1 << 20
"""Posted frames are handed over when they are more than this, so that they do not fill the page's memory."""


class PageEngine:
    """An engine in this interpreter's thread.

    Attributes:
        serve_upcall: runs the callback that an upcall names, and says whether it raised. To be set before use.

    """

    def __init__(self, create: Any) -> None:
        ffi = importlib.import_module("pyodide.ffi")
        self.serve_upcall: Callable[[ReplyHead, Bytes], bool] = _nobody
        self._to_js = ffi.to_js
        self._js_error: type[BaseException] = ffi.JsException
        self._upcall_proxy = ffi.create_proxy(self._upcall)
        self._engine: Any = create(self._upcall_proxy)
        self._out = bytearray()
        self._replies = b""
        self._fault: BaseException | None = None
        require_same_version(json.loads(self._engine.greeting()), SCRIPT_PATH)

    def send(self, frames: Bytes, payload: Payload | None = None) -> None:
        """Keeps whole frames for the next `read`; `payload` is the rest of the last one."""
        self._out += frames
        if payload is not None:
            self._out += payload
        if len(self._out) > _BYTES_TO_KEEP:
            self._replies += self._exchange()

    def read(self, into: memoryview | None = None) -> tuple[ReplyHead, Bytes]:
        """The reply to what was sent; a BYTES payload goes to `into` if that is given."""
        replies = self._replies + self._exchange()
        self._replies = b""
        return _parted(replies, into)

    def kill(self) -> None:
        """Lets go of the engine; a run that is under way ends before anybody could call this."""
        self._engine = None

    def end_of_input(self) -> None:
        """Nothing to do: there is no process that could end meanwhile."""

    def close(self) -> None:
        """Lets go of the engine."""
        if self._engine is not None:
            self._engine = None
            self._upcall_proxy.destroy()

    discard = close

    def abandon_after_fork(self) -> None:
        """Nothing to do: pages do not fork."""

    def describe_end(self) -> str:
        """How the engine ended."""
        return "it was ended"

    def _exchange(self) -> bytes:
        out, self._out = self._out, bytearray()
        try:
            replies: bytes = self._engine.exchange(self._to_js(out)).to_bytes()
        except self._js_error as error:
            raise WireFaultError(str(error)) from None
        finally:
            fault, self._fault = self._fault, None
            if fault is not None:
                raise fault
        return replies

    def _upcall(self, frame: Any) -> bool:
        """Called by the engine. What is raised here must not travel through JavaScript, which would wrap it."""
        try:
            raised = self.serve_upcall(*_parted(frame.to_bytes(), None))
            if self._out:
                self._replies += self._exchange()
        except BaseException as error:  # noqa: BLE001 - it is raised again on the other side
            self._fault = error
            return True
        return raised


def _parted(frame: bytes, into: memoryview | None) -> tuple[ReplyHead, Bytes]:
    """Head and payload of exactly one frame."""
    if len(frame) < REPLY_HEAD.size:
        raise WireFaultError(f"a reply of {len(frame)} bytes")
    head = checked_head(frame)
    payload = frame[REPLY_HEAD.size :]
    if len(frame) - 4 != head.length:
        raise WireFaultError(f"a frame of {len(frame)} bytes that says {head.length}")
    if into is None or head.tag != TAG_BYTES:
        return head, payload
    if len(payload) != len(into):
        raise WireFaultError(f"{len(payload)} bytes instead of {len(into)}")
    into[:] = payload
    return head, b""


def _nobody(head: ReplyHead, _body: Bytes) -> bool:
    raise WireFaultError(f"a call with tag {head.tag} that nobody serves")


def start_page_engine() -> PageEngine:
    """The engine of the script that comes with this package. Raises EngineStartError, which says what to do."""
    try:
        with open(SCRIPT_PATH, encoding="utf-8") as file:
            script = file.read()
    except OSError as error:
        message = f"the engine file {SCRIPT_PATH} cannot be read: {error.strerror}; install the package anew"
        raise EngineStartError(message, "KPU_ENGINE_MISSING", {"path": SCRIPT_PATH}) from None
    run_js = importlib.import_module("pyodide.code").run_js
    return PageEngine(run_js(f"(() => {{ {script}\nreturn kpuEngine; }})()").createEngine)
