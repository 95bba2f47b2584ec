"""Checks of what vector operations and the ends of products are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _arguments
from .activation_type import ActivationType
from .errors import KpuTypeError, KpuValueError, unknown_name_message

if TYPE_CHECKING:
    from typing import SupportsIndex


def activation_code(activation: ActivationType | int | str) -> int:
    """The number of an activation: a member, its value, or its name. TypeError or ValueError for anything else."""
    if isinstance(activation, str):
        names = tuple(each.name.lower() for each in ActivationType)
        return place_in(names, activation.lower(), "activation")
    try:
        number = _arguments.whole(activation, "activation")
    except KpuTypeError:
        message = f"activation must be an ActivationType or a name such as 'relu', got {activation!r:.60}"
        raise KpuTypeError(message, "KPU_TYPE", {"argument": "activation"}) from None
    try:
        return ActivationType(number).value
    except ValueError:
        known = ", ".join(f"{each.name} {each.value}" for each in ActivationType)
        raise KpuValueError(f"activation must be an ActivationType ({known}), got {number}", "KPU_ARGUMENT") from None


def optional_address(address: SupportsIndex | None, what: str) -> int | None:
    """A byte offset in a scratchpad, or None where there is none."""
    return None if address is None else _arguments.address(address, what)


def place_in(names: tuple[str, ...], name: str, what: str) -> int:
    """Where a name stands among those known. TypeError or ValueError for any other."""
    if not isinstance(name, str):
        raise KpuTypeError(f"{what} must be a str, got {type(name).__name__}", "KPU_TYPE")
    if name not in names:
        choices = ", ".join(repr(each) for each in names)
        raise KpuValueError(unknown_name_message(f"{what} must be one of {choices}, got", name, names), "KPU_ARGUMENT")
    return names.index(name)
