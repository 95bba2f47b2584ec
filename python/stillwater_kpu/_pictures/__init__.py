"""Pictures for notebooks: static SVG, without script, readable on light and dark pages."""

from __future__ import annotations

from .cycle_bars import UnitCycles, cycle_bars
from .hierarchy import Traffic, hierarchy
from .lanes import lanes
from .roofline import Roof, roofline
from .svg import byte_text

__all__ = ["Roof", "Traffic", "UnitCycles", "byte_text", "cycle_bars", "hierarchy", "lanes", "roofline"]
