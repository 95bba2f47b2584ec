"""The command `kpu` as a program: pipes, terminals, interrupts, places where nothing can be written."""

from __future__ import annotations

import os
import pty
import random
import signal
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest

from clean_place import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = [sys.executable, "-m", "stillwater_kpu"]
LONG = ["run", "-m", "4096", "--tile", "16", "--values"]


def variables() -> dict[str, str]:
    return environment(PYTHONPATH=str(ROOT / "python"), PATH=os.environ["PATH"])


def kpu(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, words)],
        cwd=cwd,
        env=variables(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_python_runs_the_same_command(tmp_path: Path) -> None:
    done = kpu("run", "-m", "2", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1562 cycles" in done.stdout
    assert "\033" not in done.stdout
    assert kpu("run", "-m", "none", cwd=tmp_path).returncode == 2


def test_view_serves_the_page_until_ctrl_c(tmp_path: Path) -> None:
    (tmp_path / "machine.yaml").write_text("clock_ghz: 1\n", encoding="utf-8")
    command = [*COMMAND, "view", "machine.yaml", "--no-open"]
    process = subprocess.Popen(command, cwd=tmp_path, env=variables(), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address, _, place = process.stdout.readline().strip().partition("#")
        assert place == "file=machine.yaml"
        with urllib.request.urlopen(address) as page:
            assert b"<title>KPU simulator</title>" in page.read()
        with urllib.request.urlopen(f"{address}served-file") as file:
            assert file.read() == b"clock_ghz: 1\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
    finally:
        process.kill()
        process.communicate()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["machine.yaml"]
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(address)


def test_a_reader_that_stops_is_no_error(tmp_path: Path) -> None:
    line = f"{sys.executable} -m stillwater_kpu explain --all | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=tmp_path,
        env=variables(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="terminals and signals")
def test_a_terminal_sees_progress_and_ctrl_c_leaves_no_file(tmp_path: Path) -> None:
    main, side = pty.openpty()
    command = [*COMMAND, *LONG, "--trace", "run.kputrace"]
    process = subprocess.Popen(command, cwd=tmp_path, env=variables(), stdout=subprocess.DEVNULL, stderr=side)
    os.close(side)
    seen = b""
    while b"s left" not in seen:
        seen += os.read(main, 4096)
    process.send_signal(signal.SIGINT)
    while b"interrupted at cycle" not in seen:
        seen += os.read(main, 4096)
    process.wait(timeout=60)
    os.close(main)
    assert b"cycles/s" in seen
    assert process.returncode == 130
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    done = kpu("run", "-m", "8", "--trace", "run.csv", cwd=tmp_path)
    tmp_path.chmod(0o700)
    assert done.returncode == 2
    assert "cannot write run.csv" in done.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a small file system needs Linux and its root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("name", ["run.csv", "run.kputrace", "run.pftrace"])
def test_a_full_disk(name: str, small_disk: Path) -> None:
    old = small_disk / name
    old.write_text("old", encoding="utf-8")
    done = kpu("run", "-m", "1024", "--trace", name, cwd=small_disk)
    assert done.returncode == 2
    assert done.stderr == f"kpu: cannot write {name}: ENOSPC: no space left on device, write\n"
    assert old.read_text(encoding="utf-8") == "old"
    assert list(small_disk.iterdir()) == [old]


def test_a_wrong_node_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "info"],
        cwd=tmp_path,
        env={**variables(), "KPU_NODE": "/nonexistent/node"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "KPU_NODE=/nonexistent/node" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_signals_at_any_moment_leave_no_half_file(end: signal.Signals, tmp_path: Path) -> None:
    """Several at random moments: before the start, while the machine runs, while the trace is written, and after it."""
    dice = random.Random(int(end))
    for _ in range(int(os.environ.get("KPU_SIGNAL_STORMS", "8"))):
        # Without Python before it, which has words of its own for a Ctrl-C while it starts.
        program = ROOT / "python" / "stillwater_kpu" / "_engine" / "kpu.cjs"
        command = ["node", program, "run", "-m", "1024", "--tile", "16", "--trace", "run.csv"]
        process = subprocess.Popen(
            command, cwd=tmp_path, env=variables(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        for _ in range(dice.randint(1, 4)):
            time.sleep(dice.uniform(0, 0.5))
            process.send_signal(end)
        _, said = process.communicate(timeout=60)
        assert process.returncode in (0, 130, -end), (process.returncode, said)
        assert "    at " not in said
        assert {path.name for path in tmp_path.iterdir()} <= {"run.csv"}


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    link = tmp_path / "run.csv"
    link.symlink_to(tmp_path / "to" / "real.csv")
    for _ in range(2):  # one that points to nothing yet, and one that points to a file
        assert kpu("run", "-m", "8", "--trace", "run.csv", cwd=tmp_path).returncode == 0
        assert link.is_symlink()
        assert (tmp_path / "to" / "real.csv").read_text(encoding="utf-8").startswith("unit,")
        assert len(list((tmp_path / "to").iterdir())) == 1


def test_a_workload_is_validated_as_one(tmp_path: Path) -> None:
    example = ROOT / "examples" / "workloads" / "gather.yaml"
    assert kpu("config", "validate", example, cwd=tmp_path).stdout == f"{example}: valid\n"
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(example.read_text(encoding="utf-8").replace("memory: l3 0", "memory: moon 0"), encoding="utf-8")
    done = kpu("config", "validate", wrong, cwd=tmp_path)
    assert done.returncode == 1
    assert "moon" in done.stdout
