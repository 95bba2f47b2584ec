"""What checks and comparisons of configurations say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Union

from .errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


def report_of(answer: Mapping[str, Any]) -> ConfigReport:
    """The engine's report."""

    def findings(kind: str) -> list[ConfigFinding]:
        return [
            ConfigFinding(each["path"], each.get("line"), each.get("column"), each["message"]) for each in answer[kind]
        ]

    return ConfigReport(findings("errors"), findings("warnings"))


def require_valid(what: str, answer: Mapping[str, Any]) -> None:
    """Raises a ConfigError with all errors of the engine's report, if there are any; `what` it is about."""
    errors = report_of(answer).errors
    if errors:
        faults = [str(error) for error in errors]
        head = f"{what} has an error" if len(faults) == 1 else f"{what} has {len(faults)} errors"
        raise ConfigError("\n  ".join([f"{head}:", *faults]), "KPU_CONFIG", {"reason": "value", "faults": faults})
