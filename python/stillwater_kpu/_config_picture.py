"""A configuration as a picture of the machine that it describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MEMORIES = {
    "host": ("host_memory_regions", "host_memory_region_count", "capacity_mb", "MB"),
    "external": ("memory_banks", "memory_bank_count", "capacity_mb", "MB"),
    "l3": ("l3_tiles", "l3_tile_count", "capacity_kb", "KB"),
    "l2": ("l2_banks", "l2_bank_count", "capacity_kb", "KB"),
    "scratchpad": ("scratchpads", "scratchpad_count", "capacity_kb", "KB"),
}
_ENGINES = {"dma": "dma_engine_count", "block_mover": "block_mover_count", "streamer": "streamer_count"}


def config_picture(resolved: Mapping[str, Any], alike: Mapping[str, Mapping[str, str]]) -> str:
    """The levels with their sizes and the engines between them.

    `resolved` has the fields of a configuration, lists of instances complete; `alike` says for each list which field
    holds each of its keys where the instances do not differ.
    """
    from ._pictures import hierarchy

    counts = {kind: resolved[count] for kind, (_, count, _, _) in _MEMORIES.items()}
    counts.update((kind, resolved[count]) for kind, count in _ENGINES.items())
    counts["tile"] = resolved["compute_tile_count"]
    details = {}
    for kind, (instances, _, key, unit) in _MEMORIES.items():
        sizes = _values(resolved, instances, alike[instances][key], key)
        details[kind] = f"{_span(sizes)} {unit} each"
    rows = _values(resolved, "compute_tiles", "systolic_array_rows", "rows")
    cols = _values(resolved, "compute_tiles", "systolic_array_cols", "cols")
    systolic = f"{_span(rows)} x {_span(cols)}, {resolved['dataflow'].replace('_', '-')}"
    details["tile"] = systolic if resolved["use_systolic_arrays"] else "one multiply-add a cycle"
    return hierarchy(counts, details, f"KPU at {resolved['clock_ghz']:g} GHz")


def _values(resolved: Mapping[str, Any], instances: str, field: str, key: str) -> list[float]:
    """The different values of all instances, least first."""
    entries = resolved[instances]
    return sorted({entry[key] for entry in entries}) if entries else [resolved[field]]


def _span(values: Sequence[float]) -> str:
    return f"{values[0]:g}" if values[0] == values[-1] else f"{values[0]:g} to {values[-1]:g}"
