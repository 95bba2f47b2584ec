"""Instances of a class one by one: banks, tiles and engines that need not be alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Union

from ._fields import Field, RateField, WholeField
from .errors import ConfigError, unknown_name_message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .config import SimulatorConfig

INSTANCES_MAX = 2**20
"""The engine takes no longer list."""

SHOWN_MAX = 8
"""Entries of a list that a notebook shows."""


class Instance(Mapping[str, float]):
    """What one instance says for itself; the class's fields say the rest. It cannot be changed: assign a new list."""

    __slots__ = ("_said",)

    def __init__(self, said: Mapping[str, float]) -> None:
        self._said = dict(said)

    def __getitem__(self, key: str) -> float:
        return self._said[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._said)

    def __len__(self) -> int:
        return len(self._said)

    def __hash__(self) -> int:
        return hash(frozenset(self._said.items()))

    def __repr__(self) -> str:
        return repr(self._said)


Given = Iterable[Mapping[str, Any]]
"""A list of instances as users give it."""


class InstancesField(Field[tuple[Instance, ...]]):
    """The instances of a class one by one; empty where all are as the class's fields say."""

    if TYPE_CHECKING:

        def __set__(self, instance: SimulatorConfig, value: Given) -> None: ...

    def __init__(self, count: str, keys: Mapping[str, str], doc: str) -> None:
        """`count` names the field that counts them; `keys` says which field speaks for entries without a key."""
        super().__init__("", f"{doc} Each entry may say {_listed(keys)}. What it leaves out, the fields say.")
        self.count = count
        self.keys = dict(keys)
        self._kinds = {key: _named(_kind_of(key), key) for key in keys}

    if not TYPE_CHECKING:

        def __set__(self, instance: SimulatorConfig, value: Any) -> None:
            entries = self.checked(value)
            instance._values[self.name] = entries
            if entries:
                instance._values[self.count] = len(entries)

    def checked(self, value: Any) -> tuple[Instance, ...]:
        if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
            raise self.wrong_type("a list with a mapping for each instance", value)
        known: dict[tuple[tuple[str, Any], ...], Instance] = {}
        made: dict[int, Instance] = {}
        entries: list[Instance] = []
        for index, entry in enumerate(value):
            if index == INSTANCES_MAX:
                message = f"{self.name} has more than {INSTANCES_MAX} entries"
                raise ConfigError(message, "KPU_CONFIG", {"field": self.name, "reason": "value"})
            if isinstance(entry, Instance):  # checked when it was made, perhaps for another list
                if id(entry) not in made:
                    if not entry.keys() <= self.keys.keys():
                        self._checked_entry(index, entry)
                    made[id(entry)] = entry
                entries.append(entry)
                continue
            said = self._checked_entry(index, entry)
            # Alike entries are one object.
            entries.append(known.setdefault(tuple(said.items()), Instance(said)))
        return tuple(entries)

    def of(self, values: Mapping[str, Any], number: int) -> dict[str, Any]:
        """What an instance is like, said by its entry or by the class's fields."""
        entries: tuple[Instance, ...] = values[self.name]
        entry: Mapping[str, Any] = entries[number] if number < len(entries) else {}
        return {key: entry.get(key, values[field]) for key, field in self.keys.items()}

    def _checked_entry(self, index: int, entry: Any) -> dict[str, float]:
        name = f"{self.name}[{index}]"
        if not isinstance(entry, Mapping):
            raise _named(WholeField, name).wrong_type(f"a mapping with any of {_listed(self.keys)}", entry)
        said: dict[str, float] = {}
        for key in entry:
            if key not in self.keys:
                message = unknown_name_message(f"{name} has no", str(key), tuple(self.keys))
                raise ConfigError(message, "KPU_CONFIG", {"field": self.name, "reason": "value"})
        for key, field in self._kinds.items():
            if key not in entry:
                continue
            try:
                said[key] = field.checked(entry[key])
            except ConfigError:  # once more, with a name that says where
                said[key] = _named(_kind_of(key), f"{name}.{key}").checked(entry[key])
        return said


NumberField = Union[WholeField, RateField]


def _kind_of(key: str) -> type[NumberField]:
    return RateField if key == "bandwidth_gbps" else WholeField


def _named(kind: type[NumberField], name: str) -> NumberField:
    field = kind("GB/s" if kind is RateField else "", "")
    field.name = name
    return field


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(f"'{key}'" for key in keys)


def shortened(entries: tuple[Instance, ...], name: str) -> str:
    """The first entries as text, and how many follow."""
    if not entries:
        return "()"
    shown = ", ".join(repr(entry) for entry in entries[:SHOWN_MAX])
    more = len(entries) - SHOWN_MAX
    return f"{shown} and {more} more, all of them in config.{name}" if more > 0 else shown


def memory_instances(count: str, prefix: str, capacity: str, doc: str) -> InstancesField:
    """The list of a class of memories, whose capacity is said by the field `capacity`."""
    keys = {
        f"capacity_{capacity[-2:]}": capacity,
        "bandwidth_gbps": f"{prefix}_bandwidth_gbps",
        "latency_cycles": f"{prefix}_latency_cycles",
    }
    return InstancesField(count, keys, doc)
