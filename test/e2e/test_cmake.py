"""The seed document's commands, as it gives them."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from clean_place import assert_seed_output, environment, make_venv, run

STAGE = "src/bindings/python"


def test_option_1_builds_and_every_way_of_use_works(clone: Path) -> None:
    build = "mkdir -p build && cd build && cmake .. -DCMAKE_BUILD_TYPE=Release -DKPU_BUILD_PYTHON_BINDINGS=ON"
    assert "Python" in run("bash", "-c", build, cwd=clone)
    for again in ("first", "second"):
        grepped = run("bash", "-c", "cd build && cmake .. -DKPU_BUILD_PYTHON_BINDINGS=ON 2>&1 | grep Python", cwd=clone)
        assert "Python found: " in grepped, again
    for target in (["--target", "stillwater_kpu"], ["--target", "stillwater_toplevel"], []):
        run("cmake", "--build", ".", *target, "-j8", cwd=clone / "build")

    release = clone / "build" / STAGE / "Release"
    assert sorted(path.name for path in release.iterdir()) == ["stillwater_kpu", "stillwater_toplevel"]
    assert not list(release.rglob("__pycache__"))

    with_path = "PYTHONPATH=build/src/bindings/python/Release python3 test_dma.py"
    assert_seed_output(run("bash", "-c", with_path, cwd=clone, env=environment()))

    tests = run("bash", "run_tests.sh", cwd=clone, env=environment())
    assert "✓ All tests passed!" in tests
    assert tests.strip().endswith("All tests complete!")
    assert "Traceback" not in tests

    script = clone / "elsewhere" / "by_sys_path.py"
    script.parent.mkdir()
    script.write_text(
        "import os, sys\n"
        "build_path = os.path.abspath(os.path.join(os.path.dirname(__file__), '../build/src/bindings/python/Release'))\n"
        "sys.path.insert(0, build_path)\n"
        "import stillwater_kpu as kpu\n"
        "assert kpu.__file__.startswith(build_path)\n"
        "print(kpu.KPUSimulator().get_memory_bank_count())\n",
        encoding="utf-8",
    )
    assert run("python3", script, cwd=script.parent, env=environment()).strip() == "2"

    example = "cd examples/python && python3 address_based_dma_example.py"
    run("bash", "-c", example, cwd=clone, env=environment(PYTHONPATH=str(release)))


def test_one_target_alone_is_importable_and_follows_its_sources(clone: Path) -> None:
    run("cmake", "-S", ".", "-B", "build", cwd=clone)
    run("cmake", "--build", "build", "--target", "stillwater_toplevel", cwd=clone)
    path = environment(PYTHONPATH=str(clone / "build" / STAGE / "Release"))
    use = "import stillwater_toplevel as top\nwith top.SystemSimulator() as system: print(system.run_self_test())"
    assert "True" in run("python3", "-c", use, cwd=clone, env=path).splitlines()

    staged = clone / "build" / STAGE / "Release" / "stillwater_kpu"
    bundle = staged / "_engine" / "engine.mjs"
    made = bundle.stat().st_mtime_ns
    version = clone / "python" / "stillwater_kpu" / "_version.py"
    added = version.with_name("added.py")
    added.touch()
    version.write_text(version.read_text(encoding="utf-8") + "changed = 1\n", encoding="utf-8")
    run("cmake", "--build", "build", cwd=clone)
    assert (staged / "added.py").is_file()
    assert "changed = 1" in (staged / "_version.py").read_text(encoding="utf-8")
    assert bundle.stat().st_mtime_ns == made

    added.unlink()
    engine_source = clone / "packages" / "bridge" / "src" / "main.ts"
    engine_source.write_text(
        engine_source.read_text(encoding="utf-8") + "console.error('changed');\n", encoding="utf-8"
    )
    run("cmake", "--build", "build", cwd=clone)
    assert not (staged / "added.py").exists()
    assert 'console.error("changed")' in bundle.read_text(encoding="utf-8")


def test_multi_config_generator_gives_release_and_debug(clone: Path) -> None:
    ninja = shutil.which("ninja") or shutil.which("ninja", path=str(Path(sys.executable).parent))
    generator = ["-G", "Ninja Multi-Config", f"-DCMAKE_MAKE_PROGRAM={ninja}"]
    run("cmake", "-S", ".", "-B", "build_msvc", *generator, cwd=clone)
    for config in ("Release", "Debug"):
        run("cmake", "--build", "build_msvc", "--config", config, "--target", "stillwater_kpu", cwd=clone)
        run("cmake", "--build", "build_msvc", "--config", config, "--target", "stillwater_toplevel", cwd=clone)
        assert (clone / "build_msvc" / STAGE / config / "stillwater_kpu" / "_engine" / "engine.mjs").is_file()
    # The seed's script looks for this folder by itself.
    assert_seed_output(run("python3", "test_dma.py", cwd=clone, env=environment()))


def test_the_option_off_builds_nothing(clone: Path) -> None:
    assert "nothing to build" in run("cmake", "-S", ".", "-B", "build", "-DKPU_BUILD_PYTHON_BINDINGS=OFF", cwd=clone)
    run("cmake", "--build", "build", cwd=clone)
    assert not (clone / "build" / "src").exists()


def test_a_machine_without_node_gets_one_from_the_build(clone: Path, bare_environment: dict[str, str]) -> None:
    run("cmake", "-S", ".", "-B", "build", cwd=clone, env=bare_environment)
    run("cmake", "--build", "build", "-j8", cwd=clone, env=bare_environment)
    path = {**bare_environment, "PYTHONPATH": "build/src/bindings/python/Release"}
    assert_seed_output(run("python3", "test_dma.py", cwd=clone, env=path))


def test_a_machine_without_node_and_pip_is_told_so(
    clone: Path, tmp_path: Path, bare_environment: dict[str, str]
) -> None:
    python = make_venv(tmp_path / "venv", "--without-pip")
    run("cmake", "-S", ".", "-B", "build", f"-DPython3_EXECUTABLE={python}", cwd=clone, env=bare_environment)
    said = run("cmake", "--build", "build", cwd=clone, env=bare_environment, check=False)
    assert "no Node.js 20.19 or newer and pip could not bring one" in said
    assert "install Node.js or pip" in said


def test_a_wrong_kpu_node_is_named_by_the_build(clone: Path, bare_environment: dict[str, str]) -> None:
    wrong = {**bare_environment, "KPU_NODE": "/nowhere/node"}
    run("cmake", "-S", ".", "-B", "build", cwd=clone, env=wrong)
    assert "KPU_NODE is '/nowhere/node'" in run("cmake", "--build", "build", cwd=clone, env=wrong, check=False)


def test_a_python_that_does_not_serve_is_named(clone: Path) -> None:
    old = clone / "python-of-old"
    old.write_text("#!/bin/sh\necho 3.8.10\n", encoding="utf-8")
    old.chmod(0o755)
    for python, shown in ((old, "'3.8.10'"), (clone / "missing", "''")):
        said = run("cmake", "-S", ".", "-B", "build", f"-DPython3_EXECUTABLE={python}", cwd=clone, check=False)
        told = " ".join(said.split())
        assert "Python 3.9 or newer is needed" in told
        assert shown in told
        assert "-DPython3_EXECUTABLE=/path/to/python3" in told


def test_the_oldest_cmake_that_is_promised(clone: Path) -> None:
    oldest = Path(sys.executable).parent / "cmake"
    assert "3.20." in run(oldest, "--version", cwd=clone)
    assert "Python found: " in run(oldest, "-S", ".", "-B", "build", cwd=clone)
    run(oldest, "--build", "build", "-j8", cwd=clone)
    path = environment(PYTHONPATH=str(clone / "build" / STAGE / "Release"))
    assert_seed_output(run("python3", "test_dma.py", cwd=clone, env=path))
