"""Matrix products from end to end: through a bank, a DMA engine, a scratchpad and a compute tile, and back.

What such a run used of bank and scratchpad is put back as it was afterwards: the user's memory is never lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, SupportsIndex

from . import _products, _values
from ._activity import Activity
from ._compute import Compute
from ._control import Control
from ._inventory import Inventory
from ._memory_access import MemoryAccess
from ._products import Operands
from ._protocol import COMPUTE_TILE, DMA, EXTERNAL, SCRATCHPAD
from .errors import KpuRuntimeError, KpuTypeError, ShapeError
from .matmul_test import MatMulTest

if TYPE_CHECKING:
    import array
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt


_MATRIX_DIMENSIONS = 2
_MEMORY_NAMES = {EXTERNAL: "external bank", SCRATCHPAD: "scratchpad"}


class Job(NamedTuple):
    """One product and where it runs. In bank and scratchpad A, B and C lie behind each other from the offset on."""

    operands: Operands
    bank: int
    bank_offset: int
    scratchpad: int
    scratchpad_offset: int
    tile: int
    engine: int

    @property
    def size(self) -> int:
        """Bytes of A, B and C together."""
        return len(self.operands.a) + len(self.operands.b) + self.operands.c_bytes


class MatMulRuns(MemoryAccess, Compute, Activity, Control, Inventory):
    """Runs of whole matrix products."""

    __slots__ = ()

    def run_matmul_test(
        self,
        test: MatMulTest,
        memory_bank_id: SupportsIndex = 0,
        scratchpad_id: SupportsIndex = 0,
        compute_tile_id: SupportsIndex = 0,
    ) -> bool:
        """Simulates C = A B and compares the result; True if every element is as expected.

        DMA engine 0 brings A and B from the bank to the scratchpad and C back; the result is read from the bank.
        Expected is `test.expected_c`, or the plain float32 product if that is empty, within 1e-5 relative and absolute;
        NaN equals nothing. The simulator must be idle. Time goes on; memory is afterwards as it was before.

        Errors: ValueError for operands of the wrong length, a zero dimension or matrices that do not fit; RuntimeError
        when the simulator is busy; IndexError for an id that does not exist.

        >>> sim.run_matmul_test(generate_simple_matmul_test(4, 4, 4))
        True
        """
        if not isinstance(test, MatMulTest):
            raise KpuTypeError(f"test must be a MatMulTest, got {type(test).__name__}", "KPU_TYPE")
        names = ("matrix_a", "matrix_b")
        operands = _products.checked_operands(test.matrix_a, test.matrix_b, test.m, test.n, test.k, names)
        expected: Sequence[float] = ()
        if len(test.expected_c):
            expected = _products.checked_product(test.expected_c, operands.m, operands.n, "expected_c")
        actual = self._run_one(operands, memory_bank_id, scratchpad_id, compute_tile_id)
        if not len(expected):
            expected = _products.plain_product(self._link.connection, operands)
        return _products.first_mismatch(actual, expected) is None

    def run_numpy_matmul(
        self,
        a: npt.ArrayLike,
        b: npt.ArrayLike,
        memory_bank_id: SupportsIndex = 0,
        scratchpad_id: SupportsIndex = 0,
        compute_tile_id: SupportsIndex = 0,
    ) -> npt.NDArray[np.float32]:
        """The simulated product of a (M, K) and a (K, N) array, as a new float32 array of shape (M, N).

        The operands are cast to float32. See `run_matmul_test` for how it runs and for errors; shapes that do not fit
        raise a ShapeError, which is a ValueError and a RuntimeError.
        """
        numpy = _values.require_numpy()
        left, right = numpy.asarray(a), numpy.asarray(b)
        for name, matrix in (("a", left), ("b", right)):
            if matrix.ndim != _MATRIX_DIMENSIONS:
                raise ShapeError(f"{name} must be a 2-D array, got shape {matrix.shape}", "KPU_SHAPE")
            if 0 in matrix.shape:
                raise ShapeError(f"{name} must not be empty, got shape {matrix.shape}", "KPU_DIMENSION")
        (m, k), (inner, n) = left.shape, right.shape
        if k != inner:
            message = f"the inner dimensions differ: a is {left.shape}, b is {right.shape}, and {k} is not {inner}"
            raise ShapeError(message, "KPU_SHAPE")
        to_float32 = _values.float32_bytes_of_array
        operands = Operands(m, n, k, to_float32(left), to_float32(right))
        product = self._run_one(operands, memory_bank_id, scratchpad_id, compute_tile_id)
        result: npt.NDArray[np.float32] = numpy.array(product, "<f4").reshape(m, n)
        return result

    def _run_one(
        self, operands: Operands, bank_id: SupportsIndex, scratchpad_id: SupportsIndex, tile_id: SupportsIndex
    ) -> array.array[float]:
        bank = self._existing(EXTERNAL, bank_id, "memory_bank_id")
        scratchpad = self._existing(SCRATCHPAD, scratchpad_id, "scratchpad_id")
        tile = self._existing_unit(COMPUTE_TILE, tile_id, "compute_tile_id")
        engine = self._existing_unit(DMA, 0, "dma_id")
        return self._run_jobs([Job(operands, bank, 0, scratchpad, 0, tile, engine)])[0]

    def _run_jobs(self, jobs: Sequence[Job]) -> list[array.array[float]]:
        """Runs products side by side and gives the C of each, as read from the simulated banks."""
        link = self._link
        link.require_outside_callback("a matrix product run")
        used = self._used(jobs)
        saved = [(kind, number, self._read_bytes(kind, number, 0, size)) for (kind, number), size in used.items()]
        if not link.is_idle:
            raise KpuRuntimeError(
                "the simulator must be idle for a matrix product run: call run_until_idle() first", "KPU_BUSY"
            )
        try:
            return self._move_and_multiply(jobs)
        finally:
            if link.loss is None:
                if not link.is_idle:  # an exception came in between
                    for job in jobs:
                        link.drop_work(DMA, job.engine)
                        link.drop_work(COMPUTE_TILE, job.tile)
                for kind, number, content in saved:
                    self._write(kind, number, "id", 0, memoryview(content))

    def _used(self, jobs: Sequence[Job]) -> dict[tuple[int, int], int]:
        """How many bytes of which memories the jobs use, from the start of each. Refuses what does not fit."""
        used: dict[tuple[int, int], int] = {}
        for job in jobs:
            for kind, number, offset in (
                (EXTERNAL, job.bank, job.bank_offset),
                (SCRATCHPAD, job.scratchpad, job.scratchpad_offset),
            ):
                end = offset + job.size
                used[kind, number] = max(used.get((kind, number), 0), end)
                capacity = self._layout[kind].capacity_of(number)
                if end > capacity:
                    m, n, k, _, _ = job.operands
                    name = f"{_MEMORY_NAMES[kind]} {number}"
                    raise ShapeError(
                        f"A ({m} x {k}), B ({k} x {n}) and C ({m} x {n}) need {end} bytes of {name}, "
                        f"which has {capacity}",
                        "KPU_SIZE",
                        {"component": name, "neededBytes": end, "availableBytes": capacity},
                    )
        return used

    def _move_and_multiply(self, jobs: Sequence[Job]) -> list[array.array[float]]:
        for job in jobs:
            m, n, k, a, b = job.operands
            self._write(EXTERNAL, job.bank, "bank_id", job.bank_offset, a)
            self._write(EXTERNAL, job.bank, "bank_id", job.bank_offset + len(a), b)
            bank, scratchpad = self._starts(job)
            self.dma_external_to_scratchpad(job.engine, bank, scratchpad, len(a))
            self.dma_external_to_scratchpad(job.engine, bank + len(a), scratchpad + len(a), len(b))
        self.run_until_idle()
        for job in jobs:
            m, n, k, a, b = job.operands
            start = job.scratchpad_offset
            self.start_matmul(job.tile, job.scratchpad, m, n, k, start, start + len(a), start + len(a) + len(b))
        self.run_until_idle()
        for job in jobs:
            inputs = len(job.operands.a) + len(job.operands.b)
            bank, scratchpad = self._starts(job)
            self.dma_scratchpad_to_external(job.engine, scratchpad + inputs, bank + inputs, job.operands.c_bytes)
        self.run_until_idle()
        return [self._product_in_bank(job) for job in jobs]

    def _starts(self, job: Job) -> tuple[int, int]:
        """Global addresses of a job's data in its bank and in its scratchpad."""
        bank = self.get_external_bank_base(job.bank) + job.bank_offset
        return bank, self.get_scratchpad_base(job.scratchpad) + job.scratchpad_offset

    def _product_in_bank(self, job: Job) -> array.array[float]:
        product = _values.new_floats(job.operands.m * job.operands.n)
        offset = job.bank_offset + len(job.operands.a) + len(job.operands.b)
        self._read_into(EXTERNAL, job.bank, offset, _values.as_bytes(product))
        return product
