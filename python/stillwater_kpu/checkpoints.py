"""Checkpoints, and how far back a history reaches."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from ._protocol import CHECKPOINT, DROP_CHECKPOINT, NUMBERED_FRAME, POSTED, RESTORE, pack
from .errors import KpuTypeError, KpuValueError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._link import EngineLink

__all__ = ["Checkpoint", "HistoryStatus"]


class Checkpoint:
    """The state of a simulator at a cycle; `KPUSimulator.checkpoint` takes it, `KPUSimulator.restore` brings it back.

    The state itself lives in the engine and is freed when this object is garbage, or with its simulator.
    """

    __slots__ = ("__weakref__", "_callbacks", "_cycle", "_link", "_number")

    def __init__(self, link: EngineLink) -> None:
        self._link = link
        self._number = link.new_number()
        self._cycle = link.cycle
        # The engine knows callbacks by number: those that may run after a restore live as long as this object.
        self._callbacks = dict(link.callbacks)
        # The finalizer must not reach the callbacks, which may reach this object and would then keep it for ever.
        forget = pack(NUMBERED_FRAME, DROP_CHECKPOINT | POSTED, link.handle, self._number)
        weakref.finalize(self, link.connection.release, forget).atexit = False
        link.call(pack(NUMBERED_FRAME, CHECKPOINT, link.handle, self._number))

    @property
    def cycle(self) -> int:
        """The cycle at which it was taken."""
        return self._cycle

    def __reduce__(self) -> NoReturn:
        raise KpuTypeError("a Checkpoint lives in an engine process and can be neither copied nor pickled", "KPU_TYPE")

    def __repr__(self) -> str:
        return f"<Checkpoint at cycle {self._cycle}>"


def restore_checkpoint(link: EngineLink, checkpoint: Checkpoint) -> None:
    """Brings the state of a simulator back. ValueError for a checkpoint of another one."""
    if not isinstance(checkpoint, Checkpoint):
        message = f"checkpoint must be a Checkpoint, got {type(checkpoint).__name__}"
        raise KpuTypeError(message, "KPU_TYPE", {"argument": "checkpoint"})
    if checkpoint._link is not link:
        raise KpuValueError(f"{checkpoint!r} belongs to another simulator", "KPU_ARGUMENT")
    if link.loss is not None:
        raise link.loss.error()
    # Wherever an interrupt parts these steps, no callback that the engine knows of is missing.
    dropped = link.callbacks.keys() - checkpoint._callbacks.keys()
    link.callbacks.update(checkpoint._callbacks)
    link.change(NUMBERED_FRAME, RESTORE, checkpoint._number)
    for number in dropped:
        link.callbacks.pop(number, None)


class HistoryStatus(NamedTuple):
    """How far a simulator can be rewound, and what that costs.

    Attributes:
        first_cycle: the cycle at which the history begins.
        latest_cycle: the latest point of the simulator; the present cycle unless it has been rewound.
        is_in_past: whether it has been rewound: an input or a run then cuts off what came after.
        checkpoint_count: checkpoints that the history keeps.
        input_count: what has come from outside: issued work, writes, signals and so on.

    """

    first_cycle: int
    latest_cycle: int
    is_in_past: bool
    checkpoint_count: int
    input_count: int


def history_from_engine(record: Mapping[str, Any]) -> HistoryStatus:
    """The status as the engine reports it."""
    return HistoryStatus(
        int(record["firstCycle"]),
        int(record["latestCycle"]),
        bool(record["isInPast"]),
        int(record["checkpointCount"]),
        int(record["inputCount"]),
    )
