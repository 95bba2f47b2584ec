"""What the end-to-end tests do: run commands in clean copies of the project and in fresh environments."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXPECTED = (Path(__file__).parent / "test_dma.expected.txt").read_text(encoding="utf-8")


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None, check: bool = True) -> str:
    """Runs a command and returns what it printed; a failure shows it."""
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    if check and result.returncode != 0:
        shown = " ".join(str(part) for part in command)
        pytest.fail(f"`{shown}` in {cwd} ended with {result.returncode}:\n{result.stdout}")
    return result.stdout


def without_time(output: str) -> str:
    """The script's output without the one figure that is the host's."""
    return re.sub(r"Time: [0-9.]+ ms", "Time: - ms", output)


def assert_seed_output(output: str) -> None:
    """The output is that of the seed document, line for line."""
    assert without_time(output).strip() == without_time(EXPECTED).strip()


def copy_project(target: Path) -> Path:
    """A clone as a new user has it: files that git knows or would add, nothing that is generated."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listing.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def environment(**changes: str) -> dict[str, str]:
    """This process's environment (proxies and certificates of the place stay) without its choice of Python and Node.js."""
    dropped = ("KPU_NODE", "PYTHONPATH", "VIRTUAL_ENV", "PYENV_VERSION")
    return {**{name: value for name, value in os.environ.items() if name not in dropped}, **changes}


def make_venv(folder: Path, *flags: str) -> Path:
    """A fresh virtual environment; returns its interpreter."""
    run(os.path.realpath(sys.executable), "-m", "venv", *flags, folder, cwd=folder.parent)
    return folder / "bin" / "python"
