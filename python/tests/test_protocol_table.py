"""The wire's tables are the engine's."""

from __future__ import annotations

import re
import struct

from stillwater_kpu import _protocol
from stillwater_kpu._engines import shared_connection


def upper(names: dict[str, int]) -> dict[str, int]:
    return {re.sub("([A-Z])", r"_\1", name).upper(): number for name, number in names.items()}


def test_ops_and_tags() -> None:
    described = shared_connection().query(None, "describe")
    assert described["protocol"] == _protocol.PROTOCOL
    assert upper(described["operations"]) == _protocol.OPS
    assert upper(described["tags"]) == _protocol.TAGS
    limits = {
        "frameBytes": _protocol.MAX_FRAME_BYTES,
        "layoutBytes": _protocol.MAX_LAYOUT_BYTES,
        "steppedElements": _protocol.MAX_STEPPED_ELEMENTS,
        "quantizedNumbers": _protocol.MAX_QUANTIZED_NUMBERS,
    }
    assert described["limits"] == limits
    for name, number in (*_protocol.OPS.items(), *((f"TAG_{tag}", number) for tag, number in _protocol.TAGS.items())):
        assert getattr(_protocol, name) == number


def test_layouts() -> None:
    layouts = [value for value in vars(_protocol).values() if isinstance(value, struct.Struct)]
    assert len(layouts) > 8
    assert all(layout.format.startswith("<") for layout in layouts)
    assert _protocol.REPLY_HEAD.size == 30
    frame = _protocol.pack(_protocol.WRITE_HEAD, _protocol.WRITE, 7, 1, 2, 3.0, behind=10)
    assert struct.unpack_from("<IBI", frame) == (len(frame) - 4 + 10, _protocol.WRITE, 7)
    assert _protocol.request(_protocol.QUERY, 9, b"abc") == struct.pack("<IBI", 8, _protocol.QUERY, 9) + b"abc"
    assert _protocol.CHUNK_BYTES < _protocol.MAX_FRAME_BYTES
