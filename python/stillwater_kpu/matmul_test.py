"""Matrix products as tests: operands, generators and the comparison."""

from __future__ import annotations

import array
from typing import TYPE_CHECKING, SupportsFloat, SupportsIndex

from . import _arguments, _engines, _products
from ._protocol import DMA, SCRATCHPAD
from .config import SimulatorConfig
from .errors import KpuTypeError, KpuValueError

if TYPE_CHECKING:
    from ._values import Numbers
    from .simulator import KPUSimulator

__all__ = [
    "MatMulTest",
    "generate_multi_bank_config",
    "generate_random_matrix",
    "generate_simple_matmul_test",
    "run_distributed_matmul_test",
    "verify_matmul_result",
]


_BANKS_MEANT = 2


class MatMulTest:
    """Operands of C = A B, and the C to expect. All matrices are flat lists in row-major order.

    Attributes:
        m, n, k: A is m x k, B is k x n, C is m x n.
        matrix_a, matrix_b: the operands.
        expected_c: the product to compare with; empty means the plain float32 product.

    """

    __slots__ = ("expected_c", "k", "m", "matrix_a", "matrix_b", "n")

    def __init__(
        self,
        m: int = 0,
        n: int = 0,
        k: int = 0,
        matrix_a: list[float] | None = None,
        matrix_b: list[float] | None = None,
        expected_c: list[float] | None = None,
    ) -> None:
        self.m = m
        self.n = n
        self.k = k
        self.matrix_a: list[float] = [] if matrix_a is None else matrix_a
        self.matrix_b: list[float] = [] if matrix_b is None else matrix_b
        self.expected_c: list[float] = [] if expected_c is None else expected_c

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MatMulTest):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    def __repr__(self) -> str:
        expected = f"{len(self.expected_c)} expected numbers" if len(self.expected_c) else "nothing expected"
        return f"<MatMulTest {self.m} x {self.k} times {self.k} x {self.n}, {expected}>"


def generate_random_matrix(
    rows: SupportsIndex,
    cols: SupportsIndex,
    min_val: float = -1.0,
    max_val: float = 1.0,
    seed: int | None = None,
) -> list[float]:
    """A flat matrix of uniform random float32 numbers; the same ones for the same seed."""
    import random  # takes a while to import, and few need it

    count = _arguments.dimension(rows, "rows") * _arguments.dimension(cols, "cols")
    uniform = random.Random(seed).uniform  # noqa: S311  # operands of tests, no secrets
    return array.array("f", (uniform(min_val, max_val) for _ in range(count))).tolist()


def generate_simple_matmul_test(
    m: SupportsIndex = 4, n: SupportsIndex = 4, k: SupportsIndex = 4, seed: int | None = None
) -> MatMulTest:
    """A test with random operands between -2 and 2 and their plain float32 product; the same one for the same seed."""
    a = generate_random_matrix(m, k, -2.0, 2.0, seed)
    b = generate_random_matrix(k, n, -2.0, 2.0, None if seed is None else seed + 1)
    operands = _products.checked_operands(a, b, m, n, k, ("matrix_a", "matrix_b"))
    expected = _products.plain_product(_engines.shared_connection(), operands)
    return MatMulTest(operands.m, operands.n, operands.k, a, b, expected.tolist())


def verify_matmul_result(
    a: Numbers,
    b: Numbers,
    c: Numbers,
    m: SupportsIndex,
    n: SupportsIndex,
    k: SupportsIndex,
    tolerance: SupportsFloat = 1e-5,
) -> bool:
    """Whether C is the product of A and B (flat, row-major, A m x k, B k x n), within a tolerance.

    An element x is right if |x - e| <= tolerance + tolerance |e|, where e is that of the plain float32 product; NaN
    never is. Prints the first one that is not. ValueError for matrices of the wrong length.
    """
    operands = _products.checked_operands(a, b, m, n, k, ("a", "b"))
    actual = _products.checked_product(c, operands.m, operands.n, "c")
    limit = _checked_tolerance(tolerance)
    expected = _products.plain_product(_engines.shared_connection(), operands)
    mismatch = _products.first_mismatch(actual, expected, limit)
    if mismatch is None:
        return True
    row, column = divmod(mismatch.position, operands.n)
    print(f"mismatch at C[{row}, {column}]: {mismatch.actual} instead of {mismatch.expected}")
    return False


