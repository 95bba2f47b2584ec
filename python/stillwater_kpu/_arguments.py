"""Checks of arguments that do not need the engine: types and signs.

Limits that depend on the machine are the engine's to word. An id too large for the wire is cut to the largest that it
carries, which no machine has; addresses and sizes from 2**53 on, which no machine has either, are refused here.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Callable

from ._protocol import SAFE_INTEGER_MAX, U32_MAX
from .errors import KpuIndexError, KpuOverflowError, KpuTypeError, KpuValueError

if TYPE_CHECKING:
    from typing import SupportsFloat, SupportsIndex


_SHOWN_LENGTH = 40
_MOST_EVENTS = 2**31 - 1


def whole(value: SupportsIndex, what: str) -> int:
    """The value as an int; bool and everything fractional is refused."""
    if type(value) is int:
        return value
    if not isinstance(value, bool):
        try:
            return operator.index(value)
        except TypeError:
            pass
    raise KpuTypeError(f"{what} must be an int, got {_shown(value)}", "KPU_TYPE", {"argument": what})


def component_id(value: SupportsIndex, what: str) -> int:
    """A number of a bank, tile, engine and so on."""
    number = whole(value, what)
    if number < 0:
        message = f"{what} must not be negative, got {number}: ids start at 0"
        raise KpuIndexError(message, "KPU_COMPONENT_ID", {"argument": what, "id": number})
    return min(number, U32_MAX)


def address(value: SupportsIndex, what: str) -> int:
    """A byte address or a byte offset in a region."""
    number = whole(value, what)
    if number < 0:
        message = f"{what} must not be negative, got -{hex(-number)}"
        raise KpuIndexError(message, "KPU_ADDRESS_RANGE", {"argument": what, "address": number})
    if number > SAFE_INTEGER_MAX:
        message = f"{what} is {hex(number)}, but all addresses of a machine are below 2**53 (0x20000000000000)"
        raise KpuIndexError(message, "KPU_ADDRESS_RANGE", {"argument": what, "address": number})
    return number


def size(value: SupportsIndex, what: str, code: str = "KPU_SIZE") -> int:
    """A size in bytes, a count, a number of cycles or a dimension."""
    number = whole(value, what)
    if number < 0:
        raise KpuValueError(f"{what} must not be negative, got {number}", code, {"argument": what, "value": number})
    if number > SAFE_INTEGER_MAX:
        message = f"{what} is {number}, but everything in a machine is smaller than 2**53"
        raise KpuIndexError(message, "KPU_ADDRESS_RANGE", {"argument": what, "value": number})
    return number


def cycles(value: SupportsIndex, what: str) -> int:
    """A cycle or a number of cycles."""
    number = whole(value, what)
    if number > SAFE_INTEGER_MAX:
        raise KpuOverflowError(f"{what} is {number}, but cycles are counted up to 2**53 - 1", "KPU_OVERFLOW")
    return size(number, what)


def at_least_one(value: SupportsIndex, what: str) -> int:
    """A count that cannot be zero."""
    number = size(value, what, "KPU_ARGUMENT")
    if number < 1:
        raise KpuValueError(f"{what} must be at least 1, got 0", "KPU_ARGUMENT", {"argument": what, "value": number})
    return number


def event_count(value: SupportsIndex, what: str) -> int:
    """How many events a trace may have."""
    number = at_least_one(value, what)
    if number > _MOST_EVENTS:
        message = f"{what} must be below 2**31, got {number}"
        raise KpuValueError(message, "KPU_ARGUMENT", {"argument": what, "value": number})
    return number


def dimension(value: SupportsIndex, what: str) -> int:
    """A dimension of a matrix; zero is the engine's to refuse."""
    return size(value, what, "KPU_DIMENSION")


def real(value: SupportsFloat, what: str) -> float:
    """A number, whole or not; text is none. Which numbers an operation takes is the engine's to say."""
    if not isinstance(value, (bool, str, bytes)):
        try:
            return float(value)
        except OverflowError:
            raise KpuOverflowError(f"{what} is beyond the range of floating-point numbers", "KPU_OVERFLOW") from None
        except (TypeError, ValueError):
            pass
    raise KpuTypeError(f"{what} must be a number, got {_shown(value)}", "KPU_TYPE", {"argument": what})


def completion_callback(callback: Callable[[], object] | None) -> Callable[[], object] | None:
    """The callback if it can be called without arguments as far as anybody can tell."""
    if callback is None or callable(callback):
        return callback
    message = f"callback must be callable without arguments or None, got {_shown(callback)}"
    raise KpuTypeError(message, "KPU_TYPE", {"argument": "callback"})


def _shown(value: object) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= _SHOWN_LENGTH else text[:_SHOWN_LENGTH] + '...'}"
