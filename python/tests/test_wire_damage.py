"""Engines that break the protocol: always a clear error, never a hang, and a new simulator works."""

from __future__ import annotations

import contextlib
import os
import stat
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import pytest
from fake_engine import frame
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import stillwater_kpu as kpu
from stillwater_kpu import _engine_process

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the fake executables are scripts")
FAKE = Path(__file__).with_name("fake_engine.py")
CALLS: dict[str, Callable[[kpu.KPUSimulator], object]] = {
    "run": lambda sim: sim.run_until_idle(),
    "read": lambda sim: sim.read_memory_bank(0, 0, 4),
    "state": lambda sim: sim.is_dma_busy(0),
    "query": lambda sim: sim.get_statistics(),
    "reset": lambda sim: sim.reset(),
}


@contextlib.contextmanager
def speaking(folder: Path, *answers: object) -> Iterator[kpu.KPUSimulator]:
    """A simulator on a fake engine with these answers."""
    node = folder / "node"
    node.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        f"os.execv(sys.executable, [sys.executable, {str(FAKE)!r}, {kpu.__version__!r}, repr({list(answers)!r})])\n",
        encoding="utf-8",
    )
    node.chmod(node.stat().st_mode | stat.S_IXUSR)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KPU_NODE", str(node))
        patch.setattr(_engine_process, "_SECONDS_WITHIN_A_FRAME", 0.3)
        sim = kpu.KPUSimulator(isolated=True)
    with sim:
        yield sim


ERROR = frame(3, b'{"code": "KPU_BUSY", "kind": "runtime", "message": "busy"}')
DAMAGED = {
    "zero length": frame(1, b"\1", length=0),
    "short length": frame(1, b"\1", length=25),
    "long length": frame(1, b"\1", length=2**31),
    "over the limit": frame(1, b"\1", length=64 * 2**20 + 4097),
    "too many bytes": frame(1, b"\1") + b"more",
    "a length of less": frame(1, b"\1" * 40, length=27),
    "a length of more": frame(1, b"\1", length=200),
    "half a head": frame(1, b"\1")[:17],
    "wrong tag": frame(9, b"\1"),
    "tag of another reply": frame(4, b"\1\0\0\0\1\0\0\0"),
    "upcall of nothing": frame(4, struct.pack("<II", 77, 1)),
    "upcall of another": frame(4, struct.pack("<II", 1, 5)),
    "upcall too short": frame(4, b"\1"),
    "garbage": bytes(range(7, 200)),
    "text": b"Segmentation fault\n" * 3,
    "cycle not a number": struct.pack("<IBdddB", 27, 1, float("nan"), 0, 0, 0) + b"\1",
    "negative cycle": struct.pack("<IBdddB", 27, 1, -1.0, 0, 0, 0) + b"\1",
    "infinite cycle": struct.pack("<IBdddB", 27, 1, float("inf"), 0, 0, 0) + b"\1",
    "horizon not a number": struct.pack("<IBdddB", 27, 1, 0.0, float("nan"), 0, 0) + b"\1",
    "broken JSON": frame(2, b"{"),
    "JSON that is no text": frame(2, b"\xff\xfe\xfd"),
    "broken error": frame(3, b"{"),
    "error that is a list": frame(3, b"[1]"),
    "empty error": frame(3, b""),
}


@pytest.mark.parametrize("call", list(CALLS))
@pytest.mark.parametrize("damage", list(DAMAGED))
def test_damaged_replies(tmp_path: Path, damage: str, call: str) -> None:
    with speaking(tmp_path, DAMAGED[damage]) as sim:
        with pytest.raises(kpu.SimulatorCrashed) as raised:
            CALLS[call](sim)
        assert raised.value.code == "KPU_PROTOCOL"
        assert "protocol" in str(raised.value)
        with pytest.raises(kpu.ProtocolError):
            sim.step()
        with pytest.raises(ProcessLookupError):
            os.kill(sim._link.connection.engine.pid, 0)


@pytest.mark.parametrize("body", [b"", b"\0" * 15, b"\0" * 17], ids=len)
def test_wrong_sizes(tmp_path: Path, body: bytes) -> None:
    for call in ("run", "read", "state"):
        with speaking(tmp_path, frame(1, body)) as sim, pytest.raises(kpu.ProtocolError):
            CALLS[call](sim)


def test_wrong_kinds_of_answers(tmp_path: Path) -> None:
    for call, answer in (
        ("run", frame(0, b"")),
        ("read", frame(2, b"{}")),
        ("query", frame(1, b"{}")),
        ("reset", frame(1, b"")),
    ):
        with speaking(tmp_path, answer) as sim, pytest.raises(kpu.ProtocolError, match="tag"):
            CALLS[call](sim)


def test_an_error_in_place_of_data(tmp_path: Path) -> None:
    with speaking(tmp_path, ERROR, frame(1, struct.pack("<4f", 1, 2, 3, 4))) as sim:
        with pytest.raises(RuntimeError, match="busy") as raised:
            sim.read_memory_bank(0, 0, 4)
        assert raised.value.code == "KPU_BUSY"
        assert sim.read_memory_bank(0, 0, 4) == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize(
    ("kind", "error"),
    [("index", IndexError), ("value", ValueError), ("type", TypeError), ("runtime", RuntimeError), ("config", kpu.ConfigError),
     ("overflow", OverflowError), ("shape", kpu.ShapeError), ("internal", RuntimeError), ("new kind", RuntimeError)],
)  # fmt: skip
def test_kinds_of_errors(tmp_path: Path, kind: str, error: type) -> None:
    body = f'{{"code": "KPU_X", "kind": "{kind}", "message": "so", "details": {{"a": 1}}, "stack": "at x"}}'
    with speaking(tmp_path, frame(3, body.encode())) as sim:
        with pytest.raises(error, match="so") as raised:
            sim.run_until_idle()
        assert isinstance(raised.value, kpu.KpuError)
        assert (raised.value.code, raised.value.details["a"]) == ("KPU_X", 1)


def test_the_end_in_an_exchange(tmp_path: Path) -> None:
    with speaking(tmp_path, "exit") as sim, pytest.raises(kpu.SimulatorCrashed, match="exit code 9") as raised:
        sim.run_until_idle()
    assert raised.value.code == "KPU_CRASHED"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    reply=st.one_of(
        st.binary(max_size=200),
        st.builds(frame, st.integers(0, 255), st.binary(max_size=40), st.one_of(st.none(), st.integers(0, 300))),
    ),
    call=st.sampled_from(list(CALLS)),
)
def test_any_bytes(tmp_path: Path, reply: bytes, call: str) -> None:
    """Whatever comes: an error of the family or a result, and the end of the engine is always orderly."""
    if not reply:
        return  # that is silence, which is an engine that thinks
    with speaking(tmp_path, reply) as sim, contextlib.suppress(kpu.KpuError):
        CALLS[call](sim)
