"""Where the cycles of each unit went."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .svg import BUSY, CHARACTER_WIDTH, DATA, IDLE, SPACE, box, legend, picture, text

if TYPE_CHECKING:
    from collections.abc import Sequence

_LENGTH, _ROW = 420, 16
_MOST_ROWS = 48
_KINDS = ((BUSY, "busy"), (DATA, "waiting for data"), (SPACE, "waiting for space"), (IDLE, "idle"))


class UnitCycles(NamedTuple):
    """Cycles of one unit by what they went to; together they are all cycles."""

    unit: str
    busy: int
    waiting_for_data: int
    waiting_for_space: int
    idle: int


def cycle_bars(units: Sequence[UnitCycles], caption: str) -> str:
    """One bar for each unit. Of very many units the first are shown, and the caption says so."""
    shown = units[:_MOST_ROWS]
    if len(shown) < len(units):
        caption = f"{caption} (the first {len(shown)} of {len(units)} units)"
    left = 12 + CHARACTER_WIDTH * max((len(unit.unit) for unit in shown), default=0)
    shapes = [text(4, 16, caption, bold=True), legend(4, 34, _KINDS)]
    y = 44.0
    for unit in shown:
        total = sum(unit[1:])
        x = left
        shapes.append(text(left - 6, y + 10, unit.unit, anchor="end"))
        for (colour, kind), cycles in zip(_KINDS, unit[1:]):
            length = _LENGTH * cycles / total if total else 0
            if cycles:
                share = f"{unit.unit}: {kind} {cycles} cycles ({100 * cycles / total:.1f} %)"
                opacity = 0.35 if kind == "idle" else 1
                shapes.append(box(x, y, length, 12, fill=colour, opacity=opacity, title=share))
            x += length
        if total:
            shapes.append(text(left + _LENGTH + 6, y + 10, f"{100 * unit.busy / total:.1f} %"))
        y += _ROW
    return picture(left + _LENGTH + 60, y + 4, caption, shapes)
