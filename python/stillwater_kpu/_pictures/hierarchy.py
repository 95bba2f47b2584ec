"""The levels of a machine from the host to the arrays, and what went between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .svg import BUSY, box, byte_text, line, picture, text

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEFT, _WIDTH, _HEIGHT, _GAP = 8, 196, 38, 22
_BAR = 90


_LEVELS = (
    ("host", "host regions", "dma"),
    ("external", "external banks", "dma"),
    ("l3", "L3 tiles", "block_mover"),
    ("l2", "L2 banks", "streamer"),
    ("scratchpad", "scratchpads", ""),
    ("tile", "compute tiles", ""),
)
"""Kinds of memories and arrays from the host on, and what moves data from each to the next."""

_ENGINES = {"dma": "DMA engines", "block_mover": "block movers", "streamer": "streamers"}


class Traffic(NamedTuple):
    """What a level did: bytes through its ports (None for arrays), and how busy it was from 0 to 1."""

    bytes: int | None
    utilization: float


def hierarchy(
    counts: Mapping[str, int], details: Mapping[str, str], caption: str, traffic: Mapping[str, Traffic] | None = None
) -> str:
    """The levels from top to bottom, the engines between them, and beside each level its traffic as a bar.

    All are by kind: ``"host"``, ``"external"``, ``"l3"``, ``"l2"``, ``"scratchpad"``, ``"tile"``; the counts also by
    ``"dma"``, ``"block_mover"`` and ``"streamer"``.
    """
    measured = traffic or {}
    most = max((each.bytes or 0 for each in measured.values()), default=0)
    shapes = [text(_LEFT, 16, caption, bold=True)]
    shown = [level for level in _LEVELS if counts[level[0]]]
    y = 26.0
    for place, (kind, name, engine) in enumerate(shown):
        shapes += [
            box(_LEFT, y, _WIDTH, _HEIGHT),
            text(_LEFT + 8, y + 16, f"{counts[kind]} x {name}", bold=True),
            text(_LEFT + 8, y + 30, details[kind], faint=True),
        ]
        if kind in measured:
            shapes += _traffic(_LEFT + _WIDTH + 14, y, measured[kind], most)
        if place + 1 < len(shown):
            middle = _LEFT + 24
            shapes.append(line(middle, y + _HEIGHT, middle, y + _HEIGHT + _GAP, width=2))
            if engine:
                shapes.append(text(middle + 10, y + _HEIGHT + 15, f"{counts[engine]} {_ENGINES[engine]}", faint=True))
        y += _HEIGHT + _GAP
    return picture(_LEFT + _WIDTH + (230 if measured else 60), y - _GAP + 8, caption, shapes)


def _traffic(x: float, y: float, traffic: Traffic, most: int) -> list[str]:
    """A bar as long as the level's share of the greatest traffic, its bytes, and how busy it was."""
    shapes = [text(x, y + 31, f"busy {100 * traffic.utilization:.1f} %", faint=True)]
    if traffic.bytes is not None:
        length = _BAR * traffic.bytes / most if most else 0
        shapes += [
            box(x, y + 7, _BAR, 9, fill="currentColor", opacity=0.12),
            box(x, y + 7, length, 9, fill=BUSY, title=f"{traffic.bytes} bytes"),
            text(x + _BAR + 8, y + 16, byte_text(traffic.bytes)),
        ]
    return shapes
