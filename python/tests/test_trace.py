"""Traces: what was noted, as events, as columns and as a file; nothing of it changes what is simulated."""

from __future__ import annotations

import array
import csv
import os
import pickle
import stat
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

import stillwater_kpu as kpu

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 16
BYTES = 4 * SIZE * SIZE


def run_pipeline(sim: kpu.KPUSimulator, products: int = 4, buffers: int = 1) -> None:
    """Operands arrive in a scratchpad, products are computed there: each waits for the other."""
    bank, pad = sim.get_external_bank_base(0), sim.get_scratchpad_base(0)
    full, empty = sim.create_semaphore("full"), sim.create_semaphore("empty", buffers, "space")
    for index in range(products):
        a = 3 * (index % buffers) * BYTES
        sim.start_dma_transfer(0, bank, pad + a, 2 * BYTES, wait_for=[empty], signal=[full])
        ends = a, a + BYTES, a + 2 * BYTES
        sim.start_matmul(0, 0, SIZE, SIZE, SIZE, *ends, queued=True, wait_for=[full], signal=[empty])
    sim.run_until_idle()


@pytest.fixture
def traced(sim: kpu.KPUSimulator) -> kpu.Trace:
    sim.start_trace()
    run_pipeline(sim)
    return sim.get_trace()


def test_without_a_start_the_trace_is_empty(sim: kpu.KPUSimulator) -> None:
    run_pipeline(sim)
    trace = sim.get_trace()
    assert (len(trace), trace.dropped, list(trace), repr(trace)) == (0, 0, [], "<Trace of 0 events>")
    assert all(len(column) == 0 for column in trace.columns().values())
    assert not sim.is_tracing()


def test_events(traced: kpu.Trace) -> None:
    assert len(traced) == 8
    assert traced[0] == kpu.TraceEvent(
        "dma 0", "external bank 0", "scratchpad 0", 0, 155, 0, 2 * BYTES, "transfer", "none", False
    )
    first, second = traced[1:3]
    assert (first.unit, first.operation, first.source, first.destination) == (
        "tile 0",
        "product",
        "scratchpad 0",
        "scratchpad 0",
    )
    assert (first.begin, first.waited_cycles, first.cause, first.bytes) == (155, 155, "data", 3 * BYTES)
    assert (second.begin, second.waited_cycles, second.cause) == (first.end, first.end - 155, "space")
    assert all((event.producer is None) == (event.cause == "none") for event in traced)
    assert all(traced[event.producer].end == event.begin for event in traced if event.producer is not None)
    assert (traced[0].producer, first.producer, second.producer) == (None, 0, 1)
    assert traced[-1] == traced[7] == list(traced)[-1]
    assert traced[np.int64(2)] == second
    assert traced[::-1][0] == traced[-1]
    assert second in traced
    assert repr(traced) == f"<Trace of 8 events until cycle {traced[-1].end}>"
    with pytest.raises(IndexError, match="no event 8: it has 8"):
        traced[8]
    with pytest.raises(IndexError):
        traced[-9]
    with pytest.raises(TypeError):
        traced["0"]  # type: ignore[call-overload]
    with pytest.raises(AttributeError):
        first.begin = 3  # type: ignore[misc]


def test_a_trace_changes_nothing_and_nothing_is_wrong_with_it(sim: kpu.KPUSimulator) -> None:
    sim.start_trace()
    run_pipeline(sim, buffers=2)
    with kpu.KPUSimulator() as other:
        run_pipeline(other, buffers=2)
        assert other.get_statistics() == sim.get_statistics()
    assert sim.check_trace() == []


def test_the_trace_agrees_with_the_statistics(sim: kpu.KPUSimulator) -> None:
    sim.start_trace()
    run_pipeline(sim, products=7, buffers=2)
    sim.start_stream_transfer(1, sim.get_l2_bank_base(0), sim.get_scratchpad_base(1), 640)
    sim.run_until_idle()
    columns, statistics = sim.get_trace().columns(), sim.get_statistics()
    names = sim.get_trace().unit_names
    for unit, figures in [
        ("dma 0", statistics["dma"][0]),
        ("tile 0", statistics["tile"][0]),
        ("streamer 1", statistics["streamer"][1]),
    ]:
        mine = columns["unit"] == names.index(unit)
        assert (columns["end"] - columns["begin"])[mine].sum() == figures["busy_cycles"]
        for cause in ("data", "space"):
            waited = columns["waited_cycles"][mine & (columns["cause"] == ("none", "data", "space").index(cause))]
            assert waited.sum() == figures[f"waiting_for_{cause}_cycles"]


def test_columns_are_copies_of_whole_numbers(traced: kpu.Trace) -> None:
    columns = traced.columns()
    assert list(columns) == list(kpu.TraceEvent._fields)
    assert {name: column.dtype.name for name, column in columns.items()} == {
        **dict.fromkeys(("unit", "source", "destination"), "uint32"),
        **dict.fromkeys(("begin", "end", "waited_cycles", "bytes"), "int64"),
        **dict.fromkeys(("operation", "cause"), "uint8"),
        "slowed_by_ports": "bool",
        "producer": "int32",
    }
    for index, event in enumerate(traced):
        row = {name: column[index] for name, column in columns.items()}
        assert (row["begin"], row["end"], row["bytes"]) == (event.begin, event.end, event.bytes)
        assert traced.unit_names[row["unit"]] == event.unit
        assert traced.memory_names[row["destination"]] == event.destination
        assert traced.operation_names[row["operation"]] == event.operation
        assert traced.cause_names[row["cause"]] == event.cause
        assert row["producer"] == (-1 if event.producer is None else event.producer)
    columns["end"][:] = 0
    assert traced[0].end == 155


