"""Descriptions of systems: a host and its accelerators, as system files have them."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple, Union

from stillwater_kpu import ConfigError, ConfigReport, ConfigTypeError, KpuTypeError, Link, SimulatorConfig, _text_files
from stillwater_kpu.config_reports import report_of, require_valid

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

__all__ = [
    "SystemConfig",
    "SystemDiff",
    "SystemDifference",
    "diff_systems",
    "system_preset_names",
    "validate_system_file",
    "validate_system_text",
]

_DEEPEST = 32
_Figure = Union[int, float, bool, str]


class SystemPlan(NamedTuple):
    """What of a description is simulated."""

    configs: list[SimulatorConfig]
    host_link: Link
    peer_link: Link | None


class SystemConfig:
    """A host with its accelerators and the links between them. It cannot be changed; to change it, make another one.

    >>> import stillwater_toplevel
    >>> description = stillwater_toplevel.SystemConfig.preset("minimal_kpu").to_dict()
    >>> description["system"]["name"] = "Mine"
    >>> stillwater_toplevel.SystemConfig.from_dict(description)
    <SystemConfig 'Mine': kpu_0 (KPU)>

    Its values have the keys of system files, which docs/configuration-files.md lists; what is left out has its default.
    Descriptions compare by value and can be pickled. `SystemSimulator` simulates the KPUs of one; other accelerators
    are kept, but not simulated.
    """

    __slots__ = ("_contents",)
    _contents: dict[str, Any]

    def __init__(self) -> None:
        raise TypeError("use SystemConfig.from_file, from_text, from_dict or preset")

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> SystemConfig:
        """The system that a file describes, which ends in ``.json``, ``.yaml`` or ``.yml``.

        Errors: OSError if it cannot be read, ConfigError with everything that is wrong with it, each with its line and
        column.
        """
        return cls._of(_text_files.read_file("checkSystemText", path)["system"])

    @classmethod
    def from_text(cls, text: str, format: str = "yaml") -> SystemConfig:  # noqa: A002  # the word of json and yaml users
        """The system that a text in ``"yaml"`` or ``"json"`` describes. The same errors."""
        answer = _text_files.check_text("checkSystemText", text, format)
        require_valid("the system description", answer)
        return cls._of(answer["system"])

    @classmethod
    def from_dict(cls, description: Mapping[str, Any]) -> SystemConfig:
        """The system that nested dictionaries and lists describe, with the keys of files.

        Errors: ConfigError with everything that is wrong, ConfigTypeError for values that files cannot hold.
        """
        if not isinstance(description, Mapping):
            message = f"description must be a dictionary, got {type(description).__name__}"
            raise KpuTypeError(message, "KPU_TYPE", {"argument": "description"})
        return cls._of(_text_files.ask("describeSystem", {"system": _plain(description, ())}))

    @classmethod
    def preset(cls, name: str) -> SystemConfig:
        """A ready-made system; `system_preset_names` lists them. ConfigError for an unknown name, with the nearest."""
        return cls._of(_text_files.ask("systemPreset", {"name": _text_files.checked_text(name, "name")}))

    @classmethod
    def _of(cls, contents: dict[str, Any]) -> SystemConfig:
        config = cls.__new__(cls)
        config._contents = contents
        return config

    def to_dict(self) -> dict[str, Any]:
        """Everything that is described, defaults too, as dictionaries and lists with the keys of files."""
        return deepcopy(self._contents)

    def to_text(self, format: str = "yaml") -> str:  # noqa: A002
        """The text of a system file in ``"yaml"`` or ``"json"``, with every key."""
        arguments = {"system": self._contents, "format": _text_files.checked_format(format)}
        return str(_text_files.ask("systemText", arguments))

    def to_file(self, path: str | os.PathLike[str]) -> None:
        """Writes a file that ends in ``.json``, ``.yaml`` or ``.yml``; one that exists is replaced in one step."""
        _text_files.write_file(path, self.to_text(_text_files.format_of_path(path)))

    @property
    def name(self) -> str:
        """The name of the system."""
        return str(self._contents["system"]["name"])

    @property
    def accelerators(self) -> list[tuple[str, str]]:
        """Id and type of each accelerator, such as ``("kpu_0", "KPU")``."""
        return [(each["id"], each["type"]) for each in self._contents["accelerators"]]

    def plan(self, *, kpus_only: bool = False) -> SystemPlan:
        """The configurations of the KPUs, and the links, as `SystemSimulator` takes them.

        ConfigError for accelerators that are no KPUs, unless `kpus_only` leaves them out, and for a system without KPU.
        """
        answer = _text_files.ask("planSystem", {"system": self._contents, "kpusOnly": bool(kpus_only)})
        configs = [SimulatorConfig.from_dict(fields) for fields in answer["configs"]]
        peer = answer.get("peerLink")
        return SystemPlan(configs, _link(answer["hostLink"]), None if peer is None else _link(peer))

    def __eq__(self, other: object) -> bool:
        return self._contents == other._contents if isinstance(other, SystemConfig) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it holds dictionaries

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self)._of, (self._contents,)

    def __repr__(self) -> str:
        accelerators = ", ".join(f"{id_} ({type_})" for id_, type_ in self.accelerators[:8])
        more = len(self.accelerators) - 8
        return f"<SystemConfig {self.name!r}: {accelerators}{f' and {more} more' if more > 0 else ''}>"


class SystemDifference(NamedTuple):
    """A value in which two systems differ.

    Attributes:
        path: its place in a file, such as ``accelerators[0].kpu_config.memory.banks[1].capacity_mb``.
        a: the value in the first system; None where it has nothing there.
        b: the value in the second system.

    """

    path: str
    a: _Figure | None
    b: _Figure | None


class SystemDiff:
    """All differences of two systems, a sequence of `SystemDifference`; its text is a table. False if empty."""

    __slots__ = ("_differences", "_text")

    def __init__(self, differences: list[SystemDifference], text: str) -> None:
        self._differences = differences
        self._text = text

    def __iter__(self) -> Iterator[SystemDifference]:
        return iter(self._differences)

    def __len__(self) -> int:
        return len(self._differences)

    def __getitem__(self, index: int) -> SystemDifference:
        return self._differences[index]

    def __str__(self) -> str:
        return self._text.rstrip("\n")

    def __repr__(self) -> str:
        return f"<SystemDiff: {len(self)} differences>"


def diff_systems(a: SystemConfig, b: SystemConfig) -> SystemDiff:
    """In which values two systems differ."""
    for name, each in (("a", a), ("b", b)):
        if not isinstance(each, SystemConfig):
            message = f"{name} must be a SystemConfig, got {type(each).__name__}"
            raise KpuTypeError(message, "KPU_TYPE", {"argument": name})
    answer = _text_files.ask("diffSystems", {"a": a._contents, "b": b._contents})
    differences = [SystemDifference(each["path"], each.get("a"), each.get("b")) for each in answer["differences"]]
    return SystemDiff(differences, answer["text"])


def system_preset_names() -> list[str]:
    """The names that `SystemConfig.preset` takes, in order of size.

    >>> import stillwater_toplevel
    >>> stillwater_toplevel.system_preset_names()
    ['edge_ai', 'minimal_kpu', 'datacenter']
    """
    return list(_text_files.ask("systemPresetNames"))


def validate_system_text(text: str, format: str = "yaml") -> ConfigReport:  # noqa: A002
    """What is wrong (errors) or odd (warnings) with a system in ``"yaml"`` or ``"json"``; no error is raised."""
    return report_of(_text_files.check_text("checkSystemText", text, format))


def validate_system_file(path: str | os.PathLike[str]) -> ConfigReport:
    """What is wrong (errors) or odd (warnings) with a system file; the suffix says which format it has.

    Raises OSError if the file cannot be read, ValueError for an unknown suffix. What the file says raises nothing.
    """
    return _text_files.report_on_file("checkSystemText", path)


def _link(fields: Mapping[str, Any]) -> Link:
    return Link(fields["bandwidthGbps"], fields["latencyCycles"])


def _plain(value: Any, path: tuple[str, ...]) -> Any:
    """A value as files can hold it; numbers of numpy become Python's."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if len(path) > _DEEPEST:
        raise _unusable(path[:3], "is nested too deep or contains itself")
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise _unusable(path, f"has the key {key!r}; keys are text")
        return {key: _plain(each, (*path, key)) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        return [_plain(each, (*path, f"[{index}]")) for index, each in enumerate(value)]
    try:
        return operator.index(value)
    except TypeError:
        pass
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise _unusable(path, f"is a {type(value).__name__}, which files cannot hold") from None
    if not math.isfinite(number):
        message = f"{_where(path)} is {number}, which is not a finite number"
        raise ConfigError(message, "KPU_CONFIG", {"reason": "value"})
    return number


def _unusable(path: tuple[str, ...], what: str) -> ConfigTypeError:
    return ConfigTypeError(f"{_where(path)} {what}", "KPU_CONFIG", {"reason": "type"})


def _where(path: tuple[str, ...]) -> str:
    return ".".join(path).replace(".[", "[") or "the description"
