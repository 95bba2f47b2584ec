"""Options that several methods have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from .errors import KpuTypeError, unknown_name_message

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import SupportsFloat, SupportsIndex

    from .semaphores import CreditRequests


class VectorOptions(TypedDict, total=False):
    """Keyword arguments that every vector operation takes.

    Attributes:
        dtype: the number format of the matrix, and of the other operand of an elementwise operation (FLOAT32). Its
            numbers are computed with as float32, to which whole ones are rounded; rows of INT4 begin at whole bytes.
            Bias, scales, gamma and beta are float32.
        result_dtype: the format of the result; the same as `dtype` unless given. Results are rounded once, to nearest
            with ties to even; beyond the format they take the nearest bound. A NaN becomes the zero point of whole
            numbers.
        result_scale: a result of whole numbers is result / result_scale, rounded, plus the zero point, as in
            `Quantization`; 1 unless given.
        result_zero_point: the whole number that stands for 0; 0 unless given.
        wait_for: semaphores whose credits the operation waits for and takes when it starts.
        signal: semaphores that get credits when it completes.

    """

    dtype: Any
    result_dtype: Any
    result_scale: SupportsFloat | None
    result_zero_point: SupportsIndex | None
    wait_for: CreditRequests
    signal: CreditRequests


def require_options(given: Mapping[str, object], options: type, function: str) -> None:
    """Refuses keyword arguments that are none of the options, as Python does, with the nearest name."""
    known = tuple(options.__annotations__)
    for name in given:
        if name not in known:
            message = unknown_name_message(f"{function}() got an unexpected keyword argument", name, known)
            raise KpuTypeError(message, "KPU_TYPE", {"argument": name})
