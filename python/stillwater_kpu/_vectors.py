"""Operations of the vector units of compute tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, SupportsFloat, SupportsIndex

from . import _arguments
from ._options import VectorOptions, require_options
from ._protocol import VECTOR, VECTOR_FRAME, VECTOR_UNIT
from ._scales import checked_scales, vector_formats
from ._transfer_start import TransferStart
from ._vector_arguments import activation_code, optional_address, place_in
from .activation_type import ActivationType
from .data_type import DataType, data_type
from .errors import KpuTypeError
from .semaphores import pack_credits

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._base import Callback

ELEMENTWISE_OPERATIONS = ("add", "subtract", "multiply", "maximum")
REDUCTIONS = ("max", "sum", "mean")

_KINDS = ("activation", "elementwise", "reduction", "softmax", "layernorm", "rmsnorm")
_ACTIVATION, _ELEMENTWISE, _REDUCTION, _SOFTMAX, _LAYERNORM, _RMSNORM = range(len(_KINDS))
_SHAPES = ("matrix_addr", "row_addr", "column_addr", "scalar")
_SCALAR = _SHAPES.index("scalar")
_HAS_SECOND, _HAS_THIRD = 1, 2


class _Task(NamedTuple):
    """What an operation is, but for where it runs."""

    kind: int
    code: int = 0
    shape: int = 0
    second: int | None = None
    third: int | None = None
    number: float = 0.0
    scale: SupportsFloat | None = None
    scale_addr: SupportsIndex | None = None


class _Place(NamedTuple):
    """Where an operation runs and what it works on, as the user has given it."""

    tile_id: SupportsIndex
    scratchpad_id: SupportsIndex
    rows: SupportsIndex
    cols: SupportsIndex
    src_addr: SupportsIndex
    dst_addr: SupportsIndex


class Vectors(TransferStart):
    """Operations on rows x cols matrices, row-major in one scratchpad.

    `src_addr` and `dst_addr` are byte offsets in it, and may be the same. Each compute tile has a vector unit with a
    queue of its own, beside its array. Operands are read when an operation starts, its result is written when it
    completes. One pass over the matrix takes rows x ceil(cols / vector_unit_width) + vector_pipeline_depth cycles.
    Callbacks, semaphores and errors are as for matrix products, but a busy unit queues. `options` are those of
    `VectorOptions`: number formats (float32 unless given), and semaphores.
    """

    __slots__ = ()

    def start_vector_activation(
        self,
        tile_id: SupportsIndex,
        scratchpad_id: SupportsIndex,
        rows: SupportsIndex,
        cols: SupportsIndex,
        src_addr: SupportsIndex,
        dst_addr: SupportsIndex,
        activation: ActivationType | int | str = ActivationType.NONE,
        callback: Callback = None,
        *,
        scale: SupportsFloat | None = None,
        scale_addr: SupportsIndex | None = None,
        bias_addr: SupportsIndex | None = None,
        slope: SupportsFloat = 0.01,
        **options: Unpack[VectorOptions],
    ) -> None:
        """Queues the activation function of each element, in one pass.

        With `scale` all elements are multiplied by it first, with `scale_addr` each by the one for its column, of a row
        of `cols` float32. Then, with `bias_addr`, such a row is added to each row. `slope` is that of LEAKY_RELU below
        0. ValueError: an unknown activation, a slope that is not finite, a `scale` that is not positive and finite.

        >>> sim.write_scratchpad(0, 0, [-1.0, 0.5, 2.0])
        >>> sim.start_vector_activation(0, 0, 1, 3, 0, 64, ActivationType.RELU)
        >>> sim.run_until_idle()
        >>> sim.read_scratchpad(0, 64, 3), sim.get_current_cycle()
        ([0.0, 0.5, 2.0], 4)
        """
        task = _Task(
            _ACTIVATION,
            activation_code(activation),
            second=optional_address(bias_addr, "bias_addr"),
            number=_arguments.real(slope, "slope"),
            scale=scale,
            scale_addr=scale_addr,
        )
        place = _Place(tile_id, scratchpad_id, rows, cols, src_addr, dst_addr)
        self._start_vector(task, place, callback, options)

    def start_vector_elementwise(
        self,
        tile_id: SupportsIndex,
        scratchpad_id: SupportsIndex,
        operation: str,
        rows: SupportsIndex,
        cols: SupportsIndex,
        src_addr: SupportsIndex,
        dst_addr: SupportsIndex,
        callback: Callback = None,
        *,
        matrix_addr: SupportsIndex | None = None,
        row_addr: SupportsIndex | None = None,
        column_addr: SupportsIndex | None = None,
        scalar: SupportsFloat | None = None,
        **options: Unpack[VectorOptions],
    ) -> None:
        """Queues ``source operation other``, element by element, in one pass.

        `operation` is 'add', 'subtract', 'multiply' or 'maximum'. The other operand is exactly one of a matrix of rows
        x cols at `matrix_addr`, a row of `cols` elements for all rows at `row_addr`, a column of `rows` elements for
        all columns at `column_addr`, and the number `scalar`. ValueError: an unknown operation. TypeError: no other
        operand or several.

        >>> sim.write_scratchpad(0, 0, [1.0, 2.0, 3.0, 4.0, 10.0, 20.0])
        >>> sim.start_vector_elementwise(0, 0, "add", 2, 2, 0, 64, row_addr=16)
        >>> sim.run_until_idle()
        >>> sim.read_scratchpad(0, 64, 4)
        [11.0, 22.0, 13.0, 24.0]
        """
        code = place_in(ELEMENTWISE_OPERATIONS, operation, "operation")
        addresses = (matrix_addr, row_addr, column_addr)
        given = [name for name, each in zip(_SHAPES, (*addresses, scalar)) if each is not None]
        if len(given) != 1:
            names = " and ".join(given) or "none"
            raise KpuTypeError(f"give exactly one of {', '.join(_SHAPES)}, got {names}", "KPU_TYPE")
        shape = _SHAPES.index(given[0])
        if shape == _SCALAR and scalar is not None:
            task = _Task(_ELEMENTWISE, code, shape, number=_arguments.real(scalar, "scalar"))
        else:
            task = _Task(_ELEMENTWISE, code, shape, optional_address(addresses[shape], given[0]))
        place = _Place(tile_id, scratchpad_id, rows, cols, src_addr, dst_addr)
        self._start_vector(task, place, callback, options)

    def start_vector_reduction(
        self,
        tile_id: SupportsIndex,
        scratchpad_id: SupportsIndex,
        reduction: str,
        rows: SupportsIndex,
        cols: SupportsIndex,
        src_addr: SupportsIndex,
        dst_addr: SupportsIndex,
        callback: Callback = None,
        **options: Unpack[VectorOptions],
    ) -> None:
        """Queues the 'max', 'sum' or 'mean' of each row: `rows` elements at `dst_addr`, in one pass.

        Sums start at +0 and take the columns in ascending order, rounded to float32 each time.
        """
        task = _Task(_REDUCTION, place_in(REDUCTIONS, reduction, "reduction"))
        place = _Place(tile_id, scratchpad_id, rows, cols, src_addr, dst_addr)
        self._start_vector(task, place, callback, options)

    def start_vector_softmax(
        self,
        tile_id: SupportsIndex,
        scratchpad_id: SupportsIndex,
        rows: SupportsIndex,
        cols: SupportsIndex,
        src_addr: SupportsIndex,
        dst_addr: SupportsIndex,
        callback: Callback = None,
        **options: Unpack[VectorOptions],
    ) -> None:
        """Queues the softmax of each row: e^(x - largest) over the sum of these, in three passes."""
        place = _Place(tile_id, scratchpad_id, rows, cols, src_addr, dst_addr)
        self._start_vector(_Task(_SOFTMAX), place, callback, options)

    def start_vector_layernorm(
        self,
        tile_id: SupportsIndex,
        scratchpad_id: SupportsIndex,
        rows: SupportsIndex,
        cols: SupportsIndex,
        src_addr: SupportsIndex,
        dst_addr: SupportsIndex,
        callback: Callback = None,
        *,
        gamma_addr: SupportsIndex | None = None,
        beta_addr: SupportsIndex | None = None,
        epsilon: SupportsFloat = 1e-5,
        **options: Unpack[VectorOptions],
    ) -> None:
        """Queues (x - mean) / sqrt(variance + epsilon) of each row, in three passes; then times gamma, plus beta.

        Gamma and beta are rows of `cols` elements; without them the factor is 1 and nothing is added. The variance is
        that of the whole row, divided by `cols`. ValueError: an epsilon that is negative or not finite.
        """
        task = _Task(
            _LAYERNORM,
            second=optional_address(gamma_addr, "gamma_addr"),
            third=optional_address(beta_addr, "beta_addr"),
            number=_arguments.real(epsilon, "epsilon"),
        )
        place = _Place(tile_id, scratchpad_id, rows, cols, src_addr, dst_addr)
        self._start_vector(task, place, callback, options)

    def start_vector_rmsnorm(
        self,
        tile_id: SupportsIndex,
        scratchpad_id: SupportsIndex,
        rows: SupportsIndex,
        cols: SupportsIndex,
        src_addr: SupportsIndex,
        dst_addr: SupportsIndex,
        callback: Callback = None,
        *,
        gamma_addr: SupportsIndex | None = None,
        epsilon: SupportsFloat = 1e-5,
        **options: Unpack[VectorOptions],
    ) -> None:
        """Queues x / sqrt(mean square + epsilon) of each row, in two passes; then times gamma."""
        task = _Task(
            _RMSNORM,
            second=optional_address(gamma_addr, "gamma_addr"),
            number=_arguments.real(epsilon, "epsilon"),
        )
        place = _Place(tile_id, scratchpad_id, rows, cols, src_addr, dst_addr)
        self._start_vector(task, place, callback, options)

    def is_vector_busy(self, tile_id: SupportsIndex) -> bool:
        """Whether the vector unit of a tile has an operation queued or running, ends of products included."""
        return self._link.unit_state(VECTOR_UNIT, _arguments.component_id(tile_id, "tile_id")).busy

    def get_vector_queue_size(self, tile_id: SupportsIndex) -> int:
        """How many operations of a tile's vector unit are not complete: the running one and those that wait."""
        return self._link.unit_state(VECTOR_UNIT, _arguments.component_id(tile_id, "tile_id")).outstanding

    def _start_vector(self, task: _Task, place: _Place, callback: Callback, options: VectorOptions) -> None:
        require_options(options, VectorOptions, f"start_vector_{_KINDS[task.kind]}")
        link = self._link
        function = _arguments.completion_callback(callback)
        present = (task.second is not None and _HAS_SECOND) | (task.third is not None and _HAS_THIRD)
        arguments = (
            _arguments.component_id(place.tile_id, "tile_id"),
            _arguments.component_id(place.scratchpad_id, "scratchpad_id"),
            task.kind,
            task.code,
            task.shape,
            present,
            _arguments.dimension(place.rows, "rows"),
            _arguments.dimension(place.cols, "cols"),
            _arguments.address(place.src_addr, "src_addr"),
            task.second or 0,
            task.third or 0,
            _arguments.address(place.dst_addr, "dst_addr"),
            task.number,
        )
        dtype, result_dtype = options.get("dtype", DataType.FLOAT32), options.get("result_dtype")
        scales = checked_scales(
            task.scale,
            task.scale_addr,
            options.get("result_scale"),
            options.get("result_zero_point"),
            data_type(dtype if result_dtype is None else result_dtype),
        )
        ends = pack_credits(link, options.get("wait_for", ()), "wait_for")
        ends += pack_credits(link, options.get("signal", ()), "signal")
        ends += vector_formats(dtype, result_dtype, scales)
        number = self._keep(function)
        try:
            link.change(VECTOR_FRAME, VECTOR, *arguments, number, behind=ends)
        except Exception:
            link.callbacks.pop(number, None)
            raise
