"""Area of a simulator's configuration on its chip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ._html import table

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["AreaPart", "AreaReport"]


class AreaPart(NamedTuple):
    """Area of one kind of components.

    Attributes:
        component: ``"l3"``, ``"l2"``, ``"scratchpad"``, ``"arrays"``, and where the table has their figures ``"dma"``,
            ``"block_mover"``, ``"streamer"``, ``"vector_lane"`` and ``"tile"`` (what it has besides its array).
        instances: memories, processing elements of all arrays, engines, lanes of all vector units, or tiles.
        mm2: of all of them.

    """

    component: str
    instances: int
    mm2: float


class AreaReport(NamedTuple):
    """Area as far as a table has figures. `print` it, or show it in a notebook.

    Attributes:
        table: the name of the table of areas.
        parts: by kind of components.
        total_mm2: of all parts.
        not_counted: what no figure is known of, and is therefore not in the total.

    """

    table: str
    parts: tuple[AreaPart, ...]
    total_mm2: float
    not_counted: tuple[str, ...]

    def __str__(self) -> str:
        """A line, and one for each kind of components."""
        lines = [self._caption()]
        lines += [f"  {name:<12}{instances:>8}{mm2:>12}" for name, instances, mm2 in self._rows()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return table(self._caption(), ("component", "instances", "mm2"), self._rows())

    def _caption(self) -> str:
        return f"{self.table}: {self.total_mm2:.3f} mm2, without {', '.join(self.not_counted)}"

    def _rows(self) -> list[tuple[str, ...]]:
        return [(part.component, str(part.instances), f"{part.mm2:.3f}") for part in self.parts]


_NAMES = {"blockMover": "block_mover", "vectorLane": "vector_lane"}


def _part(part: Mapping[str, Any]) -> AreaPart:
    component = str(part["component"])
    return AreaPart(_NAMES.get(component, component), int(part["count"]), float(part["mm2"]))


def area_from_engine(report: Mapping[str, Any]) -> AreaReport:
    """The report as the engine gives it."""
    return AreaReport(
        str(report["table"]),
        tuple(_part(part) for part in report["parts"]),
        float(report["totalMm2"]),
        tuple(str(what) for what in report["notCounted"]),
    )
