"""Configurations in YAML and JSON files: reading, writing, checking, comparing, and presets.

The engine reads and writes the text, so that Python, TypeScript and the published schema agree on every key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _text_files
from ._text_files import ask, checked_format, checked_text
from .config import SimulatorConfig
from .config_reports import ConfigDiff, ConfigDifference, ConfigFinding, ConfigReport, report_of, require_valid
from .errors import KpuTypeError

if TYPE_CHECKING:
    import os

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


def preset_names() -> list[str]:
    """The names that `SimulatorConfig.preset` takes, in order of size.

    >>> preset_names()
    ['minimal', 'edge_ai', 'embodied_ai', 't64', 'datacenter']
    """
    return list(ask("configPresetNames"))


def load_config_text(text: str, format: str = "yaml") -> SimulatorConfig:  # noqa: A002  # the word of json and yaml users
    r"""The configuration that a text in ``"yaml"`` or ``"json"`` describes.

    >>> load_config_text("external_memory: {bank_count: 2, bank_capacity_mb: 64}").memory_bank_capacity_mb
    64

    Errors: ConfigError (a ValueError) with everything that is wrong, each with its line and column.
    """
    answer = _text_files.check_text("checkConfigText", text, format)
    require_valid("the configuration", answer)
    return SimulatorConfig._of_file(answer["config"], answer["head"])


def dump_config_text(
    config: SimulatorConfig,
    format: str = "yaml",  # noqa: A002
    *,
    name: str | None = None,
    description: str | None = None,
) -> str:
    """A configuration as text in ``"yaml"`` or ``"json"``, with every field and what `config.file_head` has.

    `name` and `description` stand in the text instead of those. ConfigError if the configuration makes no machine.
    """
    arguments = {"config": _fields(config, "config"), "format": checked_format(format), **config.file_head}
    for key, value in (("name", name), ("description", description)):
        if value is not None:
            arguments[key] = checked_text(value, key)
    return str(ask("configText", arguments))


def validate_config_text(text: str, format: str = "yaml") -> ConfigReport:  # noqa: A002
    """What is wrong (errors) or odd (warnings) with a configuration in ``"yaml"`` or ``"json"``; no error is raised."""
    return report_of(_text_files.check_text("checkConfigText", text, format))


def validate_config_file(path: str | os.PathLike[str]) -> ConfigReport:
    """What is wrong (errors) or odd (warnings) with a configuration file; the suffix says which format it has.

    Raises OSError if the file cannot be read, ValueError for an unknown suffix. What the file says raises nothing.
    """
    return _text_files.report_on_file("checkConfigText", path)


def diff_configs(a: SimulatorConfig, b: SimulatorConfig) -> ConfigDiff:
    """In which fields two configurations differ.

    >>> print(diff_configs(SimulatorConfig(), SimulatorConfig(memory_bank_count=4, clock_ghz=1.5)))
    field              a  b    unit
    memory_bank_count  2  4    instances
    clock_ghz          1  1.5  GHz
    """
    answer = ask("diffConfigs", {"a": _fields(a, "a"), "b": _fields(b, "b")})
    differences = [
        ConfigDifference(each["field"], each["path"], each["unit"], each.get("a"), each.get("b"))
        for each in answer["differences"]
    ]
    return ConfigDiff(differences, answer["text"])


def load_preset(name: str) -> dict[str, Any]:
    """The fields of a preset. ConfigError for an unknown name, with the nearest."""
    fields: dict[str, Any] = ask("configPreset", {"name": checked_text(name, "name")})["config"]
    return fields


def fields_for_matmul(m: int, n: int, k: int, array_size: int) -> dict[str, Any]:
    """The fields of a machine made for a product. KpuValueError for sizes out of range."""
    sizes = {"m": m, "n": n, "k": k, "arraySize": array_size}
    fields: dict[str, Any] = ask("configForMatmul", sizes)["config"]
    return fields


def _fields(config: SimulatorConfig, what: str) -> dict[str, Any]:
    if not isinstance(config, SimulatorConfig):
        message = f"{what} must be a SimulatorConfig, got {type(config).__name__}"
        raise KpuTypeError(message, "KPU_TYPE", {"argument": what})
    return config.to_dict()
