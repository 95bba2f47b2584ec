"""A trace as a picture: one lane for each unit, its work as bars over the cycles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .svg import BUSY, CHARACTER_WIDTH, DATA, PORTS, SPACE, box, legend, line, picture, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stillwater_kpu.trace import TraceEvent

_WIDTH, _LANE = 640, 18
_MOST_LANES, _TICKS = 40, 5
_MOST_BARS = 4000
_CAUSES = {"data": DATA, "space": SPACE}


def lanes(events: Iterable[TraceEvent], units: Sequence[str], caption: str) -> str:
    """What each unit did when.

    Units without work have no lane. Where a lane has more work than bars can show, neighbours are one bar.
    """
    kept = list(events)
    used = {event.unit for event in kept}
    rows = [unit for unit in units if unit in used]
    if len(rows) > _MOST_LANES:
        caption = f"{caption}, the first {_MOST_LANES} of {len(rows)} units"
        rows = rows[:_MOST_LANES]
    shapes = [text(4, 16, caption, bold=True)]
    if not rows:
        return picture(_WIDTH, 40, caption, [*shapes, text(4, 34, "nothing completed")])
    first = min(event.begin - event.waited_cycles for event in kept)
    scale = _WIDTH / max(max(event.end for event in kept) - first, 1)
    left = 12 + CHARACTER_WIDTH * max(map(len, rows))
    entries = [(BUSY, "busy"), (PORTS, "slowed by ports"), (DATA, "waiting for data"), (SPACE, "waiting for space")]
    shapes.append(legend(4, 34, entries))
    bottom = 44 + _LANE * len(rows)
    for tick in range(_TICKS + 1):
        x = left + _WIDTH * tick / _TICKS
        shapes += [
            line(x, 42, x, bottom, width=0.4),
            text(x, bottom + 13, f"{first + _WIDTH * tick / _TICKS / scale:.0f}", anchor="middle"),
        ]
    for place, unit in enumerate(rows):
        y = 44 + _LANE * place
        shapes.append(text(left - 6, y + 12, unit, anchor="end"))
        mine = sorted((event for event in kept if event.unit == unit), key=lambda event: event.begin)
        shapes += _bars(mine, left - first * scale, y, scale, _MOST_BARS // len(rows))
    return picture(left + _WIDTH + 24, bottom + 20, caption, shapes)


def _bars(events: Sequence[TraceEvent], origin: float, y: float, scale: float, most: int) -> list[str]:
    """The bars of one lane; where there would be too many, neighbours are joined."""
    gap = 0.5 if len(events) <= most else _WIDTH / most
    shapes: list[str] = []
    place = 0
    while place < len(events):
        head, last = events[place], place
        end = head.end
        while last + 1 < len(events) and (events[last + 1].end - head.begin) * scale < gap:
            last += 1
            end = max(end, events[last].end)
        if head.waited_cycles:
            wait = head.waited_cycles * scale
            title = f"{head.unit} waited {head.waited_cycles} cycles for {head.cause}"
            fill = _CAUSES.get(head.cause, SPACE)
            shapes.append(box(origin + head.begin * scale - wait, y + 6, wait, 5, fill=fill, opacity=0.6, title=title))
        work = f"{head.operation} {head.source} to {head.destination}, {head.bytes} bytes"
        title = (
            f"{head.unit}: {work}, cycles {head.begin} to {head.end}"
            if last == place
            else (f"{head.unit}: {last - place + 1} pieces of work, cycles {head.begin} to {end}")
        )
        fill = PORTS if any(event.slowed_by_ports for event in events[place : last + 1]) else BUSY
        width = max((end - head.begin) * scale - 0.3, 0.4)
        shapes.append(box(origin + head.begin * scale, y + 3, width, 11, fill=fill, title=title))
        place = last + 1
    return shapes
