"""The npm packages as their users get them, in Node.js and in a browser."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from clean_place import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = ("machine", "formats", "program", "system", "kpu-sim", "cli")
PROGRAM = """
import { configToText, Machine, parseConfig, presets, selfTest } from "kpu-sim";
const machine = new Machine({ externalMemory: { bankCapacityMb: 64 }, scratchpads: { capacityKb: 256 } });
machine.external(0).writeFloat32(0, Float32Array.from({ length: 256 }, (_, index) => index));
machine.dma(0).transfer({ source: machine.external(0).base, destination: machine.scratchpad(0).base, bytes: 1024 });
machine.runUntilIdle();
const last = machine.scratchpad(0).readFloat32(1020, 1)[0];
const rows = parseConfig(configToText(presets.minimal, "yaml"), "yaml").config.computeTiles.rows;
const result = `cycle ${machine.cycle}, last ${last}, self-test ${selfTest({}).passed}, rows ${rows}`;
"""
RESULT = "cycle 145, last 255, self-test true, rows 8"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's project with the packed packages in it."""
    folder = tmp_path_factory.mktemp("npm-user")
    run("npx", "tsc", "-b", cwd=ROOT)
    for package in PACKAGES:
        run("npm", "pack", "--silent", "--pack-destination", folder, cwd=ROOT / "packages" / package)
    (folder / "package.json").write_text(
        json.dumps({"name": "user", "private": True, "type": "module"}), encoding="utf-8"
    )
    run("npm", "install", "--no-audit", "--no-fund", *sorted(folder.glob("*.tgz")), cwd=folder)
    return folder


def test_the_installed_package_runs_in_node(installed: Path) -> None:
    (installed / "program.js").write_text(PROGRAM + "console.log(result);", encoding="utf-8")
    assert run("node", "program.js", cwd=installed).strip() == RESULT
    assert not list(installed.glob("node_modules/**/*.test.*"))


def test_the_installed_command_runs(installed: Path) -> None:
    assert "1562 cycles" in run("npx", "kpu", "run", "-m", "2x2x2", cwd=installed)


def test_types_are_found_by_a_strict_compiler(installed: Path) -> None:
    (installed / "typed.ts").write_text(
        'import { Machine, type MachineConfig } from "kpu-sim";\n'
        "const config: MachineConfig = { dmaEngines: { count: 4 } };\n"
        "export const cycle: number = new Machine(config).cycle;\n",
        encoding="utf-8",
    )
    flags = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--ignoreConfig"]
    run(ROOT / "node_modules" / ".bin" / "tsc", *flags, "typed.ts", cwd=installed)


def test_a_browser_bundle_runs_in_chromium(installed: Path, tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    program = installed / "page.js"
    program.write_text(PROGRAM + "document.body.textContent = result;", encoding="utf-8")
    bundle = tmp_path / "bundle.js"
    esbuild = ROOT / "node_modules" / ".bin" / "esbuild"
    run(esbuild, program, "--bundle", "--platform=browser", "--format=iife", f"--outfile={bundle}", cwd=installed)
    page = tmp_path / "page.html"
    page.write_text(f"<body></body><script>{bundle.read_text(encoding='utf-8')}</script>", encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    dom = run(chromium, *flags, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", page.as_uri(), cwd=tmp_path)
    assert RESULT in dom
