"""Links between the KPUs of a system and the host."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from . import _arguments
from .errors import ConfigError, ConfigTypeError

__all__ = ["Link"]


class Link(NamedTuple):
    """A link: what it moves in each direction at once, and what it adds to the latency of whatever passes it.

    Attributes:
        bandwidth_gbps: GB/s (10^9 bytes per second) in each direction, more than 0. The default is that of PCIe 4.0
            with 16 lanes, as the original's presets count it.
        latency_cycles: cycles for one passage, from 0.

    """

    bandwidth_gbps: float = 32.0
    latency_cycles: int = 200


def link_fields(link: Any, name: str) -> dict[str, float | int]:
    """A link in the engine's words. Errors: ConfigTypeError, ConfigError."""
    if not isinstance(link, Link):
        raise ConfigTypeError(f"{name} must be a Link, got {type(link).__name__}", "KPU_CONFIG", {"field": name})
    bandwidth = link.bandwidth_gbps
    if isinstance(bandwidth, bool) or not isinstance(bandwidth, (int, float)):
        found = type(bandwidth).__name__
        raise ConfigTypeError(f"{name}.bandwidth_gbps must be a number, got {found}", "KPU_CONFIG", {"field": name})
    if not (bandwidth > 0 and math.isfinite(bandwidth)):
        raise ConfigError(f"{name}.bandwidth_gbps must be more than 0, got {bandwidth}", "KPU_CONFIG", {"field": name})
    latency = _arguments.size(link.latency_cycles, f"{name}.latency_cycles")
    return {"bandwidthGbps": float(bandwidth), "latencyCycles": latency}
