"""Configuration fields as descriptors: each checks its value when it is assigned and documents itself."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar, Union, overload

from ._protocol import SAFE_INTEGER_MAX
from .errors import ConfigError, ConfigTypeError, unknown_name_message

if TYPE_CHECKING:
    from typing import SupportsFloat, SupportsIndex

    from .config import SimulatorConfig

T = TypeVar("T")
FieldValue = Union[int, float, bool, str, list[dict[str, float]]]
"""What `SimulatorConfig.to_dict` holds: numbers, words, and lists of instances."""


class Field(Generic[T]):
    """A field of SimulatorConfig. `unit` and the docstring say what its number means."""

    def __init__(self, unit: str, doc: str) -> None:
        self.unit = unit
        self.name = ""
        self.__doc__ = f"{doc} [{unit}]" if unit else doc

    def __set_name__(self, owner: type, name: str) -> None:
        if not self.name:  # an alias is the same field under a second name
            self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Field[T]: ...

    @overload
    def __get__(self, instance: SimulatorConfig, owner: type | None = None) -> T: ...

    def __get__(self, instance: SimulatorConfig | None, owner: type | None = None) -> Field[T] | T:
        if instance is None:
            return self
        value: T = instance._values[self.name]
        return value

    def __set__(self, instance: SimulatorConfig, value: Any) -> None:
        instance._values[self.name] = self.checked(value)

    def __delete__(self, instance: SimulatorConfig) -> None:
        raise AttributeError(f"{self.name} is a field of every configuration and cannot be deleted")

    def checked(self, value: Any) -> T:
        """The value as it is kept. Raises ConfigError or its subclass ConfigTypeError."""
        raise NotImplementedError

    def wrong_type(self, expected: str, value: object) -> ConfigTypeError:
        """The error for a value that is no such thing as the field holds."""
        message = f"{self.name} must be {expected}, got {type(value).__name__} {value!r}"
        return ConfigTypeError(message, "KPU_CONFIG", {"field": self.name, "reason": "type"})

    def wrong_value(self, expected: str, value: object) -> ConfigError:
        """The error for a value of the right type that is out of range."""
        message = f"{self.name} must be {expected}, got {value!r}"
        return ConfigError(message, "KPU_CONFIG", {"field": self.name, "reason": "value"})


class WholeField(Field[int]):
    """A count, a capacity, a latency or an address: an int from 0."""

    if TYPE_CHECKING:

        def __set__(self, instance: SimulatorConfig, value: SupportsIndex) -> None: ...

    def checked(self, value: Any) -> int:
        if isinstance(value, bool):
            raise self.wrong_type("a whole number from 0", value)
        try:
            number = operator.index(value)
        except TypeError:
            raise self.wrong_type("a whole number from 0", value) from None
        if number < 0:
            raise self.wrong_type("a whole number from 0", number)
        if number > SAFE_INTEGER_MAX:
            raise self.wrong_value("below 2**53", number)
        return number


class CountField(WholeField):
    """How many instances a class has. `instances` names the field that lists them one by one where they differ."""

    def __init__(self, instances: str, doc: str) -> None:
        super().__init__("instances", doc)
        self.instances = instances

    if not TYPE_CHECKING:

        def __set__(self, instance: SimulatorConfig, value: Any) -> None:
            number = self.checked(value)
            listed = instance._values.get(self.instances)
            if listed and len(listed) != number:
                raise self.differs(number, len(listed))
            instance._values[self.name] = number

    def differs(self, number: int, listed: int) -> ConfigError:
        """The error for a count that is not the number of listed instances."""
        message = (
            f"{self.name} is {number} but {self.instances} lists {listed}: leave the count out, or assign another "
            "list; () makes them alike"
        )
        return ConfigError(message, "KPU_CONFIG", {"field": self.name, "reason": "value"})


class RateField(Field[float]):
    """A bandwidth or a frequency: a positive number, whole or not."""

    if TYPE_CHECKING:

        def __set__(self, instance: SimulatorConfig, value: SupportsFloat) -> None: ...

    def checked(self, value: Any) -> float:
        if isinstance(value, (bool, str, bytes)):
            raise self.wrong_type("a number", value)
        try:
            number = value if type(value) is int else float(value)
        except (TypeError, ValueError):
            raise self.wrong_type("a number", value) from None
        if not (0 < number <= SAFE_INTEGER_MAX and math.isfinite(number)):
            raise self.wrong_value(f"a positive number of {self.unit}", value)
        return number


class FlagField(Field[bool]):
    """True or False."""

    if TYPE_CHECKING:

        def __set__(self, instance: SimulatorConfig, value: bool) -> None: ...

    def checked(self, value: Any) -> bool:
        # numpy's bool is no subclass of bool; its name has changed over the versions.
        if isinstance(value, bool) or (type(value).__name__ in ("bool_", "bool") and hasattr(value, "dtype")):
            return bool(value)
        raise self.wrong_type("True or False", value)


class FiguresField(Field[str]):
    """Figures by name, kept as a text such as ``"CL=22, tRCD=24"``; a mapping such as ``{"CL": 22}`` will do."""

    if TYPE_CHECKING:

        def __set__(self, instance: SimulatorConfig, value: str | Mapping[str, SupportsFloat]) -> None: ...

    def checked(self, value: Any) -> str:
        if isinstance(value, str):
            return str(value)
        if not isinstance(value, Mapping):
            raise self.wrong_type("figures by name, as a mapping or as a text like 'tRCD=24, tRP=24'", value)
        return ", ".join(f"{name}={self._shown(number)}" for name, number in value.items())

    def _shown(self, number: Any) -> str:
        if isinstance(number, (bool, str, bytes)):
            raise self.wrong_type("figures by name, each a number", number)
        try:
            figure = float(number)
        except (TypeError, ValueError):
            raise self.wrong_type("figures by name, each a number", number) from None
        if not (0 <= figure <= SAFE_INTEGER_MAX):
            raise self.wrong_value("figures by name, each a number from 0", number)
        return format(Decimal(repr(figure)).normalize(), "f")


class ChoiceField(Field[str]):
    """One of a few words."""

    if TYPE_CHECKING:

        def __set__(self, instance: SimulatorConfig, value: str) -> None: ...

    def __init__(self, choices: tuple[str, ...], doc: str) -> None:
        super().__init__("", f"{doc} One of {', '.join(repr(choice) for choice in choices)}.")
        self.choices = choices

    def checked(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self.wrong_type(f"one of {', '.join(self.choices)}", value)
        if value not in self.choices:
            choices = ", ".join(repr(choice) for choice in self.choices)
            message = unknown_name_message(f"{self.name} must be one of {choices}, got", value, self.choices)
            raise ConfigError(message, "KPU_CONFIG", {"field": self.name, "reason": "value"})
        return str(value)
