"""The notebooks run from top to bottom and show what their text says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from clean_place import ROOT

FOLDER = ROOT / "examples" / "notebooks"


def outputs_of(notebook: Any) -> str:
    """Everything that the cells showed, as text."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(output.get("text", "") or "\n".join(output.get("data", {}).values()) for output in outputs)


def execute(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Executes a notebook with this Python and the modules of this tree."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "python"))
    kernel = tmp_path / "kernels" / "python3"
    kernel.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(
        f'{{"argv": {str(argv).replace(chr(39), chr(34))}, "display_name": "p", "language": "python"}}'
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    notebook = nbformat.read(FOLDER / name, as_version=4)
    nbformat.validate(notebook)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(FOLDER)}}).execute()
    return outputs_of(notebook)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_first_steps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shown = execute("first_steps.ipynb", monkeypatch, tmp_path)
    assert "145 cycles, True" in shown
    assert "(4, 3) True" in shown
    assert "<table" in shown
    assert "KPU Simulator Statistics" in shown


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_pipeline_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shown = execute("pipeline_explained.ipynb", monkeypatch, tmp_path)
    right = "[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]"
    assert f"2824 cycles {right}" in shown
    assert f"1809 cycles {right}" in shown
    assert "1809 cycles [1.0, 2.0, 3.0, 4.0, 5.0, 8.0, 7.0, 8.0]" in shown
    assert "write-after-read tile 0 and dma 0 at 0x180100400, 1024 bytes" in shown
    assert "tile 0: product" in shown  # in the picture of the trace
    assert "dma 0 waited" in shown


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_roofline_study(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shown = execute("roofline_study.ipynb", monkeypatch, tmp_path)
    assert "2.7 % of peak, bound by host" in shown
    assert "71.0 % of peak, bound by compute" in shown
    assert "peak 1024" in shown
    assert "True" in shown


def test_notebooks_are_kept_without_outputs() -> None:
    for path in FOLDER.glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        assert [cell.id for cell in notebook.cells if cell.get("outputs")] == [], path.name
