"""Files that describe machines and systems: their text, their format, and the engine's questions about them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from . import _engines
from ._protocol import MAX_FRAME_BYTES
from ._replaced_file import replaced_file
from .config_reports import ConfigFinding, ConfigReport, report_of, require_valid
from .errors import ConfigError, KpuTypeError, KpuValueError, nearest_name

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORMATS = {".yaml": "yaml", ".yml": "yaml", ".json": "json"}
_MOST_BYTES = 64 * 1024 * 1024
"""No file of this size is read at all; the engine's own limits are lower (16 Mi characters of JSON, 4 Mi of YAML)."""


def ask(method: str, arguments: Mapping[str, Any] | None = None) -> Any:
    """The answer to a question that needs no simulator."""
    return _engines.shared_connection().query(None, method, arguments)


def check_text(question: str, text: str, format_: str) -> dict[str, Any]:
    """The engine's report on a text, with what it reads out of it if there is no error."""
    text, format_ = checked_text(text), checked_format(format_)
    # JSON writes a character in up to twelve bytes; a text that passes the wire's limit passes the engine's as well.
    if len(text) > MAX_FRAME_BYTES // 12 and len(json.dumps(text)) > MAX_FRAME_BYTES - 4096:
        message = f"the text has {len(text)} characters, more than can be read"
        return {"errors": [{"path": "", "line": 1, "column": 1, "message": message}], "warnings": []}
    answer: dict[str, Any] = ask(question, {"text": text, "format": format_})
    return answer


def report_on_file(question: str, path: str | os.PathLike[str]) -> ConfigReport:
    """The engine's report on a file. OSError if it cannot be read, ValueError for an unknown suffix."""
    format_, text = format_of_path(path), read_text(path)
    return text if isinstance(text, ConfigReport) else report_of(check_text(question, text, format_))


def read_file(question: str, path: str | os.PathLike[str]) -> dict[str, Any]:
    """What the engine reads out of a file. The same errors, and ConfigError with all that is wrong with it."""
    format_, text = format_of_path(path), read_text(path)
    name = os.fspath(path)
    if isinstance(text, ConfigReport):
        raise ConfigError(f"{name}: {text.errors[0]}", "KPU_CONFIG", {"faults": [str(text.errors[0])]})
    answer = check_text(question, text, format_)
    require_valid(name, answer)
    return answer


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


def file_text(path: str | os.PathLike[str]) -> dict[str, str]:
    """A file's text and format, for questions to the engine. The errors of `read_file`, but for its contents'."""
    format_ = format_of_path(path)
    return {"text": text_of_path(path), "format": format_}


def text_of_path(path: str | os.PathLike[str]) -> str:
    """A file's text, whatever its suffix. OSError if it cannot be read, ConfigError if it is no text."""
    text = read_text(path)
    if isinstance(text, ConfigReport):
        raise ConfigError(f"{os.fspath(path)}: {text.errors[0]}", "KPU_CONFIG", {"faults": [str(text.errors[0])]})
    return text


def write_file(path: str | os.PathLike[str], text: str) -> None:
    """Replaces a file in one step: whoever reads it meanwhile sees the old text or the new one."""
    with replaced_file(path) as file:
        file.write(text.encode("utf-8"))


def checked_text(text: str, what: str = "text") -> str:
    """A text that is one. KpuTypeError."""
    if not isinstance(text, str):
        raise KpuTypeError(f"{what} must be a str, got {type(text).__name__}", "KPU_TYPE", {"argument": what})
    return text


def checked_format(format_: str) -> str:
    """A format that there is. KpuValueError, with the nearest."""
    if format_ in ("yaml", "json"):
        return format_
    nearest = nearest_name(str(format_), ("yaml", "json"))
    hint = "" if nearest is None else f"; did you mean {nearest!r}?"
    raise KpuValueError(f"format must be 'yaml' or 'json', got {format_!r}{hint}", "KPU_ARGUMENT")
