"""The viewer with a run in it: inside of a notebook, as a file, or in the browser."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, SupportsIndex

from . import _arguments
from ._replaced_file import replaced_file
from .errors import KpuRuntimeError, KpuTypeError, KpuValueError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._wire import Bytes

__all__ = ["ViewerPage", "view"]

PAGE_PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_engine", "viewer.html")

_PLACE_OF_FILE = '<script type="application/json" id="embedded-file">'
"""The page has this element once, and empty; see packages/viewer/src/shell/embedded-file.ts."""

_SUFFIXES = (".kputrace", ".yaml", ".yml", ".json")
_MOST_BYTES = 128 << 20
_MOST_NOTEBOOK_BYTES = 16 << 20
"""What a cell shows is stored in the notebook, in text that is half as long again."""

DEFAULT_HEIGHT = 640
_MOST_HEIGHT = 10_000


class ViewerPage:
    """The viewer's page with one file in it, as `KPUSimulator.view` and `view` make it.

    As the last line of a notebook's cell it shows itself, in a frame that can reach neither the notebook nor a network.
    Elsewhere `save` writes it as a file, and `open` shows it in the browser. The page is one file that loads nothing.

    Attributes:
        name: the name of the file in it.
        height: the height in a notebook, in CSS pixels.

    """

    __slots__ = ("_content", "height", "name")

    def __init__(self, name: str, content: bytes, height: SupportsIndex = DEFAULT_HEIGHT) -> None:
        if len(content) > _MOST_BYTES:
            raise _too_large(name, len(content))
        self.name = name
        self.height = _checked_height(height)
        self._content = content

    def to_html(self) -> str:
        """The page as text. KpuRuntimeError if the package has none."""
        from base64 import b64encode

        page = _page_text()
        # Nothing in here can end the element or begin a comment: base64, and a name without angle brackets.
        name = json.dumps(self.name).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        embedded = f'{{"name": {name}, "base64": "{b64encode(self._content).decode("ascii")}"}}'
        return page.replace(_PLACE_OF_FILE, _PLACE_OF_FILE + embedded, 1)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the page to an HTML file, which browsers show from a disk as well as from a server.

        The file appears when it is complete. Errors: OSError if it cannot be written.
        """
        html = self.to_html()
        with replaced_file(path) as file:
            file.write(html.encode("utf-8"))

    def open(self) -> str:
        """Shows the page in the browser; the path of its file, which stays in the folder for temporary files.

        KpuRuntimeError where no browser can be started: `save` it then.
        """
        import tempfile
        import webbrowser
        from pathlib import Path

        path = os.path.join(tempfile.mkdtemp(prefix="kpu-view-"), "viewer.html")
        self.save(path)
        if not webbrowser.open(Path(path).as_uri()):
            raise KpuRuntimeError(
                f"no browser can be started here; the page is in {path}", "KPU_NO_BROWSER", {"path": path}
            )
        return path

    def __repr__(self) -> str:
        return f"<ViewerPage of {self.name!r}, {len(self._content)} bytes: .save(path), .open()>"

    def _repr_html_(self) -> str:
        from html import escape

        if len(self._content) > _MOST_NOTEBOOK_BYTES:
            advice = f"more than a notebook should hold ({_MOST_NOTEBOOK_BYTES}): use .save(path) or .open()"
            return f"<p>{escape(self.name)} has {len(self._content)} bytes, {advice}.</p>"
        # Scripts run, but as those of a site of their own: they cannot reach the notebook, its server or its cookies.
        return (
            f'<iframe title="KPU simulator" sandbox="allow-scripts allow-downloads" srcdoc="{escape(self.to_html())}" '
            f'style="width: 100%; height: {self.height}px; border: 1px solid #8888"></iframe>'
        )


def view(path: str | os.PathLike[str], *, height: SupportsIndex = DEFAULT_HEIGHT) -> ViewerPage:
    """The viewer with a file in it: a trace (``.kputrace``), a workload, or a machine (``.yaml``, ``.json``).

    >>> import os, tempfile
    >>> sim.start_trace()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     trace, page = os.path.join(folder, "run.kputrace"), os.path.join(folder, "run.html")
    ...     sim.write_trace(trace)
    ...     view(trace).save(page)
    ...     os.path.exists(page)
    True

    Args:
        path: the file. It is read now, and by the page when it is shown: what is wrong with it is told there.
        height: the height in a notebook, in CSS pixels.

    Errors: OSError if it cannot be read, ValueError for another suffix or more than 128 MiB.

    """
    name = os.fspath(path)
    if not isinstance(name, str):
        raise KpuTypeError(f"path must be a str or a path of one, got {type(name).__name__}", "KPU_TYPE")
    if not name.lower().endswith(_SUFFIXES):
        message = f"{name!r} cannot be viewed: the viewer opens {', '.join(_SUFFIXES)}"
        raise KpuValueError(message, "KPU_ARGUMENT", {"argument": "path"})
    with open(name, "rb") as file:
        content = file.read(_MOST_BYTES + 1)
    return ViewerPage(os.path.basename(name), content, height)


def gathered(name: str, pieces: Iterable[Bytes], height: SupportsIndex) -> ViewerPage:
    """The viewer with a file that comes in pieces. KpuValueError as soon as it is too large."""
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) > _MOST_BYTES:
            raise _too_large(name, len(content))
    return ViewerPage(name, bytes(content), height)


def _too_large(name: str, size: int) -> KpuValueError:
    message = (
        f"{name} has {size} bytes or more, and a page holds at most {_MOST_BYTES}: trace less, or write_trace it to a "
        ".kputrace file, which `kpu view` serves"
    )
    return KpuValueError(message, "KPU_ARGUMENT", {"most": _MOST_BYTES})


def _checked_height(height: SupportsIndex) -> int:
    value = _arguments.at_least_one(height, "height")
    if value > _MOST_HEIGHT:
        message = f"height must be at most {_MOST_HEIGHT} pixels, got {value}"
        raise KpuValueError(message, "KPU_ARGUMENT", {"argument": "height"})
    return value


def _page_text() -> str:
    """The page as it was built."""
    try:
        with open(PAGE_PATH, encoding="utf-8") as file:
            page = file.read()
    except OSError as error:
        message = f"the viewer's page {PAGE_PATH} cannot be read: {error.strerror}; install the package anew"
        raise KpuRuntimeError(message, "KPU_PAGE_MISSING", {"path": PAGE_PATH}) from None
    if _PLACE_OF_FILE not in page:
        message = f"{PAGE_PATH} is not the viewer's page of this version; install the package anew"
        raise KpuRuntimeError(message, "KPU_PAGE_MISSING", {"path": PAGE_PATH})
    return page
