"""Matrix products of any size on the whole machine."""

from __future__ import annotations

import array
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from . import _arguments
from ._matmul_runs import MatMulRuns
from ._matrices import Matrix, nested, product_operands
from ._options import require_options
from ._progress import Progress, ShowProgress, progress_function
from ._protocol import HOST, RUN_UNTIL_IDLE
from .data_type import DataType, data_type, elements_per_byte
from .errors import KpuTypeError, ShapeError
from .number_conversion import array_bytes, decoded, decoded_array, encoded, encoded_array
from .tiled_matmul import TiledMatmulResult, report_from_engine
from .tiled_options import TiledOptions, checked_options

if TYPE_CHECKING:
    from typing_extensions import Unpack


class TiledMatmulRun:
    """A tiled product that has been started (`KPUSimulator.start_tiled_matmul`).

    Attributes:
        steps: how many steps the program has.

    """

    __slots__ = ("_as_array", "_c_place", "_dtype", "_result", "_simulator", "_sizes", "steps")

    def __init__(
        self,
        simulator: TiledRuns,
        steps: int,
        sizes: tuple[int, int],
        c_place: int | None,
        *,
        as_array: bool,
        dtype: DataType,
    ) -> None:
        self.steps = steps
        self._simulator = simulator
        self._sizes = sizes
        self._c_place = c_place
        self._as_array = as_array
        self._dtype = dtype
        self._result: TiledMatmulResult | None = None

    def result(self) -> TiledMatmulResult:
        """Runs the simulator, and with it all KPUs of its system, until idle if need be, and gives the result.

        Its report counts cycles from the start of the product to the first call of this. Errors are those of
        `run_until_idle`; ValueError when the product was dropped by a reset or by another product.
        """
        if self._result is None:
            self._result = self._simulator._finish_tiled_matmul(
                self._sizes, self._c_place, as_array=self._as_array, dtype=self._dtype
            )
        return self._result


