"""Faults: what can go wrong in a machine, what check bits find, and campaigns of many faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Union

from ._html import table

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "OUTCOMES",
    "BitFlip",
    "CheckBitFlip",
    "Damage",
    "DroppedCompletion",
    "Fault",
    "FaultCampaignReport",
    "FaultExperiment",
    "LateCompletion",
    "MemoryErrorRecord",
    "PeRegisterFlip",
    "RefusedGrant",
    "StuckPort",
]

OUTCOMES = ("stalled", "detected", "wrong", "corrected", "late", "masked")
"""What can become of a fault, the worst first: the program stopped; check bits or the machine saw an error that stayed;
the result is wrong and nobody noticed; check bits mended it; only times changed; nothing changed."""


class BitFlip(NamedTuple):
    """Bit 0 to 7 of the byte at `offset` of a memory turns over.

    Attributes:
        memory: ``"host"``, ``"external"``, ``"l3"``, ``"l2"`` or ``"scratchpad"``.
        id: which of them.
        offset: byte offset in the memory.
        bit: bit of the byte.

    """

    memory: str
    id: int
    offset: int
    bit: int


class CheckBitFlip(NamedTuple):
    """Check bit 0 to 7 of the 64-bit word at `offset` turns over; the memory's ``ecc`` must not be ``"none"``."""

    memory: str
    id: int
    offset: int
    bit: int


class PeRegisterFlip(NamedTuple):
    """A bit of a register turns over after `product_cycle` cycles of the next product that starts on the tile.

    Attributes:
        tile: the compute tile.
        row: of the processing element.
        col: of the processing element.
        register: ``"right"`` (the operand that moves right), ``"down"`` (that which moves down or stays) or ``"sum"``.
        bit: 0 to 31 of a sum, 0 to ``operand_bits`` - 1 of an operand.
        product_cycle: cycles of the product before it; a shorter product is not struck.

    """

    tile: int
    row: int
    col: int
    register: str
    bit: int
    product_cycle: int


class StuckPort(NamedTuple):
    """Data line `line` of a memory's port always carries `value`, for transfers in both directions.

    Line n is bit n % 8 of lane n // 8; bytes pass the lane of their offset, modulo the lanes, which are as many as the
    port moves bytes a cycle.
    """

    memory: str
    id: int
    line: int
    value: int


class LateCompletion(NamedTuple):
    """The next completion of a unit comes `cycles` later.

    Attributes:
        unit: ``"dma"``, ``"block_mover"``, ``"streamer"``, ``"tile"`` or ``"vector"``.
        id: which of them.
        cycles: by how many cycles, from 1.

    """

    unit: str
    id: int
    cycles: int


class DroppedCompletion(NamedTuple):
    """Of the next completion of a unit nobody is told: data are written, but no credit is given, no callback runs."""

    unit: str
    id: int


class RefusedGrant(NamedTuple):
    """A memory's port grants no transfer its beats for `cycles` cycles; None: never again."""

    memory: str
    id: int
    cycles: int | None


Fault = Union[BitFlip, CheckBitFlip, PeRegisterFlip, StuckPort, LateCompletion, DroppedCompletion, RefusedGrant]

_KINDS: Mapping[str, Any] = {
    "bit_flip": BitFlip,
    "check_flip": CheckBitFlip,
    "pe_register": PeRegisterFlip,
    "stuck_port": StuckPort,
    "late_completion": LateCompletion,
    "dropped_completion": DroppedCompletion,
    "refused_grant": RefusedGrant,
}


class MemoryErrorRecord(NamedTuple):
    """What the check bits of a memory found in a word that was read.

    Attributes:
        kind: ``"corrected"`` for a bit that was turned back, ``"detected"`` for a word that stays wrong.
        cycle: when it was read.
        address: of the 64-bit word, as a global address.
        memory: as reports name it, such as ``"external bank 0"``.

    """

    kind: str
    cycle: int
    address: int
    memory: str


