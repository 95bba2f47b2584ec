"""Configurations in YAML and JSON files: reading, writing, checking, comparing, and presets.

The engine reads and writes the text, so that Python, TypeScript and the published schema agree on every key.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple, Union

from . import _engines
from ._protocol import MAX_FRAME_BYTES
from ._replaced_file import replaced_file
from .config import SimulatorConfig
from .errors import ConfigError, KpuTypeError, KpuValueError, nearest_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "ConfigDiff",
    "ConfigDifference",
    "ConfigFinding",
    "ConfigReport",
    "diff_configs",
    "dump_config_text",
    "load_config_text",
    "preset_names",
    "validate_config_file",
    "validate_config_text",
]

_FORMATS = {".yaml": "yaml", ".yml": "yaml", ".json": "json"}
_MOST_BYTES = 64 * 1024 * 1024
"""No file of this size is read at all; the engine's own limits are lower (16 Mi characters of JSON, 4 Mi of YAML)."""

_Figure = Union[int, float, bool, str]


class ConfigFinding(NamedTuple):
    """Something that a check has to say about a configuration.

    Attributes:
        path: keys from the top of the file, such as ``external_memory.banks[2].capacity_mb``; empty for the whole.
        line: line in the file, from 1; None where there is no file.
        column: column in that line, from 1.
        message: what is the matter, and what to do.

    """

    path: str
    line: int | None
    column: int | None
    message: str

    def __str__(self) -> str:
        return self.message if self.line is None else f"line {self.line}, column {self.column}: {self.message}"


class ConfigReport(NamedTuple):
    """The outcome of a check. A configuration with errors cannot be loaded; warnings do not hinder."""

    errors: list[ConfigFinding]
    warnings: list[ConfigFinding]

    @property
    def is_valid(self) -> bool:
        """Whether there are no errors."""
        return not self.errors

    def __str__(self) -> str:
        lines = [f"error: {finding}" for finding in self.errors] + [f"warning: {finding}" for finding in self.warnings]
        return "\n".join(lines) if lines else "no errors, no warnings"


class ConfigDifference(NamedTuple):
    """A figure in which two configurations differ.

    Attributes:
        field: its name in Python, such as ``memory_bank_count`` or ``memory_banks[2].capacity_mb``.
        path: its place in a file, such as ``external_memory.bank_count``.
        unit: the unit of both values; empty for words and flags.
        a: the value in the first configuration; None where it has no such instance.
        b: the value in the second configuration.

    """

    field: str
    path: str
    unit: str
    a: _Figure | None
    b: _Figure | None


class ConfigDiff:
    """All differences of two configurations, a sequence of `ConfigDifference`; its text is a table. False if empty."""

    __slots__ = ("_differences", "_text")

    def __init__(self, differences: list[ConfigDifference], text: str) -> None:
        self._differences = differences
        self._text = text

    def __iter__(self) -> Iterator[ConfigDifference]:
        return iter(self._differences)

    def __len__(self) -> int:
        return len(self._differences)

    def __getitem__(self, index: int) -> ConfigDifference:
        return self._differences[index]

    def __str__(self) -> str:
        return self._text.rstrip("\n")

    def __repr__(self) -> str:
        return f"<ConfigDiff: {len(self)} differences>"


def preset_names() -> list[str]:
    """The names that `SimulatorConfig.preset` takes, in order of size.

    >>> preset_names()
    ['minimal', 'edge_ai', 'embodied_ai', 't64', 'datacenter']
    """
    return list(_ask("configPresetNames"))


def load_config_text(text: str, format: str = "yaml") -> SimulatorConfig:  # noqa: A002  # the word of json and yaml users
    r"""The configuration that a text in ``"yaml"`` or ``"json"`` describes.

    >>> load_config_text("external_memory: {bank_count: 2, bank_capacity_mb: 64}").memory_bank_capacity_mb
    64

    Errors: ConfigError (a ValueError) with everything that is wrong, each with its line and column.
    """
    answer = _check(_text(text), _format(format))
    _require_valid("the configuration", answer)
    return SimulatorConfig.from_dict(answer["config"])


def dump_config_text(
    config: SimulatorConfig,
    format: str = "yaml",  # noqa: A002
    *,
    name: str | None = None,
    description: str | None = None,
) -> str:
    """A configuration as text in ``"yaml"`` or ``"json"``, with every field. ConfigError if it makes no machine."""
    arguments = {"config": _fields(config, "config"), "format": _format(format)}
    for key, value in (("name", name), ("description", description)):
        if value is not None:
            arguments[key] = _text(value, key)
    return str(_ask("configText", arguments))


def validate_config_text(text: str, format: str = "yaml") -> ConfigReport:  # noqa: A002
    """What is wrong (errors) or odd (warnings) with a configuration in ``"yaml"`` or ``"json"``; no error is raised."""
    return _report(_check(_text(text), _format(format)))


def validate_config_file(path: str | os.PathLike[str]) -> ConfigReport:
    """What is wrong (errors) or odd (warnings) with a configuration file; the suffix says which format it has.

    Raises OSError if the file cannot be read, ValueError for an unknown suffix. What the file says raises nothing.
    """
    format_, text = format_of_path(path), read_text(path)
    return text if isinstance(text, ConfigReport) else _report(_check(text, format_))


def diff_configs(a: SimulatorConfig, b: SimulatorConfig) -> ConfigDiff:
    """In which fields two configurations differ.

    >>> print(diff_configs(SimulatorConfig(), SimulatorConfig(memory_bank_count=4, clock_ghz=1.5)))
    field              a  b    unit
    memory_bank_count  2  4    instances
    clock_ghz          1  1.5  GHz
    """
    answer = _ask("diffConfigs", {"a": _fields(a, "a"), "b": _fields(b, "b")})
    differences = [
        ConfigDifference(each["field"], each["path"], each["unit"], each.get("a"), each.get("b"))
        for each in answer["differences"]
    ]
    return ConfigDiff(differences, answer["text"])


