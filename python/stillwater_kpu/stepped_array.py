"""A systolic array stepped cycle by cycle, with every register of every processing element."""

from __future__ import annotations

import itertools
import struct
import weakref
from typing import Any, NamedTuple, NoReturn, SupportsIndex

from . import _arguments, _engines, _protocol, _values
from ._compute import dataflow_code
from ._matrices import matrix_of, nested, product_operands, shaped
from ._protocol import TAG_BYTES, pack
from .errors import KpuTypeError, KpuValueError, ShapeError

__all__ = ["PeRegister", "SteppedArray"]

_REGISTER_NAMES = ("right", "down", "sum")
_ACCESS_NAMES = ("operand_a_reads", "operand_b_reads", "partial_sum_reads", "result_writes")
_SLICE_MS = 20.0
"""Stepping comes back this often, for Ctrl-C and for other threads."""

_numbers = itertools.count(1)
"""Python numbers the arrays, so that it can let go also of one whose answer an interrupt has hidden."""


class PeRegister(NamedTuple):
    """A register of a processing element.

    Attributes:
        bits: its 32 bits; a sum that is NaN is always 0x7fc00000.
        value: the same as a number.
        valid: whether it holds an element; what does not is never computed with.

    """

    bits: int
    value: float
    valid: bool


class _Progress(NamedTuple):
    """How far an array is: cycles of the last call and in all, the fold, all folds, and whether they are done."""

    steps: int
    cycle: int
    fold: int
    fold_count: int
    done: bool


