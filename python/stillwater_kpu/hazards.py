"""Records of conflicts between work that overlapped in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HazardRecord", "WorkLabel"]


class WorkLabel(NamedTuple):
    """A piece of work: its number, which counts all issued work from 0, and the unit it ran on, such as ``"dma 0"``."""

    sequence: int
    unit: str


class HazardRecord(NamedTuple):
    """Two pieces of work in flight at the same time that touched the same bytes, at least one of them writing.

    Attributes:
        kind: ``"read-after-write"``, ``"write-after-read"`` or ``"write-after-write"``.
        earlier: the work that was in flight already.
        later: the work whose start made the conflict.
        address: global address of the first byte in conflict.
        bytes: how many bytes from there.
        from_cycle: the start of the later work.
        until_cycle: the earlier of the two completions; None while both are in flight.

    """

    kind: str
    earlier: WorkLabel
    later: WorkLabel
    address: int
    bytes: int
    from_cycle: int
    until_cycle: int | None


def hazard_from_engine(record: Mapping[str, Any]) -> HazardRecord:
    """The record as the engine reports it."""
    until = record.get("untilCycle")
    return HazardRecord(
        str(record["kind"]),
        WorkLabel(int(record["earlier"]["sequence"]), str(record["earlier"]["unit"])),
        WorkLabel(int(record["later"]["sequence"]), str(record["later"]["unit"])),
        int(record["address"]),
        int(record["bytes"]),
        int(record["fromCycle"]),
        None if until is None else int(until),
    )