def generate_multi_bank_config(num_banks: SupportsIndex = 4, num_tiles: SupportsIndex = 2) -> SimulatorConfig:
    """A configuration with several external banks (512 MB, 16 GB/s) and a 256 KB scratchpad for each compute tile."""
    banks = _arguments.size(num_banks, "num_banks")
    tiles = _arguments.size(num_tiles, "num_tiles")
    return SimulatorConfig(
        memory_bank_count=banks,
        memory_bank_capacity_mb=512,
        memory_bandwidth_gbps=16,
        scratchpad_count=tiles,
        scratchpad_capacity_kb=256,
        compute_tile_count=tiles,
        dma_engine_count=banks + tiles,
    )


def run_distributed_matmul_test(sim: KPUSimulator, matrix_size: SupportsIndex = 8) -> bool:
    """Multiplies two random square matrices on all compute tiles at once; True if the result is right.

    The rows of A are dealt out to the tiles. Each tile has its own scratchpad as far as there are enough, and the banks
    and DMA engines are shared out in turn. Memory is afterwards as it was before. Without compute tiles it says so and
    is False.
    """
    from ._matmul_runs import Job

    size = _arguments.dimension(matrix_size, "matrix_size")
    if size == 0:
        raise KpuValueError("matrix_size must be at least 1, got 0", "KPU_DIMENSION")
    banks, tiles = sim.get_memory_bank_count(), sim.get_compute_tile_count()
    if tiles < 1 or banks < 1:
        missing = "compute tiles" if tiles < 1 else "external memory banks"
        print(f"the distributed matrix product cannot run: the simulator has no {missing}")
        return False
    if banks < _BANKS_MEANT:
        print(f"warning: the distributed matrix product is meant for at least {_BANKS_MEANT} external memory banks")
    scratchpads = sim.get_scratchpad_count()
    engines = sim.get_dma_engine_count()
    sim._existing(SCRATCHPAD, 0, "scratchpad_id")
    sim._existing_unit(DMA, 0, "dma_id")
    a, b = generate_random_matrix(size, size, -2.0, 2.0), generate_random_matrix(size, size, -2.0, 2.0)
    whole = _products.checked_operands(a, b, size, size, size, ("a", "b"))
    workers = min(tiles, size)
    bank_ends, scratchpad_ends = [0] * banks, [0] * max(scratchpads, 1)
    jobs: list[Job] = []
    for tile in range(workers):
        first, last = tile * size // workers, (tile + 1) * size // workers
        rows = whole.a[4 * size * first : 4 * size * last]
        bank, scratchpad = tile % banks, tile % scratchpads
        operands = _products.Operands(last - first, size, size, rows, whole.b)
        job = Job(operands, bank, bank_ends[bank], scratchpad, scratchpad_ends[scratchpad], tile, tile % engines)
        bank_ends[bank] += job.size
        scratchpad_ends[scratchpad] += job.size
        jobs.append(job)
    actual: list[float] = []
    for part in sim._run_jobs(jobs):
        actual.extend(part)
    expected = _products.plain_product(sim._link.connection, whole)
    return _products.first_mismatch(actual, expected) is None


def _checked_tolerance(tolerance: SupportsFloat) -> float:
    try:
        limit = float(tolerance)
    except (TypeError, ValueError):
        raise KpuTypeError(f"tolerance must be a number, got {type(tolerance).__name__}", "KPU_TYPE") from None
    if not limit >= 0:
        raise KpuValueError(f"tolerance must not be negative, got {tolerance}", "KPU_ARGUMENT")
    return limit
