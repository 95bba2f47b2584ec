"""Trace files: what is in them is the trace, and they are written whole or not at all."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from trace_readers import CompactFile, PerfettoFile

import stillwater_kpu as kpu

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 16
BYTES = 4 * SIZE * SIZE
FORMATS = {"kputrace": ".kputrace", "perfetto": ".pftrace", "chrome": ".json", "csv": ".csv"}


def run_pipeline(sim: kpu.KPUSimulator, products: int = 5) -> None:
    """Two lanes in which transfers wait for space and products for data; both share the ports of a bank."""
    bank = sim.get_external_bank_base(0)
    for lane in (0, 1):
        pad = sim.get_scratchpad_base(lane)
        full, empty = sim.create_semaphore(f"full {lane}"), sim.create_semaphore(f"empty {lane}", 1, "space")
        for _ in range(products):
            sim.start_dma_transfer(lane, bank, pad, 2 * BYTES, wait_for=[empty], signal=[full])
            ends = 0, BYTES, 2 * BYTES
            sim.start_matmul(lane, lane, SIZE, SIZE, SIZE, *ends, queued=True, wait_for=[full], signal=[empty])
    sim.run_until_idle()


@pytest.fixture
def traced(sim: kpu.KPUSimulator) -> kpu.KPUSimulator:
    sim.start_trace()
    run_pipeline(sim)
    return sim


def producer_of(trace: kpu.Trace, index: int) -> str | None:
    """The unit whose credit an event of `run_pipeline` has waited for: the other one of its lane."""
    event = trace[index]
    if event.cause == "none":
        return None
    kind, lane = event.unit.split()
    return f"{'tile' if kind == 'dma' else 'dma'} {lane}"


@pytest.mark.parametrize("clock", [1.0, 1.5, 0.8])
def test_perfetto_has_the_trace(clock: float, tmp_path: Path) -> None:
    with kpu.KPUSimulator(kpu.SimulatorConfig(clock_ghz=clock)) as sim:
        sim.start_trace()
        run_pipeline(sim)
        sim.write_trace(tmp_path / "run.pftrace")
        trace, statistics = sim.get_trace(), sim.get_statistics()
        banks = {f"external bank {bank}": sim.get_external_bank_base(bank) for bank in range(2)}
        pads = {f"scratchpad {pad}": sim.get_scratchpad_base(pad) for pad in range(2)}
    places = {name: f"{name} at {base:#x}" for name, base in {**banks, **pads}.items()}
    tenths = round(10 * clock)

    def ns(cycle: int) -> int:
        return 10 * cycle // tenths

    file = PerfettoFile(tmp_path / "run.pftrace")
    work = [each for each in file.slices if each.category == "work"]
    waits = [each for each in file.slices if each.category == "wait"]
    groups = {"dma": "DMA engines", "tile": "Compute tiles"}
    for index, (each, event) in enumerate(zip(work, trace)):
        assert (each.track, each.group) == (event.unit, groups[event.unit.split()[0]])
        assert (each.name, each.begin, each.end) == (event.operation, ns(event.begin), ns(event.end))
        expected: dict[str, Any] = {
            "event": index,
            "bytes": event.bytes,
            "source": places[event.source],
            "destination": places[event.destination],
        }
        if event.cause != "none":
            expected |= {"waited_cycles": event.waited_cycles, "cause": event.cause}
        if event.slowed_by_ports:
            expected["slowed_by_ports"] = True
        if clock != 1:
            expected |= {"begin_cycle": event.begin, "end_cycle": event.end}
        assert each.arguments == expected
    assert len(work) == len(trace) == 20
    assert [(each.track, each.name, each.begin, each.end) for each in waits] == [
        (event.unit, f"wait for {event.cause}", ns(event.begin - event.waited_cycles), ns(event.begin))
        for event in trace
        if event.waited_cycles
    ]

    # Each arrow leaves a slice that ends where the one begins that it comes to.
    leaving = {flow: each for each in work for flow in each.flows}
    assert len(leaving) == sum(len(each.flows) for each in work)
    arriving = [flow for each in work for flow in each.ended_flows]
    assert sorted(arriving) == sorted(leaving)
    for index, each in enumerate(work):
        sources = [leaving[flow] for flow in each.ended_flows]
        assert [source.track for source in sources] == [unit for unit in [producer_of(trace, index)] if unit]
        assert all(source.end == each.begin for source in sources)

    assert {name: unit for name, unit in file.units.items() if unit == "tiles"} == {"tiles busy": "tiles"}
    totals = {name: integral(points, clock) for name, points in file.counters.items()}
    assert totals["external bank 0"] == totals["external banks"]
    assert totals["external banks"] == pytest.approx(statistics["external"][0]["port_bytes"], rel=0.01)
    pad_bytes = sum(figures["port_bytes"] for figures in statistics["scratchpad"])
    assert totals["scratchpads"] == pytest.approx(pad_bytes, rel=0.01)
    busy = sum(figures["busy_cycles"] for figures in statistics["tile"])
    assert totals["tiles busy"] == pytest.approx(busy, rel=0.01)
    if clock == 1:
        assert totals["tiles busy"] == busy


def integral(points: list[tuple[int, float]], clock: float) -> float:
    """The sum over all cycles of a counter whose times are nanoseconds."""
    assert points[-1][1] == 0
    assert [time for time, _ in points] == sorted(time for time, _ in points)
    return sum(value * (later - time) * clock for (time, value), (later, _) in zip(points, points[1:]))


def test_csv_is_that_of_the_trace(traced: kpu.KPUSimulator, tmp_path: Path) -> None:
    traced.write_trace(tmp_path / "a.csv")
    traced.get_trace().to_csv(tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_chrome_is_json(traced: kpu.KPUSimulator, tmp_path: Path) -> None:
    traced.write_trace(str(tmp_path / "a.json"))
    entries = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["traceEvents"]
    work = [entry for entry in entries if entry.get("cat") == "work"]
    assert [(entry["name"], entry["args"]["begin_cycle"], entry["args"]["end_cycle"]) for entry in work] == [
        (event.operation, event.begin, event.end) for event in traced.get_trace()
    ]
    assert [round(1000 * entry["ts"]) for entry in work] == [event.begin for event in traced.get_trace()]


def test_the_compact_file_is_as_described(traced: kpu.KPUSimulator, tmp_path: Path) -> None:
    traced.write_trace(tmp_path / "a.kputrace")
    file, trace = CompactFile((tmp_path / "a.kputrace").read_bytes()), traced.get_trace()
    header = file.header
    read = [
        kpu.TraceEvent(
            header["units"][each["unit"]]["name"],
            header["memories"][each["source"]]["name"],
            header["memories"][each["destination"]]["name"],
            each["end"] - each["duration"],
            each["end"],
            each["waited"],
            each["bytes"],
            header["operations"][each["operation"]],
            header["causes"][each["cause"] & 3],
            bool(each["cause"] & 4),
            index - each["producer"] if each["producer"] else None,
        )
        for index, each in enumerate(file.events)
    ]
    assert read == list(trace)
    for index, each in enumerate(file.events):
        producer = read[index - each["producer"]].unit if each["producer"] else None
        assert producer == producer_of(trace, index)
    assert (header["clockGhz"], file.ending["events"], file.ending["dropped"]) == (1, 20, 0)
    from_file = kpu.SimulatorConfig.from_dict(header["configs"][0])
    assert from_file == traced.config
    assert file.ending["cycle"] == traced.get_current_cycle()
    names = {figure["name"] for figure in header["definitions"]["dma"]}
    assert names == set(file.ending["statistics"][0]["dma"][0])


@pytest.mark.parametrize("format_", FORMATS)
def test_the_suffix_says_the_format(format_: str, traced: kpu.KPUSimulator, tmp_path: Path) -> None:
    traced.write_trace(tmp_path / f"a{FORMATS[format_].upper()}")
    traced.write_trace(tmp_path / "b.txt", format_)
    assert (tmp_path / f"a{FORMATS[format_].upper()}").read_bytes() == (tmp_path / "b.txt").read_bytes()


def test_an_empty_trace_has_a_file_too(sim: kpu.KPUSimulator, tmp_path: Path) -> None:
    for format_, suffix in FORMATS.items():
        sim.write_trace(tmp_path / f"{format_}{suffix}")
    assert CompactFile((tmp_path / "kputrace.kputrace").read_bytes()).events == []
    assert PerfettoFile(tmp_path / "perfetto.pftrace").slices == []
    assert (tmp_path / "csv.csv").read_text(encoding="utf-8").count("\n") == 1


def test_bad_arguments(traced: kpu.KPUSimulator, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'a\.txt' is not the name of a trace file: those end in \.kputrace"):
        traced.write_trace(tmp_path / "a.txt")
    with pytest.raises(ValueError, match=r"no trace format 'perfeto'; .*the nearest is 'perfetto'"):
        traced.write_trace(tmp_path / "a.txt", "perfeto")
    with pytest.raises(TypeError, match="format must be a str, got int"):
        traced.write_trace(tmp_path / "a.csv", 7)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="path must be a str"):
        traced.write_trace(b"a.csv")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        traced.write_trace(7)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        traced.write_trace(tmp_path / "nowhere" / "a.csv")
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(OSError):
        traced.write_trace(tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == [tmp_path / "a.csv"]
    assert traced._link.query("kept") == 0
    traced.close()
    with pytest.raises(RuntimeError, match="closed"):
        traced.write_trace(tmp_path / "b.csv")


def start_many(sim: kpu.KPUSimulator, count: int) -> None:
    pad = sim.get_scratchpad_base(0)
    for _ in range(count):
        sim.start_dma_transfer(0, pad, pad + 64, 4)


def test_a_file_comes_in_pieces(sim: kpu.KPUSimulator, tmp_path: Path, round_trips) -> None:
    sim.start_trace()
    start_many(sim, 20_000)
    sim.run_until_idle()
    trips = round_trips(sim, lambda: sim.write_trace(tmp_path / "a.json"))
    assert trips > 10
    assert (tmp_path / "a.json").stat().st_size / trips < 300_000
    entries = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["traceEvents"]
    assert sum(entry.get("cat") == "work" for entry in entries) == 20_000


def test_inside_a_callback_and_while_work_is_under_way(sim: kpu.KPUSimulator, tmp_path: Path) -> None:
    sim.start_trace()
    pad = sim.get_scratchpad_base(0)
    sim.start_dma_transfer(0, pad, pad + 64, 4, lambda: sim.write_trace(tmp_path / "a.kputrace"))
    start_many(sim, 5)
    sim.run_until_idle()
    file = CompactFile((tmp_path / "a.kputrace").read_bytes())
    assert [event["end"] for event in file.events] == [10]


def test_what_goes_wrong_leaves_the_old_file(
    traced: kpu.KPUSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old", encoding="utf-8")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        traced.write_trace(path)
    monkeypatch.undo()
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
    assert traced._link.query("kept") == 0
    traced.write_trace(path)
    assert path.read_text(encoding="utf-8").startswith("unit,")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device that is always full")
def test_a_full_disk(traced: kpu.KPUSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, flags, *mode: real("/dev/full", os.O_WRONLY))
    with pytest.raises(OSError, match="No space left"):
        traced.write_trace(tmp_path / "a.kputrace")
    assert list(tmp_path.iterdir()) == []
    assert traced._link.query("kept") == 0


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_ctrl_c_leaves_the_old_file_and_a_usable_simulator(sim: kpu.KPUSimulator, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old", encoding="utf-8")
    sim.start_trace()
    start_many(sim, 200_000)
    sim.run_until_idle()
    stop = threading.Event()

    def interrupt() -> None:
        # Once the draft exists, the file is being written.
        while not stop.is_set() and len(list(tmp_path.iterdir())) == 1:
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            sim.write_trace(path)
    finally:
        stop.set()
        interrupter.join()
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
    assert sim._link.query("kept") == 0
    assert len(sim.get_trace()) == 200_000
