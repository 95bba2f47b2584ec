"""Build hook of the wheel and the source distribution: both carry the bundled engine."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLES = ("python/stillwater_kpu/_engine/*js", "python/stillwater_kpu/_engine/viewer.html")


class EngineBundleHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's class is generic only for itself
    """Makes the bundle before the files are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Brings the bundle up to date; in a source distribution it is there already."""
        script = Path(self.root) / "tools" / "bundle_engine.py"
        spec = importlib.util.spec_from_file_location("bundle_engine", script)
        if spec is None or spec.loader is None:
            message = f"cannot load {script}"
            raise RuntimeError(message)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.make_bundle()
        build_data["artifacts"].extend(BUNDLES)
