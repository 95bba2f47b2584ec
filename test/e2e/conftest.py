"""What the end-to-end tests share: clean copies of the project, fresh environments, a PATH without Node.js."""

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
#: Commands that the documents' steps call, besides Python and Node.js.
COMMANDS = ("bash", "sh", "cat", "grep", "ls", "mkdir", "rm", "cp", "uname", "env", "cmake", "make", "ninja", "git", "sed")


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
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    for name in listing.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clean copy of the project for one test."""
    return copy_project(tmp_path / "clone")


@pytest.fixture(scope="session")
def commands_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PATH with Python and the usual commands, but without node and npm."""
    folder = tmp_path_factory.mktemp("commands")
    for name in COMMANDS:
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(Path(found).resolve())
    interpreter = Path(os.path.realpath(sys.executable))
    for name in ("python3", "python"):
        (folder / name).symlink_to(interpreter)
    return folder


@pytest.fixture
def bare_environment(commands_folder: Path) -> dict[str, str]:
    """An environment in which no Node.js is to be found."""
    dropped = ("KPU_NODE", "PYTHONPATH", "VIRTUAL_ENV", "PYENV_VERSION", "PATH")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "PATH": str(commands_folder)}


def make_venv(folder: Path) -> Path:
    """A fresh virtual environment; returns its interpreter."""
    run(os.path.realpath(sys.executable), "-m", "venv", folder, cwd=folder.parent)
    return folder / "bin" / "python"
