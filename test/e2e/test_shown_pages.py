"""Pages that `KPUSimulator.view` makes, in Chromium: as files and inside of a notebook."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clean_place import ROOT

#: A name that would be a script if it were taken for HTML.
NAME = "&quot;\"'</script><script>document.title=1</script><!--<script>.kputrace"

SCRIPT = """
import sys
from pathlib import Path
import stillwater_kpu as kpu
folder = Path(sys.argv[1])
with kpu.KPUSimulator(kpu.SimulatorConfig(memory_bank_count=3)) as sim:
    sim.view().save(folder / "machine.html")
    sim.start_trace()
    sim.dma_external_to_scratchpad(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 1024)
    sim.run_until_idle()
    sim.view().save(folder / "trace.html")
    sim.write_trace(folder / "run.kputrace")
    named = kpu.ViewerPage(sys.argv[2], (folder / "run.kputrace").read_bytes(), height=500)
    cell = '<!doctype html><title>notebook</title><script>secret = 1</script>' + named._repr_html_()
    (folder / "notebook.html").write_text(cell, encoding="utf-8")
    (folder / "damaged.kputrace").write_bytes(b"none")
    kpu.view(folder / "damaged.kputrace").save(folder / "damaged.html")
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Chromium shows of each page, by the page's name."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    node = shutil.which("node")
    assert node is not None
    folder = tmp_path_factory.mktemp("pages")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    subprocess.run([sys.executable, "-c", SCRIPT, folder, NAME], env=environment, check=True, timeout=60)
    names = ("machine", "trace", "notebook", "damaged")
    pages = [str(folder / f"{name}.html") for name in names]
    command = [node, str(Path(__file__).parent / "shown_page.mjs"), chromium, *pages]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return dict(zip(names, json.loads(done.stdout)))


def test_a_trace_is_shown_as_the_run_that_it_was(shown: dict[str, Any]) -> None:
    page = shown["trace"]
    assert (page["run"], page["latest"], page["alerts"], page["complaints"]) == ("run.kputrace", 145, [], [])


def test_without_a_trace_the_machine_runs_a_product(shown: dict[str, Any]) -> None:
    page = shown["machine"]
    assert (page["run"], page["alerts"], page["complaints"]) == ("machine.json", [], [])
    assert re.search(r"External banks3\W+1 GB", page["machine"])
    assert page["latest"] > 1000


def test_a_notebook_shows_it_in_a_frame_of_its_own(shown: dict[str, Any]) -> None:
    page = shown["notebook"]
    assert (page["latest"], page["alerts"], page["complaints"]) == (145, [], [])
    assert page["height"] == pytest.approx(500, abs=4)


def test_names_are_names_and_no_html(shown: dict[str, Any]) -> None:
    assert shown["notebook"]["run"] == NAME
    assert shown["notebook"]["marks"] == "notebook"


def test_a_damaged_file_is_told_on_the_page(shown: dict[str, Any]) -> None:
    assert "trace" in shown["damaged"]["alerts"][0]