def test_columns_without_numpy(traced: kpu.Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    columns = traced.columns()
    assert all(isinstance(column, array.array) for column in columns.values())
    assert columns["end"].tolist() == [event.end for event in traced]
    columns["end"][0] = 7
    assert traced[0].end == 155


def test_numbers_beyond_32_bits_arrive_exactly(sim: kpu.KPUSimulator) -> None:
    sim.start_trace()
    sim.run_until(2**40 + 5)
    sim.start_dma_transfer(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 1024)
    sim.run_until_idle()
    (event,) = sim.get_trace()
    assert (event.begin, event.end) == (2**40 + 5, 2**40 + 150)


def test_columns_travel_in_chunks(sim: kpu.KPUSimulator, monkeypatch: pytest.MonkeyPatch, round_trips) -> None:
    sim.start_trace()
    run_pipeline(sim, products=50)
    whole = sim.get_trace()
    monkeypatch.setattr("stillwater_kpu._observing.CHUNK_BYTES", 72)
    assert round_trips(sim, lambda: None) == 0
    parts: list[kpu.Trace] = []
    trips = round_trips(sim, lambda: parts.append(sim.get_trace()))
    assert parts == [whole]
    # 100 events: 9 to a chunk in the wide columns, 18 in the middle ones, 72 in the narrow ones.
    assert trips == 1 + 4 * 12 + 4 * 6 + 3 * 2


def test_what_does_not_fit_is_counted(sim: kpu.KPUSimulator) -> None:
    sim.start_trace(most_events=3)
    run_pipeline(sim)
    trace = sim.get_trace()
    assert (len(trace), trace.dropped, trace.most_events) == (3, 5, 3)
    assert repr(trace).endswith("5 dropped>")
    assert sim.check_trace() == []


def test_start_stop_and_reset(sim: kpu.KPUSimulator) -> None:
    sim.start_trace()
    assert sim.is_tracing()
    run_pipeline(sim, products=1)
    sim.stop_trace()
    assert not sim.is_tracing()
    run_pipeline(sim, products=1)
    first = sim.get_trace()
    assert len(first) == 2
    sim.start_trace()
    assert len(sim.get_trace()) == 0
    run_pipeline(sim, products=1)
    sim.reset()
    assert len(sim.get_trace()) == 0
    assert sim.is_tracing()
    assert len(first) == 2


def test_inside_a_callback(sim: kpu.KPUSimulator) -> None:
    seen: list[kpu.Trace] = []
    sim.start_trace()
    pad = sim.get_scratchpad_base(0)
    sim.start_dma_transfer(0, sim.get_external_bank_base(0), pad, 1024, lambda: seen.append(sim.get_trace()))
    sim.run_until_idle()
    assert [event.end for event in seen[0]] == [145]


@pytest.mark.parametrize("bad", [0, -1, 2**31, True, 1.5, "many", None])
def test_bad_bounds(sim: kpu.KPUSimulator, bad: object) -> None:
    with pytest.raises((ValueError, TypeError), match="most_events"):
        sim.start_trace(bad)  # type: ignore[arg-type]
    assert not sim.is_tracing()


def test_a_trace_is_a_value(traced: kpu.Trace, sim: kpu.KPUSimulator) -> None:
    again = pickle.loads(pickle.dumps(traced))
    assert again == traced
    assert list(again) == list(traced)
    assert traced != list(traced)
    sim.close()
    assert traced[0].unit == "dma 0"
    with pytest.raises(RuntimeError, match="closed"):
        sim.get_trace()


def test_the_engine_keeps_no_copy(sim: kpu.KPUSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    sim.start_trace()
    run_pipeline(sim)
    link = sim._link
    sim.get_trace()
    assert link.query("kept") == 0
    monkeypatch.setattr("stillwater_kpu._observing.new_column", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        sim.get_trace()
    assert link.query("kept") == 0


def test_csv(traced: kpu.Trace, tmp_path: Path) -> None:
    path = tmp_path / "trace.csv"
    traced.to_csv(path)
    text = path.read_text(encoding="utf-8")
    assert text.splitlines()[:2] == [
        "unit,source,destination,begin,end,waited_cycles,bytes,operation,cause,slowed_by_ports",
        "dma 0,external bank 0,scratchpad 0,0,155,0,2048,transfer,none,0",
    ]
    rows = list(csv.DictReader(text.splitlines()))
    assert [(row["unit"], int(row["end"])) for row in rows] == [(event.unit, event.end) for event in traced]
    assert text.endswith("\n")
    traced.to_csv(str(path))
    assert path.read_text(encoding="utf-8") == text
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_written_whole_or_not_at_all(
    traced: kpu.Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "trace.csv"
    path.write_text("old", encoding="utf-8")
    events = kpu.Trace.__iter__

    def interrupted(self: kpu.Trace):
        for index, event in enumerate(events(self)):
            if index == 5:
                raise KeyboardInterrupt
            yield event

    monkeypatch.setattr(kpu.Trace, "__iter__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        traced.to_csv(path)
    monkeypatch.undo()
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(OSError):
        traced.to_csv(tmp_path)
    with pytest.raises(FileNotFoundError):
        traced.to_csv(tmp_path / "nowhere" / "trace.csv")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="links and permissions as POSIX has them")
def test_a_file_is_an_ordinary_one(traced: kpu.Trace, tmp_path: Path) -> None:
    plain, target, link = tmp_path / "plain", tmp_path / "target.csv", tmp_path / "link.csv"
    plain.write_text("", encoding="utf-8")
    target.write_text("", encoding="utf-8")
    link.symlink_to(target)
    traced.to_csv(link)
    assert link.is_symlink()
    assert target.stat().st_size > 0
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
