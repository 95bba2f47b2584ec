"""Counting semaphores, which put the work of different engines in order without the host."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, SupportsIndex, Union

from . import _arguments
from ._protocol import CREDIT, SIGNAL, SIGNAL_FRAME
from .errors import KpuTypeError, KpuValueError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ._link import EngineLink

__all__ = ["CreditRequests", "Semaphore", "WaitedCredits", "WaitingRecord"]

_MOST_CREDITS = 255


class Semaphore:
    """A counting semaphore of one simulator; made by `KPUSimulator.create_semaphore`.

    Work that waits for it (`wait_for=[semaphore]`) starts when the credits are there, and takes them; work that signals
    it (`signal=[semaphore]`) gives credits when it completes. `(semaphore, n)` in such a list means n credits.
    """

    __slots__ = ("_grants", "_id", "_link", "_name")

    def __init__(self, link: EngineLink, number: int, name: str, grants: str) -> None:
        self._link = link
        self._id = number
        self._name = name
        self._grants = grants

    @property
    def id(self) -> int:
        """The semaphore's number in its simulator."""
        return self._id

    @property
    def name(self) -> str:
        """What reports call it."""
        return self._name

    @property
    def grants(self) -> str:
        """What a credit stands for: ``"data"`` or ``"space"``."""
        return self._grants

    @property
    def value(self) -> int:
        """The credits that are there now."""
        return int(self._link.query("semaphoreValue", id=self._id))

    def signal(self, count: SupportsIndex = 1) -> None:
        """Gives credits from the host, at the current cycle and before its starts. ValueError for fewer than 1."""
        self._link.change(SIGNAL_FRAME, SIGNAL, self._id, _arguments.size(count, "count", "KPU_ARGUMENT"))

    def __repr__(self) -> str:
        """One line, without asking the engine."""
        return f"<Semaphore {self._id} {self._name!r}, grants {self._grants}>"


CreditRequests = Iterable[Union[Semaphore, "tuple[Semaphore, int]"]]
"""What work waits for or signals: semaphores, or pairs of a semaphore and a number of credits."""


class WaitedCredits(NamedTuple):
    """Credits of one semaphore that work waits for.

    Attributes:
        semaphore: its name.
        grants: what its credits stand for, ``"data"`` or ``"space"``.
        needed: credits that the work takes.
        available: credits that are there.

    """

    semaphore: str
    grants: str
    needed: int
    available: int


class WaitingRecord(NamedTuple):
    """Work at the head of its unit's queue that waits for credits.

    Attributes:
        sequence: the work's number, which counts all issued work from 0.
        unit: what it is to run on, such as ``"dma 0"``.
        behind: pieces of work that wait behind it.
        waits_for: what it waits for, semaphore by semaphore.

    """

    sequence: int
    unit: str
    behind: int
    waits_for: tuple[WaitedCredits, ...]


def waiting_from_engine(record: Mapping[str, Any]) -> WaitingRecord:
    """The record as the engine reports it."""
    return WaitingRecord(
        int(record["work"]["sequence"]),
        str(record["work"]["unit"]),
        int(record["behind"]),
        tuple(
            WaitedCredits(str(each["semaphore"]), str(each["grants"]), int(each["needed"]), int(each["available"]))
            for each in record["waitsFor"]
        ),
    )


def pack_credits(link: EngineLink, requests: CreditRequests, what: str) -> bytes:
    """A list of credits as it goes over the wire; the engine checks counts, this checks types and whose they are."""
    packed = []
    for index, request in enumerate(requests):
        semaphore, count = request if isinstance(request, tuple) else (request, 1)
        if not isinstance(semaphore, Semaphore):
            found = type(semaphore).__name__
            raise KpuTypeError(f"{what}[{index}] must be a Semaphore or (Semaphore, credits), got {found}", "KPU_TYPE")
        if not link.serves(semaphore._link.handle):
            raise KpuValueError(f"{what}[{index}]: {semaphore!r} belongs to another simulator", "KPU_ARGUMENT")
        packed.append(
            CREDIT.pack(semaphore._id, _arguments.size(count, f"the credits of {what}[{index}]", "KPU_ARGUMENT"))
        )
    if len(packed) > _MOST_CREDITS:
        raise KpuValueError(
            f"{what} names {len(packed)} semaphores; at most {_MOST_CREDITS} are possible", "KPU_ARGUMENT"
        )
    return bytes([len(packed)]) + b"".join(packed)
