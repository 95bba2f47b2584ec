"""Simulators that share an engine and a clock: the KPUs of a system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._link import EngineLink, UnitState
from ._protocol import SAFE_INTEGER_MAX

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._connection import Connection
    from ._loss import Loss


class GroupState:
    """What the links of all members know together: one cycle, and whatever one starts may change it for all."""

    __slots__ = (
        "callbacks",
        "cycle",
        "handles",
        "horizon",
        "host_ms",
        "idle",
        "in_callback",
        "keeps_callbacks",
        "sent_cycle",
        "unit_states",
    )

    def __init__(self) -> None:
        self.handles: set[int] = set()
        self.cycle = 0
        self.horizon: float = SAFE_INTEGER_MAX
        self.host_ms = 0.0
        self.idle = True
        self.in_callback = 0
        self.sent_cycle = 0
        self.keeps_callbacks = False
        self.callbacks: dict[int, Callable[[], object]] = {}
        self.unit_states: dict[tuple[int, int, int], UnitState] = {}


def _shared(name: str) -> Any:
    def read(self: GroupLink) -> Any:
        return getattr(self.group, name)

    def write(self: GroupLink, value: Any) -> None:
        setattr(self.group, name, value)

    return property(read, write)


class GroupLink(EngineLink):
    """The link of one member."""

    __slots__ = ("group",)

    def __init__(self, connection: Connection, handle: int, group: GroupState) -> None:
        self.group = group
        group.handles.add(handle)
        kept = {name: getattr(group, name) for name in group.__slots__}
        super().__init__(connection, handle)
        for name, value in kept.items():
            setattr(group, name, value)

    horizon = _shared("horizon")
    host_ms = _shared("host_ms")
    callbacks = _shared("callbacks")
    keeps_callbacks = _shared("keeps_callbacks")
    _idle = _shared("idle")
    _in_callback = _shared("in_callback")
    _sent_cycle = _shared("sent_cycle")
    _unit_states = _shared("unit_states")

    @property
    def cycle(self) -> int:
        """The current cycle of all; once this simulator is lost, what happened to it is raised."""
        if self.loss is not None:
            raise self.loss.error()
        return self.group.cycle

    @cycle.setter
    def cycle(self, value: int) -> None:
        self.group.cycle = value

    def serves(self, handle: int) -> bool:
        """Running one member runs all."""
        return handle in self.group.handles

    def forget(self, loss: Loss) -> None:
        """Only this member is gone."""
        if self.loss is None:
            self.loss = loss
            self.group.handles.discard(self.handle)