def load_preset(name: str) -> dict[str, Any]:
    """The fields of a preset. ConfigError for an unknown name, with the nearest."""
    fields: dict[str, Any] = _ask("configPreset", {"name": _text(name, "name")})["config"]
    return fields


def fields_for_matmul(m: int, n: int, k: int, array_size: int) -> dict[str, Any]:
    """The fields of a machine made for a product. KpuValueError for sizes out of range."""
    sizes = {"m": m, "n": n, "k": k, "arraySize": array_size}
    fields: dict[str, Any] = _ask("configForMatmul", sizes)["config"]
    return fields


def load_file(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The fields that a file describes."""
    format_, text = format_of_path(path), read_text(path)
    name = os.fspath(path)
    if isinstance(text, ConfigReport):
        raise ConfigError(f"{name}: {text.errors[0]}", "KPU_CONFIG", {"faults": [str(text.errors[0])]})
    answer = _check(text, format_)
    _require_valid(name, answer)
    fields: dict[str, Any] = answer["config"]
    return fields


def load_system(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What of the system in a file can be simulated: its KPUs' fields, the links, and the other accelerators."""
    format_, text = format_of_path(path), read_text(path)
    name = os.fspath(path)
    if isinstance(text, ConfigReport):
        raise ConfigError(f"{name}: {text.errors[0]}", "KPU_CONFIG", {"faults": [str(text.errors[0])]})
    answer = _check(text, format_, "checkSystemText")
    _require_valid(name, answer)
    return answer


def system_preset_text(name: str, format_: str = "json") -> str:
    """A ready-made system as text."""
    text: str = _ask("systemPreset", {"name": _text(name, "name"), "format": _format(format_)})
    return text


def format_of_path(path: str | os.PathLike[str]) -> str:
    """The format that a file's suffix stands for."""
    name = os.fspath(path)
    if not isinstance(name, str):
        raise KpuTypeError(f"path must be a str or a path of one, got {type(path).__name__}", "KPU_TYPE")
    suffix = os.path.splitext(name)[1].lower()  # any path-like is accepted
    if suffix not in _FORMATS:
        message = f"{name!r} has the suffix {suffix!r}; configuration files end in {', '.join(_FORMATS)}"
        raise KpuValueError(message, "KPU_ARGUMENT", {"argument": "path"})
    return _FORMATS[suffix]


def read_text(path: str | os.PathLike[str]) -> str | ConfigReport:
    """A file's text, or a report of why it is none."""
    with open(path, "rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        return ConfigReport([ConfigFinding("", 1, 1, f"the file has more than {_MOST_BYTES} bytes")], [])
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        return ConfigReport([ConfigFinding("", line, column, f"no UTF-8 text: {error.reason}")], [])


def write_file(path: str | os.PathLike[str], text: str) -> None:
    """Replaces a file in one step: whoever reads it meanwhile sees the old text or the new one."""
    with replaced_file(path) as file:
        file.write(text.encode("utf-8"))


def _check(text: str, format_: str, question: str = "checkConfigText") -> dict[str, Any]:
    # JSON writes a character in up to twelve bytes; a text that passes the wire's limit passes the engine's as well.
    if len(text) > MAX_FRAME_BYTES // 12 and len(json.dumps(text)) > MAX_FRAME_BYTES - 4096:
        message = f"the text has {len(text)} characters, more than can be read"
        return {"errors": [{"path": "", "line": 1, "column": 1, "message": message}], "warnings": []}
    answer: dict[str, Any] = _ask(question, {"text": text, "format": format_})
    return answer


def _report(answer: Mapping[str, Any]) -> ConfigReport:
    def findings(kind: str) -> list[ConfigFinding]:
        return [
            ConfigFinding(each["path"], each.get("line"), each.get("column"), each["message"]) for each in answer[kind]
        ]

    return ConfigReport(findings("errors"), findings("warnings"))


def _require_valid(what: str, answer: Mapping[str, Any]) -> None:
    errors = _report(answer).errors
    if errors:
        faults = [str(error) for error in errors]
        head = f"{what} has an error" if len(faults) == 1 else f"{what} has {len(faults)} errors"
        raise ConfigError("\n  ".join([f"{head}:", *faults]), "KPU_CONFIG", {"reason": "value", "faults": faults})


def _ask(method: str, arguments: Mapping[str, Any] | None = None) -> Any:
    return _engines.shared_connection().query(None, method, arguments)


def _fields(config: SimulatorConfig, what: str) -> dict[str, Any]:
    if not isinstance(config, SimulatorConfig):
        message = f"{what} must be a SimulatorConfig, got {type(config).__name__}"
        raise KpuTypeError(message, "KPU_TYPE", {"argument": what})
    return config.to_dict()


def _text(text: str, what: str = "text") -> str:
    if not isinstance(text, str):
        raise KpuTypeError(f"{what} must be a str, got {type(text).__name__}", "KPU_TYPE", {"argument": what})
    return text


def _format(format_: str) -> str:
    if format_ in ("yaml", "json"):
        return format_
    nearest = nearest_name(str(format_), ("yaml", "json"))
    hint = "" if nearest is None else f"; did you mean {nearest!r}?"
    raise KpuValueError(f"format must be 'yaml' or 'json', got {format_!r}{hint}", "KPU_ARGUMENT")
