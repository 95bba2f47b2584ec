"""Files that are replaced in one step."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def replaced_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file to write into, which takes the place of `path` when the block ends.

    Whoever reads `path` meanwhile sees the old file or the whole new one. After an exception, a full disk and Ctrl-C
    included, the old one is what it was and nothing else is left. Links stay links, and permissions what they were.
    """
    target = os.path.realpath(path)
    partial = f"{target}.{secrets.token_hex(6)}.partial"
    try:
        # In here, as a Ctrl-C may come right after the file is made.
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            os.chmod(partial, stat.S_IMODE(os.stat(target).st_mode))
        os.replace(partial, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        raise
