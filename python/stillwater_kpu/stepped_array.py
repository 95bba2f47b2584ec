"""A systolic array, cycle by cycle: every register of every processing element can be read and changed."""

from __future__ import annotations

import struct
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple, SupportsIndex

from . import _arguments, _values
from ._matrices import shaped
from .errors import KpuValueError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._link import EngineLink

__all__ = ["ArrayAccesses", "PeRegister", "PeRegisters", "SteppedArray"]


class PeRegister(NamedTuple):
    """A register of a processing element: its 32 bits, what they are as float32, and whether it holds anything."""

    bits: int
    value: float
    valid: bool


class PeRegisters(NamedTuple):
    """The registers of a processing element.

    Attributes:
        right: the operand that moves to the right.
        down: the operand that moves down, or stays in the element.
        sum: the sum that stays in the element (output-stationary), or moves down.

    """

    right: PeRegister
    down: PeRegister
    sum: PeRegister


class ArrayAccesses(NamedTuple):
    """Elements that have passed the edges of the array so far."""

    operand_a_reads: int
    operand_b_reads: int
    partial_sum_reads: int
    result_writes: int


class SteppedArray:
    """An array of the size of the simulator's, that computes one product; made by `KPUSimulator.create_stepped_array`.

    It stands beside the machine: stepping it takes no simulated time there. Values, cycles, accesses and activity are
    those of a product on a compute tile.

    Attributes:
        rows: rows of the array.
        cols: columns of the array.
        fold_count: folds into which the product is cut.

    """

    __slots__ = ("__weakref__", "_finalizer", "_id", "_link", "_shape", "_state", "cols", "fold_count", "rows")

    def __init__(self, link: EngineLink, made: Mapping[str, Any], m: int, n: int, *, as_array: bool) -> None:
        self._link = link
        self._id = int(made["id"])
        self._shape = (m, n, as_array)
        self._state = made
        self.rows = int(made["rows"])
        self.cols = int(made["cols"])
        self.fold_count = int(made["foldCount"])
        # Garbage is collected at any time: the engine is told with the next array that is made.
        self._finalizer = weakref.finalize(self, link.discarded_arrays.append, self._id)
        self._finalizer.atexit = False

    @property
    def cycle(self) -> int:
        """Cycles stepped so far."""
        return int(self._state["cycle"])

    @property
    def is_done(self) -> bool:
        """Whether all folds are done; the array then stays as it is."""
        return bool(self._state["isDone"])

    @property
    def fold(self) -> int:
        """The fold that the next cycle belongs to, from 0."""
        return int(self._state["fold"])

    @property
    def accesses(self) -> ArrayAccesses:
        """Elements that have passed the edges so far."""
        counts = self._state["accesses"]
        return ArrayAccesses(
            int(counts["operandAReads"]),
            int(counts["operandBReads"]),
            int(counts["partialSumReads"]),
            int(counts["resultWrites"]),
        )

    def step(self, n: SupportsIndex = 1) -> None:
        """Goes on by `n` cycles, or to the end where that comes first."""
        self._state = self._link.query("stepSteppedArray", id=self._id, cycles=_arguments.cycles(n, "n"))

    def run(self) -> None:
        """Goes on to the end."""
        self._state = self._link.query("stepSteppedArray", id=self._id)

    def registers(self, row: SupportsIndex, col: SupportsIndex) -> PeRegisters:
        """The registers of a processing element after the present cycle. IndexError or ValueError for one outside."""
        found = self._link.query(
            "steppedArrayRegisters",
            id=self._id,
            row=_arguments.dimension(row, "row"),
            col=_arguments.dimension(col, "col"),
        )
        return PeRegisters(*(_register(found[name]) for name in PeRegisters._fields))

    def set_register(
        self,
        row: SupportsIndex,
        col: SupportsIndex,
        which: str,
        bits: SupportsIndex,
        *,
        valid: bool | None = None,
    ) -> None:
        """Writes the 32 bits of a register ('right', 'down' or 'sum') between two cycles: a fault, or an experiment.

        What that does to the result follows from the hardware. `valid` also changes whether it holds anything.
        """
        self._link.query(
            "setSteppedArrayRegister",
            id=self._id,
            row=_arguments.dimension(row, "row"),
            col=_arguments.dimension(col, "col"),
            which=which,
            bits=_arguments.size(bits, "bits", "KPU_ARGUMENT"),
            valid=valid,
        )

    @property
    def result(self) -> Any:
        """C as far as it has been computed: an array if an operand was one, else nested lists."""
        m, n, as_array = self._shape
        bits = self._link.query("steppedArrayResult", id=self._id)["bits"]
        values = struct.unpack(f"<{m * n}f", struct.pack(f"<{m * n}I", *bits))
        return shaped(values, m, n, as_array=as_array)

    @property
    def active_cycles(self) -> list[list[int]]:
        """In how many cycles each processing element has multiplied so far: a heat map, a list for each row."""
        counts = self._link.query("steppedArrayResult", id=self._id)["activeCycles"]
        return [counts[start : start + self.cols] for start in range(0, len(counts), self.cols)]

    def __repr__(self) -> str:
        """Size and progress."""
        state = "done" if self.is_done else f"fold {self.fold} of {self.fold_count}"
        return f"SteppedArray({self.rows} x {self.cols}, cycle {self.cycle}, {state})"


def float_bits(values: memoryview) -> list[int]:
    """The bits of float32 numbers, as they travel to the engine."""
    count = len(values) // _values.FLOAT_BYTES
    if count > MOST_ELEMENTS:
        raise KpuValueError(
            f"an operand of a stepped array has at most {MOST_ELEMENTS} elements, got {count}", "KPU_SIZE"
        )
    return list(struct.unpack(f"<{count}I", values))


MOST_ELEMENTS = 2**20


def _register(register: Mapping[str, Any]) -> PeRegister:
    bits = int(register["bits"])
    (value,) = struct.unpack("<f", struct.pack("<I", bits))
    return PeRegister(bits, value, bool(register["valid"]))