class TiledRuns(MatMulRuns):
    """Tiled matrix products through every level of the memory hierarchy."""

    __slots__ = ()

    def run_tiled_matmul(
        self, a: Any = None, b: Any = None, *, progress: Progress = None, **options: Unpack[TiledOptions]
    ) -> TiledMatmulResult:
        """Simulates C = A B on the whole machine: host, external memory, L3, L2, L1, arrays, and back.

        A (m, k) and B (k, n) are arrays or nested lists; they are rounded to `dtype`. A simulator of times only
        (`timing_only=True`) needs no operands: `shape=(m, n, k)` says how large the product is. All compute tiles and
        engines work, or as many as `tiles`, `dma_engines`, `block_movers` and `streamers` say, each waiting for the
        others by semaphores only. Tile sizes that are not given are those with the least predicted cycles that fit; the
        compute tiles work in a grid of `grid_rows` rows. With `double_buffer` (two buffers at every level) transfers
        and products overlap. `TiledOptions` has all options.

        With `scale`, `bias`, `activation` or another `result_dtype` the sums pass the vector units, and
        C = f(A B x scale + bias); scales and biases of columns travel from host memory behind the last tile of B.

        The result has `c`, bit-equal to the plain float32 loop with k ascending, or int32 for whole numbers (an array
        if A or B is one, else nested lists), and `report`: cycles, utilization, bytes by level, where every engine's
        cycles went, the roofline.

        It uses the memories from their first byte on, host region 0 from `host_base` on; nothing is put back. Ctrl-C
        stops it: `run_until_idle()` then goes on to the end (without a result), `reset()` drops it.

        Errors: ShapeError (a ValueError and RuntimeError) for operands that do not fit each other, ValueError for sizes
        below 1, tilings that do not fit into the memories, a dtype that does not suit the machine or the operands, and
        scales that are not positive and finite or not as many as there are columns, IndexError for units that the
        machine does not have, RuntimeError when the simulator is busy. Nothing is started then.

        >>> result = sim.run_tiled_matmul([[1.0, 2.0], [3.0, 4.0]], [[1.0, 0.0], [0.0, 1.0]])
        >>> result.c
        [[1.0, 2.0], [3.0, 4.0]]
        >>> sim.run_tiled_matmul([[1, 2], [3, 4]], [[5, 0], [0, -5]], dtype="int8", scale=0.5, bias=[1.0, 2.0]).c
        [[3.5, -3.0], [8.5, -8.0]]
        """
        show = progress_function(progress, "step")
        run = self.start_tiled_matmul(a, b, **options)
        self._run_steps(run.steps, show)
        return run.result()

    def start_tiled_matmul(self, a: Any = None, b: Any = None, **options: Unpack[TiledOptions]) -> TiledMatmulRun:
        """Starts what `run_tiled_matmul` does, with the same arguments and errors, without running the simulator.

        The result is to be had of `TiledMatmulRun.result`. So the KPUs of a system can work at the same time, each on a
        product of its own; as they share the host's memory, each needs room of its own there (`host_base`, a byte
        offset in host region 0).
        """
        link = self._link
        link.require_outside_callback("a tiled product")
        require_options(options, TiledOptions, "run_tiled_matmul")
        wanted = data_type(options.get("dtype", DataType.FLOAT32))
        if wanted is not DataType.FLOAT32:
            a, b = _kept(a), _kept(b)
        left, right, (m, n, k) = self._operands(a, b, options.get("shape"))
        plan = checked_options(options, n)
        contents = [
            (place, matrix.data if wanted is DataType.FLOAT32 else _in_format(values, wanted))
            for place, values, matrix in (("a", a, left), ("b", b, right))
            if matrix is not None
        ]
        if plan.parameters and not self._config.timing_only:
            contents.append(("parameters", memoryview(b"".join(row.tobytes() for row in plan.parameters))))
        begun = link.query_change("beginTiledMatmul", m=m, n=n, k=k, **plan.arguments)
        places = begun["places"]
        for place, content in contents:
            self._write(HOST, 0, "region_id", int(places[place]), content)
        as_array = left is not None and right is not None and (left.is_array or right.is_array)
        c_place = None if left is None or right is None else int(places["c"])
        steps = int(begun["steps"])
        return TiledMatmulRun(self, steps, (m, n), c_place, as_array=as_array, dtype=plan.result_dtype)

    def _finish_tiled_matmul(
        self, sizes: tuple[int, int], c_place: int | None, *, as_array: bool, dtype: DataType
    ) -> TiledMatmulResult:
        self._link.run(RUN_UNTIL_IDLE)
        report = report_from_engine(self._link.query("finishTiledMatmul"))
        if c_place is None:
            return TiledMatmulResult(None, report)
        content = bytearray(array_bytes(dtype, sizes))
        self._read_into(HOST, 0, c_place, memoryview(content))
        return TiledMatmulResult(
            decoded_array(content, dtype, sizes) if as_array else _lists(content, dtype, sizes), report
        )

    def _operands(self, a: Any, b: Any, shape: Any) -> tuple[Matrix | None, Matrix | None, tuple[int, int, int]]:
        """The operands, where they have values, and the sizes m, n and k of the product."""
        if shape is None:
            if a is None or b is None:
                message = "a tiled product needs a and b, or on a simulator of times only shape=(m, n, k)"
                raise KpuTypeError(message, "KPU_TYPE")
            left, right = product_operands(a, b)
            sizes = (left.rows, right.cols, left.cols)
            return (None, None, sizes) if self._config.timing_only else (left, right, sizes)
        if a is not None or b is not None:
            raise ShapeError("give either the operands a and b or shape=(m, n, k), not both", "KPU_SHAPE")
        if not self._config.timing_only:
            message = "shape without operands is for simulators of times only (timing_only=True); give a and b"
            raise ShapeError(message, "KPU_SHAPE")
        if not isinstance(shape, (tuple, list)) or len(shape) != len("mnk"):
            raise ShapeError(f"shape must be (m, n, k), got {shape!r}", "KPU_SHAPE")
        m, n, k = (_arguments.dimension(size, name) for size, name in zip(shape, "mnk"))
        return None, None, (m, n, k)

    def _run_steps(self, steps: int, show: ShowProgress | None) -> None:
        link = self._link
        while not link.run_slice(RUN_UNTIL_IDLE):
            if show is not None:
                show(int(link.query("tiledMatmulProgress")["done"]), steps)
            link.connection.let_others_in()
        if show is not None:
            show(steps, steps)


def _kept(values: Any) -> Any:
    """Rows of numbers as lists, so that they can be gone through twice; anything else as it is."""
    text = (str, bytes, bytearray)
    if hasattr(values, "__array__") or not isinstance(values, Iterable) or isinstance(values, (*text, memoryview)):
        return values
    return [list(row) if isinstance(row, Iterable) and not isinstance(row, text) else row for row in values]


def _in_format(values: Any, dtype: DataType) -> memoryview:
    """The bytes of a checked matrix, from what the user gave, since float32 does not hold all whole numbers."""
    if hasattr(values, "__array__"):
        return encoded_array(values, dtype)
    if isinstance(values, memoryview):
        return encoded(values, dtype)
    if dtype is DataType.INT4 and len(values[0]) % 2:
        # Each row begins at a whole byte.
        values = [[*row, 0] for row in values]
    return encoded([element for row in values for element in row], dtype)


def _lists(content: bytearray, dtype: DataType, sizes: tuple[int, int]) -> list[list[Any]]:
    """A matrix out of its bytes, as a list for each row."""
    m, n = sizes
    padded = n + n % elements_per_byte(dtype)
    numbers = array.array("i" if dtype is DataType.INT32 else "f")
    if dtype in (DataType.FLOAT32, DataType.INT32):
        numbers.frombytes(content)
    else:
        numbers = decoded(memoryview(content), dtype, m * padded)
    return [row[:n] for row in nested(numbers, m, padded)]
