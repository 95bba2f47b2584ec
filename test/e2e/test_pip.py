"""Installation by pip on a machine with Python and pip only."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT, assert_seed_output, make_venv, run


@pytest.mark.parametrize("flags", [["."], ["-e", "."]], ids=["install", "editable"])
def test_pip_install_from_a_clone(clone: Path, tmp_path: Path, bare_environment: dict[str, str], flags: list[str]) -> None:
    python = make_venv(tmp_path / "venv")
    run(python, "-m", "pip", "install", "--quiet", *flags, cwd=clone, env=bare_environment)
    installed = run(python, "-m", "pip", "list", cwd=clone, env=bare_environment)
    assert "numpy" not in installed

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(ROOT / "test_dma.py", elsewhere)
    assert_seed_output(run(python, "test_dma.py", cwd=elsewhere, env=bare_environment))
    run(python, clone / "examples" / "python" / "address_based_dma_example.py", cwd=elsewhere, env=bare_environment)
    versions = "import stillwater_kpu, importlib.metadata as m; print(stillwater_kpu.__version__, m.version('stillwater-kpu'))"
    version, metadata = run(python, "-c", versions, cwd=elsewhere, env=bare_environment).split()
    assert version == metadata


def test_wheel_and_source_distribution_carry_the_bundle(clone: Path, tmp_path: Path) -> None:
    out = tmp_path / "dist"
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, cwd=clone)
    (wheel,) = out.glob("*.whl")
    assert wheel.name.endswith("-py3-none-any.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for name in ("stillwater_kpu/_engine/engine.mjs", "stillwater_kpu/py.typed", "stillwater_toplevel/__init__.py"):
        assert name in names
    assert not [name for name in names if "test" in name or "CMake" in name]

    (sdist,) = out.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "source", **({"filter": "data"} if sys.version_info >= (3, 12) else {}))
    (source,) = (tmp_path / "source").iterdir()
    assert (source / "python" / "stillwater_kpu" / "_engine" / "engine.mjs").is_file()
    # The wheel of a source distribution is made without Node.js and without a network.
    offline = {"PATH": "/nonexistent", "PIP_NO_INDEX": "1"}
    again = tmp_path / "again"
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", again, cwd=source, env=offline)
    (second,) = again.glob("*.whl")
    assert sorted(zipfile.ZipFile(second).namelist()) == sorted(names)


@pytest.mark.parametrize("minor", range(9, 15))
def test_other_python_versions_run_the_seed_script(minor: int, tmp_path: Path) -> None:
    pyenv = Path.home() / ".pyenv" / "versions"
    candidates = [shutil.which(f"python3.{minor}"), *pyenv.glob(f"3.{minor}.*/bin/python")]
    for candidate in filter(None, candidates):
        asked = subprocess.run([candidate, "-c", "import sys; print(sys.version_info[1])"], capture_output=True, text=True)
        if asked.stdout.strip() != str(minor):
            continue
        script = tmp_path / "test_dma.py"
        shutil.copy(ROOT / "test_dma.py", script)
        environment = {"PYTHONPATH": str(ROOT / "python"), "PATH": str(Path(shutil.which("node") or "").parent)}
        assert_seed_output(run(candidate, "-B", script, cwd=tmp_path, env=environment))
        return
    pytest.skip(f"no Python 3.{minor} on this machine")
