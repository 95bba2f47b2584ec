"""The few shapes that the pictures are made of. Every text is escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

BUSY, DATA, SPACE, IDLE, PORTS = "#2f7fc1", "#d9822b", "#8e5bb5", "#9aa3ad", "#c2413b"
"""Colours of what cycles went to; told apart also by those who do not see all colours, and on dark pages."""

_NEXT_UNIT = 1024

CHARACTER_WIDTH = 6.2
"""Of the text of the pictures, about, in pixels."""


def picture(width: float, height: float, label: str, shapes: Iterable[str]) -> str:
    """A whole picture; `label` says in words what it shows."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{_escaped(label)}" width="{width:g}" '
        f'height="{height:g}" viewBox="0 0 {width:g} {height:g}" style="max-width:100%;height:auto" '
        f'font-family="system-ui, sans-serif" font-size="11">{"".join(shapes)}</svg>'
    )


def box(
    x: float, y: float, width: float, height: float, *, fill: str = "none", opacity: float = 1, title: str = ""
) -> str:
    """A rectangle: with a thin border if it is not filled; `title` shows when the pointer rests on it."""
    border = ' stroke="currentColor" stroke-opacity="0.55" rx="4"' if fill == "none" else ""
    inside = f"<title>{_escaped(title)}</title>" if title else ""
    faded = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
    return (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{max(width, 0):.2f}" height="{height:.2f}" fill="{fill}"{faded}{border}>'
        f"{inside}</rect>"
    )


def text(x: float, y: float, content: object, *, anchor: str = "start", bold: bool = False, faint: bool = False) -> str:
    """One line of text whose foot is at `y`."""
    weight = ' font-weight="600"' if bold else ""
    faded = ' fill-opacity="0.7"' if faint else ""
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" fill="currentColor"{faded}{weight}>'
        f"{_escaped(str(content))}</text>"
    )


def line(x1: float, y1: float, x2: float, y2: float, *, width: float = 1, colour: str = "currentColor") -> str:
    """A line."""
    faded = ' stroke-opacity="0.55"' if colour == "currentColor" else ""
    return (
        f'<line x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" stroke="{colour}"{faded} '
        f'stroke-width="{width:.2f}"/>'
    )


def dot(x: float, y: float, *, colour: str, title: str) -> str:
    """A point."""
    return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="5" fill="{colour}"><title>{_escaped(title)}</title></circle>'


def legend(x: float, y: float, entries: Iterable[tuple[str, str]]) -> str:
    """Colours and what they stand for, in a row."""
    shapes = []
    for colour, name in entries:
        shapes += [box(x, y - 8, 9, 9, fill=colour), text(x + 13, y, name)]
        x += 13 + CHARACTER_WIDTH * len(name) + 14
    return "".join(shapes)


def byte_text(count: float) -> str:
    """An amount of bytes with the unit that suits it."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < _NEXT_UNIT:
            return f"{count:.4g} {unit}"
        count /= _NEXT_UNIT
    return f"{count:.4g} TB"


def _escaped(content: str) -> str:
    from html import escape  # brings the list of all entities, which only notebooks need

    return escape(content)
