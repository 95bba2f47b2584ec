"""Progress of long work: tqdm where it is installed, else a line on a terminal, else nothing."""

from __future__ import annotations

import importlib
import sys
import time
from typing import Any, Callable, Optional, Union

from .errors import KpuTypeError

ShowProgress = Callable[[int, Optional[int]], object]
"""Called now and then with what is done and with the whole, or None where nobody knows it; at the end they agree."""

Progress = Union[bool, ShowProgress, None]
"""A function that is told of the progress; True shows it by tqdm or, without that, as a line on a terminal."""


def progress_function(progress: Progress, unit: str) -> ShowProgress | None:
    """What to call; `unit` says what is counted. Refuses what cannot be called before anything has started."""
    if progress is None or isinstance(progress, bool):
        return (_bar(unit) or _meter(unit)) if progress else None
    if callable(progress):
        return progress
    message = f"progress must be True, False, None or a function of two numbers, got {type(progress).__name__}"
    raise KpuTypeError(message, "KPU_TYPE", {"argument": "progress"})


def _bar(unit: str) -> ShowProgress | None:
    """A bar of tqdm, a widget in notebooks; None where tqdm is not installed."""
    try:
        tqdm: Any = importlib.import_module("tqdm.auto").tqdm
    except ImportError:
        return None
    bars: list[Any] = []

    def show(done: int, whole: int | None) -> None:
        if not bars:
            # None: silent where standard error is no terminal, but not in notebooks.
            bars.append(tqdm(total=whole, unit=f" {unit}s", disable=None))
        bars[0].update(done - bars[0].n)
        if done == whole:
            bars[0].close()

    return show


def _meter(unit: str) -> ShowProgress | None:
    """Shows progress on a terminal; nothing where standard error goes elsewhere."""
    if sys.stderr is None or not sys.stderr.isatty():  # pythonw has no standard error
        return None
    start = time.monotonic()

    def show(done: int, whole: int | None) -> None:
        elapsed = max(time.monotonic() - start, 1e-9)
        rate = f"{done / elapsed:.0f} {unit}s/s"
        end = "\n" if done == whole else ""
        if whole is None:
            line = f"\r{done} {unit}s, {rate} "
        else:
            left = (whole - done) * elapsed / max(done, 1)
            line = f"\r{done}/{whole} {unit}s, {rate}, {left:.1f} s left "
        sys.stderr.write(line + end)
        sys.stderr.flush()

    return show
