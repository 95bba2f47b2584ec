"""Reads reply frames off a pipe."""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING, NamedTuple, Union

from ._protocol import MAX_FRAME_BYTES, REPLY_HEAD, REPLY_HEAD_LENGTH, SAFE_INTEGER_MAX, TAG_BYTES, TAG_UPCALL

if TYPE_CHECKING:
    import io

Bytes = Union[bytes, bytearray]

_SMALL_REPLY_BYTES = 65536
_LOOKS = 40
"""About twenty microseconds. Without, a question took 21 to 24 us on an idle two-core machine, with it 15."""


class WireEndedError(Exception):
    """The other side closed the pipe."""


class WireFaultError(Exception):
    """What came is not a frame."""


class ReplyHead(NamedTuple):
    """The fixed part of a reply: `length` counts from the tag on; cycle to flags are of one simulator."""

    length: int
    tag: int
    cycle: float
    horizon: float
    host_ms: float
    flags: int


def checked_head(data: bytes) -> ReplyHead:
    """The head of a frame of which `data` has come so far, if that can be."""
    head = ReplyHead._make(REPLY_HEAD.unpack_from(data))
    payload_length = head.length - REPLY_HEAD_LENGTH
    if payload_length < 0 or head.length > MAX_FRAME_BYTES:
        raise WireFaultError(f"a frame of length {head.length}")
    if len(data) - REPLY_HEAD.size > payload_length:
        raise WireFaultError(f"{len(data) - REPLY_HEAD.size} bytes of payload in a frame that has {payload_length}")
    if not 0 <= head.tag <= TAG_UPCALL:
        raise WireFaultError(f"a frame with tag {head.tag}")
    if not 0 <= head.cycle <= SAFE_INTEGER_MAX or head.horizon != head.horizon:
        raise WireFaultError(f"a frame with cycle {head.cycle} and horizon {head.horizon}")
    return head


class FrameReader:
    """Reads one frame at a time. There is at most one on the way: the engine speaks only when asked."""

    def __init__(self, pipe: io.FileIO, patience_seconds: float) -> None:
        self._pipe = pipe
        self._descriptor = pipe.fileno()
        self._patience_ms = patience_seconds * 1000
        # A frame that stops in the middle must not hang Python for good. (Windows cannot wait on pipes.)
        self._poll = None
        if hasattr(select, "poll"):
            self._poll = select.poll()
            self._poll.register(self._descriptor, select.POLLIN)

    def await_first(self) -> None:
        """Waits for a frame no longer than within one. Without, an engine may think as long as it likes."""
        self._await_more()

    def read(self, into: memoryview | None = None) -> tuple[ReplyHead, Bytes]:
        """The next frame: its head and its payload.

        A BYTES payload goes to `into` if that is given, which it must fill exactly; the returned payload is empty then.
        """
        self._look_out()
        data = self._read_some(_SMALL_REPLY_BYTES if into is None else REPLY_HEAD.size)
        while len(data) < REPLY_HEAD.size:
            self._await_more()
            data += self._read_some(REPLY_HEAD.size - len(data))
        head = checked_head(data)
        payload_length = head.length - REPLY_HEAD_LENGTH
        if into is not None and head.tag == TAG_BYTES:
            if payload_length != len(into):
                raise WireFaultError(f"{payload_length} bytes instead of {len(into)}")
            self._fill(into)
            return head, b""
        have = len(data) - REPLY_HEAD.size
        if have == payload_length:
            return head, data[REPLY_HEAD.size :]
        payload = bytearray(payload_length)
        payload[:have] = data[REPLY_HEAD.size :]
        self._fill(memoryview(payload)[have:])
        return head, payload

    def _look_out(self) -> None:
        """Looks for a reply for a few microseconds before sleeping: waking up costs more than most answers take."""
        if self._poll is not None:
            poll = self._poll.poll
            for _ in range(_LOOKS):
                if poll(0):
                    return

    def _read_some(self, limit: int) -> bytes:
        data = os.read(self._descriptor, limit)
        if not data:
            raise WireEndedError
        return data

    def _fill(self, view: memoryview) -> None:
        at = 0
        while at < len(view):
            self._await_more()
            got = self._pipe.readinto(view[at:])
            if not got:
                raise WireEndedError
            at += got

    def _await_more(self) -> None:
        if self._poll is not None and not self._poll.poll(self._patience_ms):
            raise WireFaultError(f"nothing more for {self._patience_ms / 1000:g} seconds in the middle of a frame")
