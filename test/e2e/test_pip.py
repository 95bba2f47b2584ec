"""Installation by pip on a machine with Python and pip only."""

from __future__ import annotations

import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from packaging.metadata import Metadata

from clean_place import ROOT, assert_seed_output, make_venv, run


@pytest.mark.parametrize("flags", [["."], ["-e", "."]], ids=["install", "editable"])
def test_pip_install_from_a_clone(
    clone: Path, tmp_path: Path, bare_environment: dict[str, str], flags: list[str]
) -> None:
    python = make_venv(tmp_path / "venv")
    run(python, "-m", "pip", "install", "--quiet", *flags, cwd=clone, env=bare_environment)
    installed = run(python, "-m", "pip", "list", cwd=clone, env=bare_environment)
    assert "numpy" not in installed

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(ROOT / "test_dma.py", elsewhere)
    assert_seed_output(run(python, "test_dma.py", cwd=elsewhere, env=bare_environment))
    run(python, clone / "examples" / "python" / "address_based_dma_example.py", cwd=elsewhere, env=bare_environment)
    versions = (
        "import stillwater_kpu, importlib.metadata as m; print(stillwater_kpu.__version__, m.version('stillwater-kpu'))"
    )
    version, metadata = run(python, "-c", versions, cwd=elsewhere, env=bare_environment).split()
    assert version == metadata


def test_wheel_and_source_distribution_carry_the_bundle(clone: Path, tmp_path: Path) -> None:
    out = tmp_path / "dist"
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, cwd=clone)
    (wheel,) = out.glob("*.whl")
    assert wheel.name.endswith("-py3-none-any.whl")
    names = zipfile.ZipFile(wheel).namelist()
    engines = (f"stillwater_kpu/_engine/{name}" for name in ("engine.mjs", "engine.js", "kpu.cjs", "viewer.html"))
    for name in (*engines, "stillwater_kpu/py.typed", "stillwater_toplevel/__init__.py"):
        assert name in names
    assert not [name for name in names if "/tests/" in name or "CMake" in name]

    (sdist,) = out.glob("*.tar.gz")
    assert_publishable(wheel, sdist)
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


def assert_publishable(wheel: Path, sdist: Path) -> None:
    """What an index checks of what is uploaded: metadata that the specifications allow, the same in both, with a page."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        of_wheel = archive.read(name)
    with tarfile.open(sdist) as archive:
        member = archive.extractfile(f"{sdist.name.removesuffix('.tar.gz')}/PKG-INFO")
        assert member is not None
        of_sdist = member.read()
    found = Metadata.from_email(of_wheel, validate=True)
    assert Metadata.from_email(of_sdist, validate=True).as_rfc822().as_bytes() == found.as_rfc822().as_bytes()
    assert found.name == "stillwater-kpu"
    assert found.description_content_type is not None
    assert found.description_content_type.startswith("text/markdown")
    assert found.description is not None
    assert found.description.startswith("# ")
    assert found.license_expression == "MIT"
    assert str(found.requires_python) == ">=3.9"


def other_pythons() -> list[Path]:
    """One interpreter per supported version of Python that this machine has."""
    found = []
    for minor in range(9, 16):
        on_path = shutil.which(f"python3.{minor}")
        # A version manager's shim stands on the PATH for versions that do not run; its real interpreters are looked up.
        named = [Path(on_path)] if on_path and "shims" not in on_path else []
        managed = sorted((Path.home() / ".pyenv" / "versions").glob(f"3.{minor}.*/bin/python3.{minor}"))
        found += [*managed, *named][:1]
    return found


@pytest.mark.parametrize("interpreter", other_pythons(), ids=lambda path: path.name)
def test_other_python_versions_run_the_seed_script(interpreter: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "test_dma.py", tmp_path)
    environment = {"PYTHONPATH": str(ROOT / "python"), "PATH": str(Path(shutil.which("node") or "").parent)}
    assert_seed_output(run(interpreter, "-B", "test_dma.py", cwd=tmp_path, env=environment))
