"""The modules in Python interpreters that run in a browser page (Pyodide): the engine is called, not started."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from pathlib import Path

from clean_place import ROOT, assert_seed_output

PAGE = ROOT / "test" / "e2e" / "page_python.mjs"

#: Those that need neither processes nor threads nor numpy, which Pyodide's package for Node.js does not bring.
SUITES = (
    "bad_arguments",
    "callbacks",
    "checkpoint_life",
    "components",
    "history",
    "reach",
    "running",
    "timing_only",
    "toplevel",
    "transfers",
)


def in_page(*arguments: object) -> str:
    """What a run in Pyodide prints."""
    node = shutil.which("node")
    assert node is not None
    done = subprocess.run(
        [node, PAGE, *map(str, arguments)], capture_output=True, text=True, timeout=300, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


def test_the_seed_script_runs_unmodified() -> None:
    assert_seed_output(in_page("script", ROOT / "test_dma.py"))


def test_the_viewer_shows_a_run(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import stillwater_kpu as kpu\n"
        "sim = kpu.KPUSimulator()\n"
        "sim.start_trace()\n"
        "sim.dma_external_to_scratchpad(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 1024)\n"
        "sim.run_until_idle()\n"
        "page = sim.view()\n"
        "print(page.name, page._repr_html_()[:8])\n"
    )
    assert in_page("script", script).splitlines()[-1] == "run.kputrace <iframe "


def test_systems_and_tiled_products(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import stillwater_kpu as kpu, stillwater_toplevel as top\n"
        "sim = kpu.KPUSimulator()\n"
        "print(sim.run_tiled_matmul([[1.0, 2.0]] * 40, [[1.0] * 40] * 2, progress=True).c[39][39])\n"
        "system = top.SystemSimulator([kpu.SimulatorConfig()] * 2)\n"
        "system.initialize()\n"
        "print(system.get_kpu_count())\n"
        "alone = kpu.KPUSimulator(isolated=True)\n"
        "alone.write_memory_bank(0, 0, [1.5] * 500_000)\n"
        "print(alone.read_memory_bank(0, 1_999_996, 1))\n"
        "alone.close()\n"
    )
    assert in_page("script", script).splitlines()[-2:] == ["2", "[1.5]"]


def test_the_modules_tests_pass_there() -> None:
    packages = sysconfig.get_paths()["purelib"]
    quiet = ["-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
    paths = [f"python/tests/test_{name}.py" for name in SUITES]
    shown = in_page("pytest", packages, *quiet, *paths)
    assert " passed" in shown
    assert "skipped" not in shown


def test_a_missing_engine_is_named(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from stillwater_kpu import _page_engine, KPUSimulator, EngineStartError\n"
        "_page_engine.SCRIPT_PATH = '/nowhere/engine.js'\n"
        "try:\n    KPUSimulator()\nexcept EngineStartError as error:\n    print(error)\n"
    )
    assert "/nowhere/engine.js cannot be read" in in_page("script", script)
