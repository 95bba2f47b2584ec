"""The errors of the simulator.

Every refusal is a :class:`KpuError` and at the same time the built-in exception that Python users catch for it, so both
``except KpuError`` and ``except IndexError`` work. A refused call leaves the simulator as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "ConfigError",
    "ConfigTypeError",
    "EngineStartError",
    "KpuError",
    "KpuIndexError",
    "KpuOverflowError",
    "KpuRuntimeError",
    "KpuTypeError",
    "KpuValueError",
    "ProtocolError",
    "ShapeError",
    "SimulatorCrashed",
]


class KpuError(Exception):
    """Base of all errors of the simulator.

    Attributes:
        code: stable name of what went wrong, such as ``"KPU_ADDRESS_RANGE"``; it never changes its meaning.
        details: the facts of the message as plain data.

    """

    code: str
    details: dict[str, Any]

    def __init__(self, message: str, code: str = "KPU_ERROR", details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.details = dict(details or {})

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions pickle by their args alone; worker processes must hand back the code and details as well.
        return type(self), (str(self), self.code, self.details)


class KpuIndexError(KpuError, IndexError):
    """A component id that does not exist, or an address outside of what is mapped."""


class KpuValueError(KpuError, ValueError):
    """A value out of its range: a negative size, a dimension of zero."""


class KpuTypeError(KpuError, TypeError):
    """An argument of the wrong type."""


class KpuRuntimeError(KpuError, RuntimeError):
    """A call at the wrong time: a busy unit, a run inside a callback, a closed simulator."""


class KpuOverflowError(KpuError, OverflowError):
    """A number too large to be converted."""


class ShapeError(KpuError, ValueError, RuntimeError):
    """Matrices whose shapes do not fit; both a ValueError and a RuntimeError."""


class ConfigError(KpuError, ValueError):
    """A configuration that makes no machine."""


class ConfigTypeError(ConfigError, TypeError):
    """A configuration value of the wrong type: negative or fractional counts, text where a number is meant."""


class EngineStartError(KpuError, RuntimeError):
    """The engine cannot be started: no usable Node.js, or the engine file is missing."""


class SimulatorCrashed(KpuError, RuntimeError):  # noqa: N818  # the name says it
    """The engine process has ended; the state of its simulators is lost. A new simulator starts a new engine."""


class ProtocolError(SimulatorCrashed):
    """The engine sent something that it must not send; it was ended."""


_CLASS_OF_KIND: dict[str, type[KpuError]] = {
    "index": KpuIndexError,
    "value": KpuValueError,
    "type": KpuTypeError,
    "runtime": KpuRuntimeError,
    "overflow": KpuOverflowError,
    "shape": ShapeError,
    "config": ConfigError,
}


def error_from_engine(report: Mapping[str, Any]) -> KpuError:
    """The Python exception for an error report of the engine."""
    kind = str(report.get("kind", "internal"))
    details = report.get("details")
    facts: dict[str, Any] = dict(details) if isinstance(details, dict) else {}
    message = str(report.get("message", "the engine reported an error without a message"))
    error_class = _CLASS_OF_KIND.get(kind, KpuRuntimeError)
    if error_class is ConfigError and facts.get("reason") == "type":
        error_class = ConfigTypeError
    if kind == "internal":
        facts["stack"] = str(report.get("stack", ""))
        message = f"internal error of the engine: {message}"
    return error_class(message, str(report.get("code", "KPU_INTERNAL")), facts)


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, or None when nothing is like it."""
    import difflib  # only errors need it, and it takes a while to import

    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return matches[0] if matches else None


def unknown_name_message(what: str, name: str, known: Iterable[str]) -> str:
    """Says that `name` does not exist, and which known name is nearest."""
    nearest = nearest_name(name, known)
    return f"{what} {name!r}" + (f"; did you mean {nearest!r}?" if nearest is not None else "")
