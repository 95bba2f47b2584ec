"""The layouts that the engine has built for a simulator, by value."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from ._protocol import (
    FORGET_LAYOUT,
    FORGET_LAYOUT_FRAME,
    LAYOUT,
    LAYOUT_REPLY,
    MAX_LAYOUT_BYTES,
    POSTED,
    TAG_BYTES,
    TRANSFER_SHAPE,
    pack,
    request,
)
from .errors import KpuValueError

if TYPE_CHECKING:
    from ._link import EngineLink
    from ._transfer_layout import TransferLayout

MOST_LAYOUTS = 1000
MOST_DESCRIBED_BYTES = MAX_LAYOUT_BYTES

NO_CREDITS = b"\0\0"
"""Two empty lists of credits, which stand before the layout in a frame."""


class RegisteredLayout(NamedTuple):
    """A layout that the engine knows by number: its bytes, and how far its ends extend from their addresses."""

    number: int
    total_bytes: int
    source_extent: int
    destination_extent: int
    described_bytes: int
    tail: bytes
    """What ends the frame of a transfer without credits and stagger."""


class RegisteredLayouts:
    """The layouts of one simulator that were used last, as many as the engine shall keep.

    By value: programs make equal layouts again and again, and none of them is worth a round trip. What has not been
    used for long is forgotten at both sides, so that a loop that makes ever new layouts does not need ever more room;
    work that was issued with a layout keeps it in the engine.
    """

    __slots__ = ("_described_bytes", "_known")

    def __init__(self) -> None:
        self._known: OrderedDict[TransferLayout, RegisteredLayout] = OrderedDict()
        self._described_bytes = 0

    def __len__(self) -> int:
        return len(self._known)

    def of(self, link: EngineLink, layout: TransferLayout) -> RegisteredLayout:
        """What the engine knows of a layout; asks it to build the layout if it has not yet, which it may refuse."""
        registered = self._known.get(layout)
        if registered is None:
            return self._register(link, layout)
        self._known.move_to_end(layout)
        return registered

    def _register(self, link: EngineLink, layout: TransferLayout) -> RegisteredLayout:
        body = layout.to_json()
        size = len(body)
        if size > MAX_LAYOUT_BYTES:
            message = (
                f"a layout of {size} bytes as text; at most {MAX_LAYOUT_BYTES} bytes describe one: cut the transfer"
            )
            raise KpuValueError(message, "KPU_GEOMETRY", {"bytes": size})
        while self._known and (len(self._known) >= MOST_LAYOUTS or self._described_bytes + size > MOST_DESCRIBED_BYTES):
            _, oldest = self._known.popitem(last=False)
            self._described_bytes -= oldest.described_bytes
            link.post(pack(FORGET_LAYOUT_FRAME, FORGET_LAYOUT | POSTED, link.handle, oldest.number))
        answer = link.call(request(LAYOUT, link.handle, body), TAG_BYTES, LAYOUT_REPLY.size)
        number, length, source, destination = LAYOUT_REPLY.unpack(answer)
        tail = NO_CREDITS + TRANSFER_SHAPE.pack(number, 1)
        registered = RegisteredLayout(number, int(length), int(source), int(destination), size, tail)
        self._known[layout] = registered
        self._described_bytes += size
        return registered
