"""How a tiled matrix product is to be done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from . import _arguments, _values
from ._compute import dataflow_name
from ._scales import checked_result, positive
from ._vector_arguments import activation_code
from .activation_type import ActivationType
from .data_type import DataType, accumulator_type, data_type
from .errors import KpuTypeError, KpuValueError

if TYPE_CHECKING:
    import array
    from collections.abc import Mapping
    from typing import SupportsFloat, SupportsIndex

__all__ = ["TiledOptions"]


class TiledOptions(TypedDict, total=False):
    """Keyword arguments of `run_tiled_matmul` and `start_tiled_matmul`.

    Attributes:
        shape: (m, n, k) instead of operands, on a simulator of times only.
        tile_m: rows of a tile of A and C. Sides that are not given are chosen.
        tile_n: columns of a tile of B and C; even, or all, where B or C is INT4.
        tile_k: columns of a tile of A, rows of a tile of B; even, or all, where A is INT4.
        dataflow: 'output_stationary', 'weight_stationary' or 'input_stationary' instead of the configured one.
        double_buffer: two buffers at every level (True), so that transfers and products overlap, or one.
        tiles: how many compute tiles work; all unless given.
        dma_engines: how many DMA engines work.
        block_movers: how many block movers work.
        streamers: how many streamers work.
        grid_rows: rows of the grid in which the compute tiles work on C.
        host_base: the byte offset in host region 0 from which on the matrices lie (0).
        dtype: the number format of A and B (FLOAT32).
        result_dtype: the number format of C: that of the sums, FLOAT32 or INT32, or any where the product ends in the
            vector units, as with any of the following; then FLOAT32 unless given.
        scale: what the sums are multiplied by: a number, or one for each column of C. Whole numbers need it.
        bias: a number for each column of C, added then.
        activation: the function applied then, an `ActivationType` or its name, such as ``"relu"``.
        slope: that of LEAKY_RELU below 0 (0.01).
        result_scale: how whole numbers stand for results, result / result_scale + zero point, as in `Quantization`.
        result_zero_point: the whole number that stands for 0.

    """

    shape: tuple[SupportsIndex, SupportsIndex, SupportsIndex] | None
    tile_m: SupportsIndex | None
    tile_n: SupportsIndex | None
    tile_k: SupportsIndex | None
    dataflow: str | None
    double_buffer: bool
    tiles: SupportsIndex | None
    dma_engines: SupportsIndex | None
    block_movers: SupportsIndex | None
    streamers: SupportsIndex | None
    grid_rows: SupportsIndex | None
    host_base: SupportsIndex
    dtype: Any
    result_dtype: Any
    scale: Any
    bias: Any
    activation: ActivationType | int | str
    slope: SupportsFloat
    result_scale: SupportsFloat | None
    result_zero_point: SupportsIndex | None


_WHOLE = {
    "host_base": "hostBase",
    "tile_m": "tileM",
    "tile_n": "tileN",
    "tile_k": "tileK",
    "tiles": "tiles",
    "dma_engines": "dmaEngines",
    "block_movers": "blockMovers",
    "streamers": "streamers",
    "grid_rows": "gridRows",
}
"""Options that are whole numbers, and the engine's names for them."""


class Plan(NamedTuple):
    """Checked options.

    Attributes:
        dtype: the format of A and B.
        result_dtype: the format of C.
        arguments: what the engine is told.
        parameters: rows of float32, one number for each column of C: scales, then the bias.

    """

    dtype: DataType
    result_dtype: DataType
    arguments: dict[str, Any]
    parameters: tuple[array.array[float], ...]


def checked_options(options: TiledOptions, columns: int) -> Plan:
    """The options of a product with so many columns. TypeError or ValueError for what cannot be; it says which."""
    dtype = data_type(options.get("dtype", DataType.FLOAT32))
    given_result = options.get("result_dtype")
    wanted = None if given_result is None else data_type(given_result)
    scale, bias = options.get("scale"), options.get("bias")
    rows = []
    by_column = scale is not None and getattr(scale, "ndim", int(isinstance(scale, Iterable))) > 0
    if by_column:
        scales = _column_values(scale, "scale", columns)
        for index, each in enumerate(scales):
            positive(each, f"scale {index}")
        rows.append(scales)
    if bias is not None:
        rows.append(_column_values(bias, "bias", columns))
    activation = activation_code(options.get("activation", ActivationType.NONE))
    vector_result = DataType.FLOAT32 if wanted is None else wanted
    result_scale, zero_point = checked_result(
        options.get("result_scale"), options.get("result_zero_point"), vector_result
    )
    is_plain = activation == ActivationType.NONE and wanted in (None, accumulator_type(dtype))
    ends_plain = is_plain and scale is None and bias is None and result_scale is None and zero_point is None
    arguments: dict[str, Any] = {
        "format": int(dtype),
        "resultFormat": None if wanted is None else int(wanted),
        "dataflow": dataflow_name(options.get("dataflow")),
        "doubleBuffer": bool(options.get("double_buffer", True)),
        "activation": activation,
        "slope": _finite(options.get("slope", 0.01), "slope"),
        "scale": True if by_column else None if scale is None else positive(scale, "scale"),
        "bias": bias is not None,
        "resultScale": result_scale,
        "resultZeroPoint": zero_point,
        **_whole_numbers(options),
    }
    result = accumulator_type(dtype) if ends_plain else vector_result
    return Plan(dtype, result, arguments, tuple(rows))


def _whole_numbers(options: Mapping[str, Any]) -> dict[str, int]:
    given = {name: options.get(name) for name in _WHOLE}
    return {_WHOLE[name]: _arguments.dimension(each, name) for name, each in given.items() if each is not None}


def _column_values(values: Any, name: str, columns: int) -> array.array[float]:
    """A float32 for each column."""
    if isinstance(values, (str, bytes)) or not (isinstance(values, Iterable) or hasattr(values, "__array__")):
        message = f"{name} must have a number for each column, got {type(values).__name__}"
        raise KpuTypeError(message, "KPU_TYPE", {"argument": name})
    numbers = _values.new_floats(0)
    numbers.frombytes(_values.float32_bytes(values))
    if len(numbers) != columns:
        message = f"{name} must have a number for each of the {columns} columns of C, got {len(numbers)}"
        raise KpuValueError(message, "KPU_DIMENSION", {"argument": name, "length": len(numbers), "needed": columns})
    return numbers


def _finite(value: SupportsFloat, what: str) -> float:
    number = _arguments.real(value, what)
    if abs(number) <= _GREATEST:
        return number
    raise KpuValueError(f"{what} must be a number that float32 holds, got {number}", "KPU_ARGUMENT", {"argument": what})


_GREATEST = (2 - 2**-23) * 2.0**127
