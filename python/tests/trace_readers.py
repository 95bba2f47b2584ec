"""Readers of trace files that know nothing of how the simulator writes them."""

from __future__ import annotations

import json
import struct
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as pb2

if TYPE_CHECKING:
    from pathlib import Path


class Slice(NamedTuple):
    """A slice of a Perfetto trace, with its own names in place of numbers."""

    track: str
    group: str
    name: str
    category: str
    begin: int
    end: int
    arguments: dict[str, Any]
    flows: frozenset[int]
    ended_flows: frozenset[int]


class PerfettoFile:
    """A file as Perfetto's own message classes see it."""

    def __init__(self, path: Path) -> None:
        trace = pb2.Trace()
        trace.ParseFromString(path.read_bytes())
        assert trace.packet[0].first_packet_on_sequence
        assert trace.packet[0].sequence_flags == pb2.TracePacket.SEQ_INCREMENTAL_STATE_CLEARED
        self.names: dict[str, dict[int, str]] = {"events": {}, "categories": {}, "annotations": {}, "texts": {}}
        self.tracks: dict[int, Any] = {}
        self.slices: list[Slice] = []
        self.counters: dict[str, list[tuple[int, float]]] = {}
        self.units: dict[str, str] = {}
        opened: dict[int, Any] = {}
        kinds = pb2.TrackEvent
        for packet in trace.packet:
            assert packet.trusted_packet_sequence_id == 1
            self._learn(packet.interned_data)
            if packet.HasField("track_descriptor"):
                assert packet.track_descriptor.uuid not in self.tracks
                self.tracks[packet.track_descriptor.uuid] = packet.track_descriptor
            if not packet.HasField("track_event"):
                continue
            event = packet.track_event
            track = self.tracks[event.track_uuid]
            if event.type == kinds.TYPE_SLICE_BEGIN:
                assert event.track_uuid not in opened
                opened[event.track_uuid] = packet
            elif event.type == kinds.TYPE_SLICE_END:
                self.slices.append(self._slice(opened.pop(event.track_uuid), packet.timestamp))
            else:
                assert event.type == kinds.TYPE_COUNTER
                self.units[track.name] = track.counter.unit_name
                self.counters.setdefault(track.name, []).append((packet.timestamp, event.double_counter_value))
        assert not opened

    def _learn(self, interned: Any) -> None:
        for entry in interned.event_names:
            self.names["events"][entry.iid] = entry.name
        for entry in interned.event_categories:
            self.names["categories"][entry.iid] = entry.name
        for entry in interned.debug_annotation_names:
            self.names["annotations"][entry.iid] = entry.name
        for entry in interned.debug_annotation_string_values:
            self.names["texts"][entry.iid] = entry.str.decode()

    def _slice(self, packet: Any, end: int) -> Slice:
        event = packet.track_event
        track = self.tracks[event.track_uuid]
        arguments = {}
        for each in event.debug_annotations:
            value = getattr(each, each.WhichOneof("value"))
            is_text = each.WhichOneof("value") == "string_value_iid"
            arguments[self.names["annotations"][each.name_iid]] = self.names["texts"][value] if is_text else value
        return Slice(
            track.name,
            self.tracks[track.parent_uuid].name,
            self.names["events"][event.name_iid],
            self.names["categories"][event.category_iids[0]],
            packet.timestamp,
            end,
            arguments,
            frozenset(event.flow_ids),
            frozenset(event.terminating_flow_ids),
        )


class CompactFile:
    """The simulator's own format, read as docs/trace-files.md describes it."""

    columns = (
        "later",
        "duration",
        "waited",
        "bytes",
        "unit",
        "source",
        "destination",
        "operation",
        "cause",
        "producer",
    )

    def __init__(self, data: bytes) -> None:
        assert data[:12] == b"\x89KPUT\r\n\x1a" + struct.pack("<I", 1)
        self.events: list[dict[str, int]] = []
        at = 12
        while at < len(data):
            kind, size = struct.unpack_from("<II", data, at)
            contents = data[at + 8 : at + 8 + size]
            (checksum,) = struct.unpack_from("<I", data, at + 8 + size)
            assert checksum == zlib.crc32(data[at : at + 8 + size])
            if kind == 1:
                self.header = json.loads(contents)
            elif kind == 2:
                self._add(contents)
            else:
                self.ending = json.loads(contents)
            at += size + 12

    def _add(self, contents: bytes) -> None:
        count, first, end = struct.unpack_from("<IQQ", contents)
        assert first == len(self.events)
        at, block = 20, []
        for _ in self.columns:
            width, base = struct.unpack_from("<BQ", contents, at)
            numbers = contents[at + 9 : at + 9 + width * count]
            parts = (numbers[place * width : (place + 1) * width] for place in range(count))
            block.append([base + int.from_bytes(part, "little") for part in parts])
            at += 9 + width * count
        assert at == len(contents)
        for row in zip(*block):
            event = dict(zip(self.columns, row))
            end += event["later"]
            self.events.append({**event, "end": end})
