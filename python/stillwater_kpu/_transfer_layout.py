"""What a transfer takes and where it puts it, as numbers that are compared, hashed and pickled and never change."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, NoReturn, SupportsIndex, Union

from ._arguments import whole
from .errors import KpuTypeError

Indices = Iterable[SupportsIndex]
"""Whole numbers in order: a list, a range, a numpy array of integers."""

Parameter = Union[int, "tuple[int, ...]", "Layout"]

_SHOWN_NUMBERS = 12


def whole_numbers(values: Indices, what: str) -> tuple[int, ...]:
    """The values as ints. TypeError for what is no int, and where, and for what has no order."""
    if isinstance(values, (str, bytes, bytearray, Mapping, AbstractSet)) or not isinstance(values, Iterable):
        raise KpuTypeError(f"{what} must be a sequence of ints, got {type(values).__name__}", "KPU_TYPE")
    tolist = getattr(values, "tolist", None)  # of numpy arrays, whose elements are ints afterwards
    listed = tolist() if tolist is not None else values
    if not isinstance(listed, Iterable):
        raise KpuTypeError(f"{what} must be a sequence of ints, got a single number", "KPU_TYPE")
    return tuple(
        value if type(value) is int else whole(value, f"{what}[{place}]") for place, value in enumerate(listed)
    )


class _Value:
    """An object that compares by its content and never changes."""

    __slots__ = ()

    def __setattr__(self, name: str, _value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} objects never change; {name!r} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} objects never change; {name!r} cannot be deleted")


class Layout(_Value):
    """One end of a transfer: which bytes, in which order, relative to the transfer's address.

    Nested loops, the outermost dimension first; the last runs fastest. Element (i0, i1, ...) lies
    i0 strides[0] + i1 strides[1] + ... bytes behind the address and is `element_bytes` long. With `starts` there is one
    more, outermost dimension: block s begins starts[s] bytes behind the address.

    Args:
        element_bytes: bytes that lie together, at least 1.
        counts: elements in each dimension; 1 to 8 dimensions.
        strides: bytes from one element to the next in each dimension; 0 reads the same again.
        starts: where blocks begin, in bytes; None for one block at the address itself.

    """

    __slots__ = ("_counts", "_element_bytes", "_hash", "_starts", "_strides")

    _element_bytes: int
    _counts: tuple[int, ...]
    _strides: tuple[int, ...]
    _starts: tuple[int, ...] | None
    _hash: int

    def __init__(
        self, element_bytes: SupportsIndex, counts: Indices, strides: Indices, starts: Indices | None = None
    ) -> None:
        put = object.__setattr__
        put(self, "_element_bytes", whole(element_bytes, "element_bytes"))
        put(self, "_counts", whole_numbers(counts, "counts"))
        put(self, "_strides", whole_numbers(strides, "strides"))
        put(self, "_starts", None if starts is None else whole_numbers(starts, "starts"))
        put(self, "_hash", hash(self._parts()))

    @property
    def element_bytes(self) -> int:
        """Bytes that lie together."""
        return self._element_bytes

    @property
    def counts(self) -> tuple[int, ...]:
        """Elements in each dimension, the outermost first."""
        return self._counts

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes from one element to the next in each dimension."""
        return self._strides

    @property
    def starts(self) -> tuple[int, ...] | None:
        """Where blocks begin, in bytes, or None."""
        return self._starts

    def _parts(self) -> tuple[Any, ...]:
        return self._element_bytes, self._counts, self._strides, self._starts

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Layout):
            return NotImplemented
        return self is other or (self._hash == other._hash and self._parts() == other._parts())

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[type[Layout], tuple[Any, ...]]:
        return Layout, self._parts()

    def __repr__(self) -> str:
        given: dict[str, Parameter] = {"element_bytes": self._element_bytes}
        given.update(counts=self._counts, strides=self._strides)
        if self._starts is not None:
            given["starts"] = self._starts
        return f"Layout({_shown(given)})"


class TransferLayout(_Value):
    """What a transfer takes and where it puts it; made by the functions of `stillwater_kpu.geometry`.

    It belongs to no simulator. A simulator learns of it with the first transfer that uses it, which takes a round trip
    to the engine, and keeps the thousand used last.
    """

    __slots__ = ("_hash", "_parameters", "_shape")

    _shape: str
    _parameters: tuple[tuple[str, Parameter], ...]
    _hash: int

    def __init__(self, shape: str, /, **parameters: Parameter) -> None:
        put = object.__setattr__
        put(self, "_shape", shape)
        put(self, "_parameters", tuple(parameters.items()))
        put(self, "_hash", hash((shape, self._parameters)))

    @property
    def shape(self) -> str:
        """The name of the function that made it."""
        return self._shape

    @property
    def parameters(self) -> dict[str, Parameter]:
        """What that function was given, without what was left to its default."""
        return dict(self._parameters)

    def to_json(self) -> bytes:
        """What the engine builds it from."""
        described = {_camel_case(name): _plain(name, value) for name, value in self._parameters}
        return json.dumps({"shape": _camel_case(self._shape), **described}, separators=(",", ":")).encode()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TransferLayout):
            return NotImplemented
        if self is other:
            return True
        return self._hash == other._hash and (self._shape, self._parameters) == (other._shape, other._parameters)

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self._shape, self.parameters)

    def __repr__(self) -> str:
        return f"{self._shape}({_shown(self.parameters)})"


def _rebuilt(shape: str, parameters: dict[str, Parameter]) -> TransferLayout:
    return TransferLayout(shape, **parameters)


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _plain(name: str, value: Parameter) -> object:
    """A parameter as JSON can hold it."""
    if isinstance(value, Layout):
        end = {"elementBytes": value.element_bytes, "counts": value.counts, "strides": value.strides}
        return end if value.starts is None else {**end, "starts": value.starts}
    if isinstance(value, tuple) and name.endswith("_block"):
        return {"rows": value[0], "cols": value[1]}
    return value


def _shown(parameters: Mapping[str, Parameter]) -> str:
    return ", ".join(f"{name}={_shown_value(value)}" for name, value in parameters.items())


def _shown_value(value: Parameter) -> str:
    if isinstance(value, tuple) and len(value) > _SHOWN_NUMBERS:
        return f"({', '.join(map(repr, value[:_SHOWN_NUMBERS]))}, ... {len(value)} numbers)"
    return repr(value)
