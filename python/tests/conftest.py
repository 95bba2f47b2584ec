"""What the tests share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PYTHON_ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PYTHON_ROOT))

import stillwater_kpu as kpu  # noqa: E402  # this tree's package, whatever is installed


@pytest.fixture
def sim() -> Iterator[kpu.KPUSimulator]:
    """A simulator of the default configuration."""
    with kpu.KPUSimulator() as simulator:
        yield simulator


@pytest.fixture
def isolated() -> Iterator[kpu.KPUSimulator]:
    """A simulator with an engine of its own, which a test may ruin."""
    with kpu.KPUSimulator(isolated=True) as simulator:
        yield simulator


@pytest.fixture
def run_python() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Python code in a process of its own with this tree's packages."""

    def run(code: str, timeout: float = 60, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-X", "dev", "-W", "error", "-c", code],
            env={**os.environ, "PYTHONPATH": str(PYTHON_ROOT), "PYTHONIOENCODING": "utf-8", **environment},
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )

    return run


@pytest.fixture
def round_trips() -> Callable[[kpu.KPUSimulator, Callable[[], object]], int]:
    """How many times a call waits for the engine."""

    def count(simulator: kpu.KPUSimulator, call: Callable[[], object]) -> int:
        connection = simulator._link.connection
        before = connection.round_trips
        call()
        return connection.round_trips - before

    return count