class SteppedArray:
    """A systolic array that computes one product, C = A B or C + A B, one cycle at a time.

    Every register of every processing element exists after every cycle and can be read and changed. Values, cycles and
    activity are those of `KPUSimulator.start_matmul`, but nothing is taken from formulas: registers are shifted, and
    elements are counted as they pass the edges.

    >>> array = SteppedArray(2, 2, [[1.0, 2.0], [3.0, 4.0]], [[2.0, 0.0], [1.0, 2.0]])
    >>> array.step()
    1
    >>> array.registers(0, 0)["sum"].value
    2.0
    >>> array.run(), array.cycle, array.result
    (3, 4, [[4.0, 4.0], [10.0, 8.0]])

    Args:
        rows: rows of the array.
        cols: columns of the array.
        a: A (m, k), a 2-D array or nested lists; cast to float32 and copied.
        b: B (k, n), likewise.
        dataflow: ``"output_stationary"``, ``"weight_stationary"`` or ``"input_stationary"``.
        c: values (m, n) at which the sums start; without them they start at 0.

    It belongs to no simulator: it lives in the engine process that simulators share, until it is garbage.

    Errors: ShapeError (a ValueError and RuntimeError) for matrices that do not fit each other, ValueError for sizes
    below 1, an unknown dataflow, more than 16,777,216 elements in A, B and C together or 4,194,304 processing elements.

    """

    __slots__ = (
        "__weakref__",
        "_connection",
        "_dataflow",
        "_finalizer",
        "_gives_array",
        "_number",
        "_progress",
        "_result_shape",
        "_shape",
    )

    def __init__(
        self,
        rows: SupportsIndex,
        cols: SupportsIndex,
        a: Any,
        b: Any,
        dataflow: str = "output_stationary",
        c: Any = None,
    ) -> None:
        self._shape = _arguments.dimension(rows, "rows"), _arguments.dimension(cols, "cols")
        code = dataflow_code(dataflow)
        if code == 0:
            raise KpuTypeError("dataflow must be a str, got None", "KPU_TYPE", {"argument": "dataflow"})
        left, right = product_operands(a, b)
        m, n, k = left.rows, right.cols, left.cols
        matrices = [left, right]
        if c is not None:
            start = matrix_of(c, "c")
            if start.shape != (m, n):
                raise ShapeError(f"c is {start.shape}, but a and b have a product of shape {(m, n)}", "KPU_SHAPE")
            matrices.append(start)
        if m * k + k * n + m * n > _protocol.MAX_STEPPED_ELEMENTS:
            most = _protocol.MAX_STEPPED_ELEMENTS
            message = f"A, B and C of a stepped product of {m} x {n} x {k} have more than {most} elements together"
            raise KpuValueError(message, "KPU_SIZE", {"most": most})
        self._dataflow = dataflow
        self._result_shape = m, n
        self._gives_array = any(matrix.is_array for matrix in matrices)
        self._connection = _engines.shared_connection()
        self._number = number = next(_numbers) & _protocol.U32_MAX
        release = pack(_protocol.DROP_ARRAY_FRAME, _protocol.DROP_ARRAY | _protocol.POSTED, 0, number)
        self._finalizer = weakref.finalize(self, self._connection.release, release)
        self._finalizer.atexit = False  # the engine is ended then
        payload = b"".join(matrix.data for matrix in matrices)
        head = pack(
            _protocol.STEPPED_ARRAY_HEAD,
            _protocol.STEPPED_ARRAY,
            0,
            number,
            code,
            *self._shape,
            m,
            n,
            k,
            c is not None,
            behind=len(payload),
        )
        self._progress: _Progress | None = self._ask_progress(head, payload)

    @property
    def rows(self) -> int:
        """Rows of the array."""
        return self._shape[0]

    @property
    def cols(self) -> int:
        """Columns of the array."""
        return self._shape[1]

    @property
    def dataflow(self) -> str:
        """What stays in the processing elements."""
        return self._dataflow

    @property
    def cycle(self) -> int:
        """Cycles stepped so far."""
        return self._known_progress().cycle

    @property
    def is_done(self) -> bool:
        """Whether all folds are done; the array then stays as it is."""
        return self._known_progress().done

    @property
    def fold(self) -> int:
        """The fold that the next cycle belongs to, from 0; `fold_count` when all are done."""
        return self._known_progress().fold

    @property
    def fold_count(self) -> int:
        """How many pieces of the size of the array the product is cut into."""
        return self._known_progress().fold_count

    @property
    def result(self) -> Any:
        """C as far as it has been computed: an array if A, B or C was one, else nested lists."""
        m, n = self._result_shape
        product = _values.new_floats(m * n)
        self._read(_protocol.ARRAY_RESULT, _values.as_bytes(product))
        return shaped(product, m, n, as_array=self._gives_array)

    @property
    def active_cycles(self) -> list[list[int]]:
        """Multiply-accumulates of each processing element so far, a list for each row of the array."""
        counts = bytearray(4 * self.rows * self.cols)
        self._read(_protocol.ARRAY_ACTIVITY, memoryview(counts))
        return nested(struct.unpack(f"<{self.rows * self.cols}I", counts), self.rows, self.cols)

    @property
    def accesses(self) -> dict[str, int]:
        """Elements that have passed the edges so far, by the names that they have in the statistics of a tile."""
        counts = bytearray(8 * len(_ACCESS_NAMES))
        self._read(_protocol.ARRAY_ACCESSES, memoryview(counts))
        return dict(zip(_ACCESS_NAMES, map(int, struct.unpack(f"<{len(_ACCESS_NAMES)}d", counts))))

    def step(self, n: SupportsIndex = 1) -> int:
        """So many cycles, or fewer if it is done before. Returns how many there were; Ctrl-C stops between two."""
        return self._step(_arguments.cycles(n, "n"))

    def run(self) -> int:
        """Steps to the end. Returns how many cycles that took; Ctrl-C stops between two of them."""
        return self._step(_protocol.SAFE_INTEGER_MAX)

    def registers(self, row: SupportsIndex, col: SupportsIndex) -> dict[str, PeRegister]:
        """The registers of a processing element after the cycles so far.

        ``"right"``: the operand that moves right. ``"down"``: the operand that moves down (output-stationary) or stays.
        ``"sum"``: the accumulator (output-stationary) or the sum that moves down. IndexError for an element that does
        not exist.
        """
        at = _arguments.component_id(row, "row"), _arguments.component_id(col, "col")
        frame = pack(_protocol.ARRAY_REGISTERS_FRAME, _protocol.ARRAY_REGISTERS, 0, self._number, *at)
        fields = _protocol.ARRAY_REGISTERS_REPLY
        found = fields.unpack(self._call(frame, fields.size))
        return {
            name: PeRegister(bits, _float_of(bits), bool(flag))
            for name, bits, flag in zip(_REGISTER_NAMES, found[::2], found[1::2])
        }

    def set_register(
        self, row: SupportsIndex, col: SupportsIndex, which: str, bits: SupportsIndex, *, valid: bool | None = None
    ) -> None:
        """Overwrites a register between two cycles: a fault, whose consequences go through the array as in hardware.

        `which` is ``"right"``, ``"down"`` or ``"sum"``, `bits` are those of a float32; without `valid` the register's
        flag stays as it is. Accumulators are set at the beginning of a fold and taken at its end, so a fault in one
        between two folds has no consequences. IndexError for a processing element that does not exist, ValueError for
        an unknown register or bits beyond 32.
        """
        if not isinstance(which, str):
            raise KpuTypeError(f"which must be a str, got {type(which).__name__}", "KPU_TYPE", {"argument": "which"})
        if which not in _REGISTER_NAMES:
            raise KpuValueError(f"which must be one of {', '.join(_REGISTER_NAMES)}, got {which!r}", "KPU_ARGUMENT")
        value = _arguments.size(bits, "bits", "KPU_ARGUMENT")
        frame = pack(
            _protocol.SET_ARRAY_REGISTER_FRAME,
            _protocol.SET_ARRAY_REGISTER,
            0,
            self._number,
            _arguments.component_id(row, "row"),
            _arguments.component_id(col, "col"),
            _REGISTER_NAMES.index(which),
            value,
            0 if valid is None else 1 if valid else 2,
        )
        self._connection.call(None, frame)

    def __repr__(self) -> str:
        progress, head = self._progress, f"<SteppedArray {self.rows} x {self.cols}, {self._dataflow}"
        if progress is None:
            return f"{head}>"
        state = "done" if progress.done else f"fold {progress.fold} of {progress.fold_count}"
        return f"{head}: cycle {progress.cycle}, {state}>"

    def __reduce__(self) -> NoReturn:
        raise KpuTypeError(
            "a SteppedArray lives in an engine process and can be neither copied nor pickled", "KPU_TYPE"
        )

    def _step(self, count: int) -> int:
        missing = count
        while True:
            # An interrupt can hide the answer. What the array has done then is asked for when it is needed.
            self._progress = None
            progress = self._ask_progress(self._step_frame(missing))
            self._progress = progress
            missing -= progress.steps
            if progress.done or not missing:
                return count - missing
            self._connection.let_others_in()

    def _step_frame(self, count: int) -> bytes:
        return pack(_protocol.STEP_ARRAY_FRAME, _protocol.STEP_ARRAY, 0, self._number, count, _SLICE_MS)

    def _known_progress(self) -> _Progress:
        if self._progress is None:
            self._progress = self._ask_progress(self._step_frame(0))
        return self._progress

    def _ask_progress(self, frame: bytes, payload: bytes | None = None) -> _Progress:
        steps, cycle, fold, folds, done = _protocol.ARRAY_PROGRESS_REPLY.unpack(
            self._call(frame, _protocol.ARRAY_PROGRESS_REPLY.size, payload)
        )
        return _Progress(int(steps), int(cycle), int(fold), int(folds), bool(done))

    def _read(self, content: int, into: memoryview) -> None:
        frame = pack(_protocol.READ_ARRAY_FRAME, _protocol.READ_ARRAY, 0, self._number, content)
        self._connection.call(None, frame, TAG_BYTES, into=into)

    def _call(self, frame: bytes, size: int, payload: bytes | None = None) -> Any:
        return self._connection.call(None, frame, TAG_BYTES, size, payload=payload)


def _float_of(bits: int) -> float:
    (value,) = struct.unpack("<f", struct.pack("<I", bits))
    return float(value)