class Damage(NamedTuple):
    """How a matrix differs at the end from what it should be.

    Attributes:
        name: of the area, or ``"C (tiled product)"``.
        is_result: whether it is a result, or something on the way.
        elements: how many are wrong.
        largest_error: of a difference; infinity where one of two numbers is none.

    """

    name: str
    is_result: bool
    elements: int
    largest_error: float


class FaultExperiment(NamedTuple):
    """A run with one fault.

    Attributes:
        number: from 0.
        cycle: of the run at which the fault happened.
        fault: what went wrong.
        outcome: one of `OUTCOMES`.
        cycles: of the run; of a stalled one, until it stopped.
        corrected: words that check bits mended.
        detected: words that check bits found wrong and could not mend.
        damages: matrices that the fault reached and that were not written over by the end.
        message: what the machine said of it; empty where it did not.

    """

    number: int
    cycle: int
    fault: Fault
    outcome: str
    cycles: int
    corrected: int
    detected: int
    damages: tuple[Damage, ...]
    message: str


class FaultCampaignReport(NamedTuple):
    """What came out of a campaign. `print` it, or show it in a notebook.

    Attributes:
        seed: which gives the same faults again.
        cycles: of the run without a fault.
        results: the matrices that count as the result.
        kinds: by kind of fault, how many ended in each of `OUTCOMES`.
        total: the same over all kinds.
        experiments: every run with a fault.

    """

    seed: int
    cycles: int
    results: tuple[str, ...]
    kinds: dict[str, dict[str, int]]
    total: dict[str, int]
    experiments: tuple[FaultExperiment, ...]

    def __str__(self) -> str:
        """A table by kind of fault."""
        head = f"{len(self.experiments)} runs with one fault each, seed {self.seed}; {self.cycles} cycles without one"
        rows = self._rows()
        widths = [max(len(row[column]) for row in [("fault", *OUTCOMES), *rows]) for column in range(len(OUTCOMES) + 1)]
        lines = [
            "  ".join(
                cell.ljust(width) if column == 0 else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(row, widths))
            )
            for row in [("fault", *OUTCOMES), *rows]
        ]
        return "\n".join([head, *lines])

    def _repr_html_(self) -> str:
        return table(f"{len(self.experiments)} faults, seed {self.seed}", ("fault", *OUTCOMES), self._rows())

    def _rows(self) -> list[tuple[str, ...]]:
        entries = [*self.kinds.items(), ("all", self.total)]
        return [(kind, *(str(counts[outcome]) for outcome in OUTCOMES)) for kind, counts in entries]


def kind_of(fault: Fault) -> str | None:
    """The engine's name of a fault's kind; None for what is no fault."""
    return next((kind for kind, made in _KINDS.items() if type(fault) is made), None)


def kind_names() -> tuple[str, ...]:
    """Every kind of fault."""
    return tuple(_KINDS)


def report_from_engine(report: Mapping[str, Any]) -> FaultCampaignReport:
    """The report as the engine gives it."""
    return FaultCampaignReport(
        int(report["seed"]),
        int(report["cycles"]),
        tuple(report["results"]),
        {str(each["kind"]): _counts(each) for each in report["kinds"]},
        _counts(report["total"]),
        tuple(_experiment(each) for each in report["experiments"]),
    )


def _counts(counts: Mapping[str, Any]) -> dict[str, int]:
    return {outcome: int(counts[outcome]) for outcome in OUTCOMES}


def _experiment(each: Mapping[str, Any]) -> FaultExperiment:
    fields = dict(each["fault"])
    fault: Fault = _KINDS[fields.pop("kind")](**fields)
    return FaultExperiment(
        int(each["number"]),
        int(each["cycle"]),
        fault,
        str(each["outcome"]),
        int(each["cycles"]),
        int(each["corrected"]),
        int(each["detected"]),
        tuple(
            Damage(
                str(damage["name"]),
                bool(damage["isResult"]),
                int(damage["elements"]),
                float("inf") if damage["largestError"] is None else float(damage["largestError"]),
            )
            for damage in each["damages"]
        ),
        str(each["message"]),
    )
