"""The command `kpu`, as ``python -m stillwater_kpu`` and as a script: it runs in the engine's Node.js."""

from __future__ import annotations

import os
import subprocess
import sys

from ._engine_process import ENGINE_PATH, command_node
from .errors import EngineStartError

COMMAND_PATH = os.path.join(os.path.dirname(ENGINE_PATH), "kpu.cjs")

_USAGE_ERROR = 2
_INTERRUPTED = 130


def main() -> int:
    """Runs the command line with this process's arguments; the exit code."""
    if sys.platform == "emscripten":
        sys.stderr.write("kpu: a page has no processes; use the modules instead\n")
        return _USAGE_ERROR
    try:
        command = [command_node(), COMMAND_PATH, *sys.argv[1:]]
    except EngineStartError as error:
        sys.stderr.write(f"kpu: {error}\n")
        return _USAGE_ERROR
    if os.name == "posix":
        sys.stdout.flush()
        os.execv(command[0], command)  # noqa: S606 - this process becomes the command
    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the command has it, too, and ends by itself
            continue


if __name__ == "__main__":
    raise SystemExit(main())
