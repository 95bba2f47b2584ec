"""Every command and every Python cell of the documents is run, in order, in a clean clone; printed output is compared.

A block of ```bash or ```python is run; a block of ```text right after it (with at most a word between) is what it prints. Blocks of
other kinds (```powershell, ```ts) are shown only.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from clean_place import ROOT, copy_project, environment, make_venv, run

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: Runs the cells of a page in one namespace and reports what each printed.
RUNNER = """
import contextlib, io, json, sys
outputs, space = [], {"__name__": "__main__"}
for source in json.load(open(sys.argv[1], encoding="utf-8")):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(source, "cell", "exec"), space)
    outputs.append(printed.getvalue())
json.dump(outputs, open(sys.argv[2], "w", encoding="utf-8"))
"""


class Block(NamedTuple):
    """A fenced block and the output that the page promises for it."""

    kind: str
    source: str
    promised: str | None


def blocks_of(page: Path) -> list[Block]:
    """The blocks of a page that are run."""
    text = page.read_text(encoding="utf-8")
    fences = list(FENCE.finditer(text))
    blocks = []
    for index, fence in enumerate(fences):
        following = fences[index + 1] if index + 1 < len(fences) else None
        promised = None
        if (
            following is not None
            and following.group(1) == "text"
            and len(text[fence.end() : following.start()].strip()) < 20
        ):
            promised = following.group(2)
        if fence.group(1) in ("bash", "python"):
            blocks.append(Block(fence.group(1), fence.group(2), promised))
    return blocks


PAGES = [
    page
    for page in sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
    if blocks_of(page)
]


def same(text: str) -> str:
    """Output without what differs from run to run."""
    return re.sub(r"\d+\.\d+ ms", "- ms", text).strip()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A clean clone and an environment whose Python is a fresh one."""
    folder = tmp_path_factory.mktemp("docs")
    clone = copy_project(folder / "clone")
    python = make_venv(folder / "venv")
    node = run("bash", "-c", "dirname $(command -v node)", cwd=clone).strip()
    return clone, environment(PATH=f"{python.parent}:{node}:/usr/local/bin:/usr/bin:/bin")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page(page: Path, place: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    clone, variables = place
    blocks = blocks_of(page)
    for block in blocks:
        if block.kind == "bash" and "npm " not in block.source:
            printed = run("bash", "-e", "-o", "pipefail", "-c", block.source, cwd=clone, env=variables)
            assert block.promised is None or same(printed) == same(block.promised)
    cells = [block for block in blocks if block.kind == "python"]
    (tmp_path / "cells.json").write_text(json.dumps([cell.source for cell in cells]), encoding="utf-8")
    if cells:
        modules = {**variables, "PYTHONPATH": str(ROOT / "python")}
        run(sys.executable, "-c", RUNNER, tmp_path / "cells.json", tmp_path / "outputs.json", cwd=clone, env=modules)
        outputs = json.loads((tmp_path / "outputs.json").read_text(encoding="utf-8"))
        for cell, printed in zip(cells, outputs):
            assert cell.promised is None or same(printed) == same(cell.promised), cell.source
