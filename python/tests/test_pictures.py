"""What notebooks show: pictures that are well-formed, say what the data says, and hold nothing that could run."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

import stillwater_kpu as kpu
from stillwater_kpu._pictures import Roof, UnitCycles, cycle_bars, lanes, roofline

SVG = "{http://www.w3.org/2000/svg}"


def parsed(markup: str) -> ET.Element:
    """The markup as a tree; scripts, links and event handlers are refused."""
    tree = ET.fromstring(f"<div>{markup}</div>")
    for element in tree.iter():
        assert element.tag.removeprefix(SVG) not in ("script", "a", "image", "foreignObject", "iframe")
        assert not [name for name in element.attrib if name.startswith("on") or "href" in name]
    return tree


def texts(markup: str) -> list[str]:
    return [element.text or "" for element in parsed(markup).iter(f"{SVG}text")]


def titles(markup: str) -> list[str]:
    return [element.text or "" for element in parsed(markup).iter(f"{SVG}title")]


@pytest.fixture
def traced() -> kpu.KPUSimulator:
    sim = kpu.KPUSimulator()
    sim.start_trace()
    return sim


def test_a_configuration_shows_its_machine() -> None:
    config = kpu.SimulatorConfig(l2_bank_count=0, scratchpads=[{"capacity_kb": 64}, {"capacity_kb": 128}])
    shown = texts(config._repr_html_())
    assert "2 x scratchpads" in shown
    assert "64 to 128 KB each" in shown
    assert "4 block movers" in shown
    assert not [line for line in shown if "L2" in line]
    assert parsed(config._repr_html_()).find("details") is not None
    assert "one multiply-add a cycle" in texts(kpu.SimulatorConfig(use_systolic_arrays=False).picture())


@pytest.mark.parametrize("name", ["minimal", "edge_ai", "embodied_ai", "datacenter", "t64"])
def test_presets_have_pictures(name: str) -> None:
    config = kpu.SimulatorConfig.preset(name)
    assert f"{config.scratchpad_count} x scratchpads" in texts(config.picture())


def test_statistics_show_traffic_and_cycles(traced: kpu.KPUSimulator) -> None:
    traced.run_tiled_matmul([[1.0] * 64] * 64, [[1.0] * 64] * 64)
    statistics = traced.get_statistics()
    shown = statistics._repr_html_()
    tile = statistics["tile"][0]
    share = 100 * tile["busy_cycles"] / statistics["machine"]["cycle"]
    assert f"tile 0: busy {tile['busy_cycles']} cycles ({share:.1f} %)" in titles(shown)
    assert f"{statistics['host'][0]['port_bytes']} bytes" in titles(shown)
    assert isinstance(statistics, dict)
    parsed(kpu.KPUSimulator().get_statistics()._repr_html_())


def test_a_report_shows_roofs_and_cycles(traced: kpu.KPUSimulator) -> None:
    report = traced.run_tiled_matmul([[1.0] * 40] * 40, [[1.0] * 40] * 40).report
    shown = report._repr_html_()
    for level in report.levels:
        assert any(
            title.startswith(f"{level.level}: {level.intensity_flops_per_byte:.2f} flops a byte")
            for title in titles(shown)
        )
    assert f"peak {report.peak_flops_per_cycle:g}" in texts(shown)


def test_a_trace_shows_its_lanes(traced: kpu.KPUSimulator) -> None:
    assert "nothing completed" in texts(traced.get_trace()._repr_html_())
    traced.dma_external_to_scratchpad(0, traced.get_external_bank_base(0), traced.get_scratchpad_base(0), 1024)
    traced.run_until_idle()
    shown = traced.get_trace()._repr_html_()
    assert "dma 0: transfer external bank 0 to scratchpad 0, 1024 bytes, cycles 0 to 145" in titles(shown)
    assert [line for line in texts(shown) if line.startswith("dma")] == ["dma 0"]


def test_dense_lanes_stay_small() -> None:
    event = kpu.TraceEvent(
        "dma 0", "external bank 0", "scratchpad 0", 0, 1, 0, 64, "transfer", "none", slowed_by_ports=False
    )
    events = [event._replace(begin=2 * place, end=2 * place + 1) for place in range(50_000)]
    shown = lanes(events, ["dma 0"], "dense")
    assert len(shown) < 1_500_000
    joined = [title for title in titles(shown) if "pieces of work" in title]
    assert sum(int(title.split(": ")[1].split()[0]) for title in joined) + len(titles(shown)) - len(joined) == 50_000


def test_text_is_escaped() -> None:
    hostile = '</text><script>alert("1")</script>&'
    assert hostile in texts(cycle_bars([UnitCycles(hostile, 1, 0, 0, 1)], hostile))
    assert hostile in texts(roofline([], 1, 1, hostile))


def test_degenerate_pictures() -> None:
    parsed(cycle_bars([], "none"))
    parsed(cycle_bars([UnitCycles("dma 0", 0, 0, 0, 0)], "nothing has passed"))
    assert "no operations" in texts(roofline([Roof("l2", 0.0, 0.0)], 0.0, 1024.0, "empty"))
    parsed(roofline([Roof("l2", 1e-3, 5.0), Roof("host", 1e6, 1e9)], 1e-4, 1024.0, "wide"))
    many = [UnitCycles(f"tile {number}", 1, 2, 3, 4) for number in range(256)]
    assert "of 256 units" in texts(cycle_bars(many, "busy"))[0]
