"""What the parts of KPUSimulator have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Optional

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._layout import MemoryLayout
    from ._link import EngineLink
    from ._registered_layouts import RegisteredLayouts
    from .config import SimulatorConfig

Callback = Optional[Callable[[], object]]
"""A completion callback: called once without arguments; its result is not used."""


class SimulatorBase:
    """The state of a KPUSimulator, on which its parts (memory access, transfers, ...) work."""

    __slots__ = ("__weakref__", "_config", "_layout", "_link", "_registered", "_unit_counts")

    _link: EngineLink
    _layout: MemoryLayout
    _config: SimulatorConfig
    _registered: RegisteredLayouts
    _unit_counts: Sequence[int]
    """DMA engines, block movers, streamers, compute tiles and vector units, by unit kind."""
