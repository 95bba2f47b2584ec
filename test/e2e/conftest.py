"""Clean copies of the project, and a PATH without Node.js."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from clean_place import copy_project, environment

#: Commands that the documents' steps call, besides Python and Node.js.
COMMANDS = (
    "bash",
    "sh",
    "cat",
    "grep",
    "ls",
    "mkdir",
    "rm",
    "cp",
    "uname",
    "env",
    "cmake",
    "make",
    "ninja",
    "git",
    "sed",
)


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
    return environment(PATH=str(commands_folder))
