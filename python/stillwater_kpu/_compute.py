"""Starting matrix products, and the semaphores that put work in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsFloat, SupportsIndex

from . import _arguments
from ._protocol import (
    CREDIT_MEANINGS,
    FUSED_MATMUL,
    FUSED_MATMUL_FRAME,
    HAS_BIAS,
    MATMUL,
    MATMUL_FRAME,
    SEMAPHORE,
    SEMAPHORE_HEAD,
    SEMAPHORE_REPLY,
    TAG_BYTES,
    pack,
)
from ._scales import checked_scales
from ._transfers import Transfers
from ._vector_arguments import activation_code, optional_address
from .activation_type import ActivationType
from .data_type import DataType, data_type
from .errors import KpuTypeError, KpuValueError
from .semaphores import CreditRequests, Semaphore, pack_credits

if TYPE_CHECKING:
    from ._base import Callback


DATAFLOWS = ("output_stationary", "weight_stationary", "input_stationary")


def dataflow_name(dataflow: str | None) -> str | None:
    """A dataflow, checked; None is the configured one. TypeError or ValueError for anything else."""
    if dataflow is None:
        return None
    if not isinstance(dataflow, str):
        raise KpuTypeError(f"dataflow must be a str, got {type(dataflow).__name__}", "KPU_TYPE")
    if dataflow not in DATAFLOWS:
        raise KpuValueError(f"dataflow must be one of {', '.join(DATAFLOWS)}, got {dataflow!r}", "KPU_ARGUMENT")
    return dataflow


def dataflow_code(dataflow: str | None) -> int:
    """Zero for the configured dataflow, else its place in `DATAFLOWS` plus one."""
    name = dataflow_name(dataflow)
    return 0 if name is None else DATAFLOWS.index(name) + 1


def matmul_formats(dtype: Any, result_dtype: Any) -> bytes:
    """The formats of a product as they end MATMUL; nothing where all is float32."""
    operands = data_type(dtype)
    if operands is DataType.FLOAT32 and result_dtype is None:
        return b""
    return bytes([operands, 0 if result_dtype is None else data_type(result_dtype) + 1])


class Compute(Transfers):
    """Matrix products on compute tiles; errors, callbacks and semaphores are as for transfers."""

    __slots__ = ()

    def create_semaphore(self, name: str = "", initial: SupportsIndex = 0, grants: str = "data") -> Semaphore:
        """A new counting semaphore with `initial` credits, which it has again after `reset`; `name` stands in reports.

        `grants` says what a credit stands for: ``"data"`` that has arrived, or ``"space"`` that has become free.
        Statistics and traces tell waits for the one from waits for the other.

        >>> arrived = sim.create_semaphore("arrived")
        >>> bank, pad = sim.get_external_bank_base(0), sim.get_scratchpad_base(0)
        >>> sim.start_dma_transfer(0, bank, pad, 64, signal=[arrived])
        >>> sim.start_dma_transfer(1, pad, sim.get_l3_tile_base(0), 64, wait_for=[arrived])
        >>> sim.run_until_idle()
        """
        if not isinstance(name, str):
            raise KpuTypeError(f"name must be a str, got {type(name).__name__}", "KPU_TYPE")
        if not isinstance(grants, str):
            raise KpuTypeError(f"grants must be 'data' or 'space', got {type(grants).__name__}", "KPU_TYPE")
        if grants not in CREDIT_MEANINGS:
            raise KpuValueError(f"grants must be 'data' or 'space', got {grants!r}", "KPU_ARGUMENT")
        link = self._link
        credit = _arguments.size(initial, "initial", "KPU_ARGUMENT")
        encoded = name.encode()
        meaning = CREDIT_MEANINGS[grants]
        frame = pack(SEMAPHORE_HEAD, SEMAPHORE, link.handle, credit, meaning, behind=len(encoded)) + encoded
        (number,) = SEMAPHORE_REPLY.unpack(link.call(frame, TAG_BYTES, SEMAPHORE_REPLY.size))
        return Semaphore(link, number, name or f"semaphore {number}", grants)

    def start_matmul(
        self,
        tile_id: SupportsIndex,
        scratchpad_id: SupportsIndex,
        m: SupportsIndex,
        n: SupportsIndex,
        k: SupportsIndex,
        a_addr: SupportsIndex,
        b_addr: SupportsIndex,
        c_addr: SupportsIndex,
        callback: Callback = None,
        *,
        accumulate: bool = False,
        dataflow: str | None = None,
        dtype: Any = DataType.FLOAT32,
        result_dtype: Any = None,
        queued: bool = False,
        bias_addr: SupportsIndex | None = None,
        activation: ActivationType | int | str = ActivationType.NONE,
        slope: SupportsFloat = 0.01,
        scale: SupportsFloat | None = None,
        scale_addr: SupportsIndex | None = None,
        result_scale: SupportsFloat | None = None,
        result_zero_point: SupportsIndex | None = None,
        wait_for: CreditRequests = (),
        signal: CreditRequests = (),
    ) -> None:
        """Starts C = A B on a compute tile, all in one scratchpad: A is m x k, B k x n, C m x n, row-major.

        The addresses are byte offsets in the scratchpad. Any size is cut into folds of the array. Each element is
        summed up with k ascending, rounded to float32 after each product and each sum.

        `dtype` is the format of A and B; rows of INT4 begin at whole bytes. Floating-point operands are widened to
        float32 exactly; whole numbers are summed up in int32, modulo 2^32. C is float32 or int32, or `result_dtype`,
        to which the finished sums are rounded: floating-point ones to nearest, whole ones to the format's bounds.

        With `accumulate` the sums start at the values that C has when the product starts (C += A B), in the same
        cycles. `dataflow` ('output_stationary', 'weight_stationary' or 'input_stationary') overrides the configured one
        for this product; the values do not depend on it, the cycles do.

        With `queued` it waits behind the products that the tile has; without, a busy tile is a RuntimeError.

        With a bias, an `activation`, a scale or a scale of the result the sums pass from the array to the tile's vector
        unit, which writes C; raw sums never reach memory. C = f(A B x scale + bias): `scale` is a number, or with
        `scale_addr` one for each column, and `bias_addr` is where the n biases lie, all float32. The sums are rounded
        to float32 first; whole numbers need a scale, the product of the scales of quantized operands. `slope` is that
        of LEAKY_RELU below 0. C is float32, or `result_dtype`, which may be any format then: rounded to nearest, and
        what is beyond it takes the nearest bound. Whole numbers stand for results by `result_scale` (1) and
        `result_zero_point` (0), as in `Quantization`: result / result_scale, rounded, plus the zero point; a NaN
        becomes the zero point. With `accumulate` C holds sums before and the result after the product.

        The array has two sets of accumulators, so that it can go on with the next product meanwhile. The callback and
        `signal` belong to the vector unit's completion.

        Errors beside those of transfers: RuntimeError while the tile is busy, ValueError for a dimension of zero, an
        unknown dataflow, dtype or activation, a dtype wider than the machine's `operand_bits`, a scale that is not
        positive and finite, or a result of the other kind that does not pass the vector unit.
        """
        link = self._link
        function = _arguments.completion_callback(callback)
        arguments = (
            _arguments.component_id(tile_id, "tile_id"),
            _arguments.component_id(scratchpad_id, "scratchpad_id"),
            _arguments.dimension(m, "m"),
            _arguments.dimension(n, "n"),
            _arguments.dimension(k, "k"),
            _arguments.address(a_addr, "a_addr"),
            _arguments.address(b_addr, "b_addr"),
            _arguments.address(c_addr, "c_addr"),
        )
        bias = optional_address(bias_addr, "bias_addr")
        function_code = activation_code(activation)
        factor = _arguments.real(slope, "slope")
        wanted = DataType.FLOAT32 if result_dtype is None else data_type(result_dtype)
        scales = checked_scales(scale, scale_addr, result_scale, result_zero_point, wanted)
        flags = bytes([bool(queued) | bool(accumulate) << 1, dataflow_code(dataflow)])
        ends = pack_credits(link, wait_for, "wait_for") + pack_credits(link, signal, "signal")
        ends += matmul_formats(dtype, result_dtype)
        number = self._keep(function)
        try:
            if bias is None and not scales.present and function_code == ActivationType.NONE:
                link.change(MATMUL_FRAME, MATMUL, *arguments, number, behind=flags + ends)
            else:
                present = scales.present | (bias is not None) * HAS_BIAS
                epilogue = (function_code, present, bias or 0, factor, *scales.numbers)
                link.change(FUSED_MATMUL_FRAME, FUSED_MATMUL, *epilogue, *arguments, number, behind=flags + ends)
        except Exception:
            link.callbacks.pop(number, None)
            raise

    def get_pe_activity(self, tile_id: SupportsIndex) -> list[list[float]]:
        """Operand words that each processing element has multiplied in completed products: a row for each array row.

        With 32-bit operands and float32 these are its multiply-accumulates.

        One number for a tile without a systolic array. What a heat map of the array shows.
        """
        tile = _arguments.component_id(tile_id, "tile_id")
        counts: list[float] = self._link.query("peActivity", tile=tile)
        width = self.get_systolic_array_cols(tile) or 1
        return [counts[start : start + width] for start in range(0, len(counts), width)]
