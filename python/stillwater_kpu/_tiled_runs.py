"""Matrix products of any size on the whole machine."""

from __future__ import annotations

import sys
import time
from typing import Any, Callable, SupportsIndex, Union

from . import _arguments, _values
from ._compute import dataflow_name
from ._matmul_runs import MatMulRuns
from ._matrices import is_array, matrix, shaped
from ._protocol import HOST, RUN_UNTIL_IDLE
from .errors import ShapeError
from .stepped_array import SteppedArray, float_bits
from .tiled_matmul import TiledMatmulResult, report_from_engine

Progress = Union[bool, Callable[[int, int], object], None]
"""Called with the steps done and all steps now and then; True prints a line with rate and time left on a terminal."""


class TiledRuns(MatMulRuns):
    """Matrix products on the whole machine, and on an array beside it, cycle by cycle."""

    __slots__ = ()

    def create_stepped_array(self, a: Any, b: Any, *, dataflow: str | None = None, c: Any = None) -> SteppedArray:
        """A systolic array of the size of this simulator's that computes C = A B, or C + A B, cycle by cycle.

        A (m, k), B (k, n) and C (m, n) are arrays or nested lists, of at most 2^20 elements each. `dataflow` overrides
        the configured one. The array stands beside the machine: stepping it takes no simulated time there.

        >>> array = sim.create_stepped_array([[1.0, 2.0]], [[3.0], [4.0]])
        >>> array.run()
        >>> array.result
        [[11.0]]
        """
        (m, k, left), (inner, n, right) = matrix(a, "a"), matrix(b, "b")
        if k != inner:
            raise ShapeError(f"the inner dimensions differ: a is ({m}, {k}), b is ({inner}, {n})", "KPU_SHAPE")
        start = None
        if c is not None:
            rows, cols, sums = matrix(c, "c")
            if (rows, cols) != (m, n):
                raise ShapeError(f"c must be ({m}, {n}), got ({rows}, {cols})", "KPU_SHAPE")
            start = float_bits(sums)
        link = self._link
        discarded = link.discarded_arrays[:]
        del link.discarded_arrays[: len(discarded)]
        made = link.query(
            "makeSteppedArray",
            m=m,
            n=n,
            k=k,
            a=float_bits(left),
            b=float_bits(right),
            c=start,
            dataflow=dataflow_name(dataflow),
            discarded=discarded,
        )
        return SteppedArray(link, made, m, n, as_array=is_array(a) or is_array(b))

    def run_tiled_matmul(
        self,
        a: Any,
        b: Any,
        *,
        tile_m: SupportsIndex | None = None,
        tile_n: SupportsIndex | None = None,
        tile_k: SupportsIndex | None = None,
        dataflow: str | None = None,
        double_buffer: bool = True,
        tiles: SupportsIndex | None = None,
        dma_engines: SupportsIndex | None = None,
        block_movers: SupportsIndex | None = None,
        streamers: SupportsIndex | None = None,
        grid_rows: SupportsIndex | None = None,
        progress: Progress = None,
    ) -> TiledMatmulResult:
        """Simulates C = A B on the whole machine: host, external memory, L3, L2, L1, arrays, and back.

        A (m, k) and B (k, n) are arrays or nested lists; they are cast to float32. All compute tiles and engines work,
        or as many as `tiles`, `dma_engines`, `block_movers` and `streamers` say, each waiting for the others by
        semaphores only. Tile sizes that are not given are those with the least predicted cycles that fit; the compute
        tiles work in a grid of `grid_rows` rows. With `double_buffer` (two buffers at every level) transfers and
        products overlap.

        The result has `c`, bit-equal to the plain float32 loop with k ascending (an array if A or B is one, else nested
        lists), and `report`: cycles, utilization, bytes by level, where every engine's cycles went, the roofline.

        It uses the memories from their first byte on, host region 0 among them; nothing is put back. Ctrl-C stops it:
        `run_until_idle()` then goes on to the end (without a result), `reset()` drops it.

        Errors: ShapeError (a ValueError and RuntimeError) for operands that do not fit each other, ValueError for sizes
        below 1 and tilings that do not fit into the memories, IndexError for units that the machine does not have,
        RuntimeError when the simulator is busy. Nothing is started then.

        >>> result = sim.run_tiled_matmul([[1.0, 2.0], [3.0, 4.0]], [[1.0, 0.0], [0.0, 1.0]])
        >>> result.c
        [[1.0, 2.0], [3.0, 4.0]]
        """
        link = self._link
        link.require_outside_callback("run_tiled_matmul()")
        (m, k, left), (inner, n, right) = matrix(a, "a"), matrix(b, "b")
        if k != inner:
            raise ShapeError(f"the inner dimensions differ: a is ({m}, {k}), b is ({inner}, {n})", "KPU_SHAPE")
        whole = {
            "tileM": tile_m,
            "tileN": tile_n,
            "tileK": tile_k,
            "tiles": tiles,
            "dmaEngines": dma_engines,
            "blockMovers": block_movers,
            "streamers": streamers,
            "gridRows": grid_rows,
        }
        given = {name: _arguments.dimension(value, name) for name, value in whole.items() if value is not None}
        begun = link.query(
            "beginTiledMatmul",
            m=m,
            n=n,
            k=k,
            dataflow=dataflow_name(dataflow),
            doubleBuffer=bool(double_buffer),
            **given,
        )
        places, has_values = begun["places"], not self._config.timing_only
        if has_values:
            self._write(HOST, 0, "region_id", places["a"], left)
            self._write(HOST, 0, "region_id", places["b"], right)
        self._run_steps(int(begun["steps"]), progress)
        report = report_from_engine(link.query("finishTiledMatmul"))
        if not has_values:
            return TiledMatmulResult(None, report)
        product = _values.new_floats(m * n)
        self._read_into(HOST, 0, int(places["c"]), _values.as_bytes(product))
        return TiledMatmulResult(shaped(product, m, n, as_array=is_array(a) or is_array(b)), report)

    def _run_steps(self, steps: int, progress: Progress) -> None:
        link = self._link
        show = _meter() if progress is True else progress or None
        while not link.run_slice(RUN_UNTIL_IDLE):
            if show is not None:
                show(int(link.query("tiledMatmulProgress")["done"]), steps)
            link.connection.let_others_in()
        if show is not None:
            show(steps, steps)


def _meter() -> Callable[[int, int], object] | None:
    """Shows progress on a terminal; nothing where standard error goes elsewhere."""
    if not sys.stderr.isatty():
        return None
    start = time.monotonic()

    def show(done: int, steps: int) -> None:
        elapsed = max(time.monotonic() - start, 1e-9)
        left = (steps - done) * elapsed / max(done, 1)
        end = "\n" if done == steps else ""
        line = f"\r{done}/{steps} steps, {done / elapsed:.0f} steps/s, {left:.1f} s left "
        sys.stderr.write(line + end)
        sys.stderr.flush()

    return show
