"""The roofline: what each level's ports allow at its intensity, and what was reached.

Williams, Waterman, Patterson: Roofline: an insightful visual performance model for multicore architectures, CACM 2009.
"""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING, NamedTuple

from .svg import BUSY, DATA, IDLE, PORTS, SPACE, dot, line, picture, text

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEFT, _TOP, _WIDTH, _HEIGHT = 56, 30, 380, 240
_COLOURS = (PORTS, DATA, SPACE, BUSY, IDLE)


class Roof(NamedTuple):
    """One level's line: its bandwidth is `roof_flops_per_cycle` / `intensity_flops_per_byte`."""

    level: str
    intensity_flops_per_byte: float
    roof_flops_per_cycle: float


class _Axes(NamedTuple):
    """Decades of both axes."""

    x_low: int
    x_high: int
    y_low: int
    y_high: int

    def x(self, value: float) -> float:
        return _LEFT + _WIDTH * (log10(value) - self.x_low) / (self.x_high - self.x_low)

    def y(self, value: float) -> float:
        return _TOP + _HEIGHT * (1 - (log10(value) - self.y_low) / (self.y_high - self.y_low))


def roofline(roofs: Sequence[Roof], flops_per_cycle: float, peak_flops_per_cycle: float, caption: str) -> str:
    """A line for each level up to the peak of the arrays, and a dot for what was reached at the level's intensity."""
    known = [roof for roof in roofs if roof.intensity_flops_per_byte > 0 and roof.roof_flops_per_cycle > 0]
    shapes = [text(4, 16, caption, bold=True)]
    if not known or flops_per_cycle <= 0 or peak_flops_per_cycle <= 0:
        return picture(_LEFT + _WIDTH, 40, caption, [*shapes, text(4, 34, "no operations")])
    axes = _axes(known, flops_per_cycle, peak_flops_per_cycle)
    shapes += _grid(axes)
    low, high = 10.0**axes.y_low, 10.0**axes.x_high
    y_peak = axes.y(peak_flops_per_cycle)
    ridge = min(peak_flops_per_cycle * roof.intensity_flops_per_byte / roof.roof_flops_per_cycle for roof in known)
    shapes.append(line(axes.x(max(ridge, 10.0**axes.x_low)), y_peak, axes.x(high), y_peak, width=2))
    shapes.append(text(axes.x(high), y_peak - 5, f"peak {peak_flops_per_cycle:g}", anchor="end"))
    for place, roof in enumerate(known):
        colour = _COLOURS[place % len(_COLOURS)]
        bandwidth = roof.roof_flops_per_cycle / roof.intensity_flops_per_byte
        start = max(10.0**axes.x_low, low / bandwidth)
        end = min(peak_flops_per_cycle / bandwidth, high)
        if start < end:
            shapes.append(
                line(
                    axes.x(start),
                    axes.y(start * bandwidth),
                    axes.x(end),
                    axes.y(end * bandwidth),
                    colour=colour,
                    width=2,
                )
            )
        title = (
            f"{roof.level}: {roof.intensity_flops_per_byte:.2f} flops a byte, {flops_per_cycle:.1f} flops a cycle, "
            f"roof {roof.roof_flops_per_cycle:.1f}, {bandwidth:.4g} bytes a cycle"
        )
        shapes.append(dot(axes.x(roof.intensity_flops_per_byte), axes.y(flops_per_cycle), colour=colour, title=title))
        y = _TOP + 14 + 16 * place
        shapes.append(dot(_LEFT + _WIDTH + 16, y - 4, colour=colour, title=title))
        shapes.append(text(_LEFT + _WIDTH + 26, y, f"{roof.level}, {bandwidth:.4g} B/cycle"))
    return picture(_LEFT + _WIDTH + 190, _TOP + _HEIGHT + 40, caption, shapes)


def _axes(roofs: Sequence[Roof], reached: float, peak: float) -> _Axes:
    intensities = [roof.intensity_flops_per_byte for roof in roofs]
    ridges = [peak * roof.intensity_flops_per_byte / roof.roof_flops_per_cycle for roof in roofs]
    x_low = floor(log10(min(intensities + ridges)))
    x_high = max(ceil(log10(max(intensities + ridges))), x_low + 1)
    y_high = ceil(log10(peak * 1.2))
    return _Axes(x_low, x_high, min(floor(log10(reached)), y_high - 2), y_high)


def _grid(axes: _Axes) -> list[str]:
    bottom, right = _TOP + _HEIGHT, _LEFT + _WIDTH
    shapes = []
    for exponent in range(axes.x_low, axes.x_high + 1):
        x = axes.x(10.0**exponent)
        shapes += [line(x, _TOP, x, bottom, width=0.4), text(x, bottom + 14, f"{10.0**exponent:g}", anchor="middle")]
    for exponent in range(axes.y_low, axes.y_high + 1):
        y = axes.y(10.0**exponent)
        shapes += [line(_LEFT, y, right, y, width=0.4), text(_LEFT - 6, y + 4, f"{10.0**exponent:g}", anchor="end")]
    shapes.append(text(_LEFT + _WIDTH / 2, bottom + 32, "flops a byte through the level's ports", anchor="middle"))
    shapes.append(text(_LEFT, _TOP - 4, "flops a cycle", faint=True))
    return shapes
