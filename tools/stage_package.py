"""Copies a Python package into a build folder, without caches: python tools/stage_package.py SOURCE TARGET

Files that are no longer in the source go away; unchanged ones are not touched.
"""

from __future__ import annotations

import filecmp
import shutil
import sys
from pathlib import Path


def package_files(folder: Path) -> set[Path]:
    """The package's files, relative, without what interpreters leave there."""
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path for path in files if "__pycache__" not in path.parts and path.suffix != ".partial"}


def stage(source: Path, target: Path) -> None:
    """Makes `target` hold the files of `source`."""
    wanted = package_files(source)
    if target.is_dir():
        for stale in package_files(target) - wanted:
            (target / stale).unlink()
    for name in sorted(wanted):
        copy = target / name
        if copy.is_file() and filecmp.cmp(source / name, copy, shallow=False):
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, copy)


if __name__ == "__main__":
    stage(Path(sys.argv[1]), Path(sys.argv[2]))
