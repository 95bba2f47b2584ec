"""Pages with the viewer in them; what they show is tested in test/e2e/test_shown_pages.py."""

from __future__ import annotations

import base64
import html
import json
import re
import webbrowser
from pathlib import Path

import pytest

import stillwater_kpu as kpu
from stillwater_kpu import viewer_page


def file_in(page: str) -> tuple[str, bytes]:
    """Name and bytes of the file that a page holds."""
    (text,) = re.findall(r'<script type="application/json" id="embedded-file">(.*?)</script>', page)
    held = json.loads(text)
    return held["name"], base64.b64decode(held["base64"])


@pytest.fixture
def traced(sim: kpu.KPUSimulator) -> kpu.KPUSimulator:
    sim.start_trace()
    sim.dma_external_to_scratchpad(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 1024)
    sim.run_until_idle()
    return sim


def test_a_page_holds_the_trace_as_write_trace_writes_it(traced: kpu.KPUSimulator, tmp_path: Path) -> None:
    traced.stop_trace()
    traced.write_trace(tmp_path / "run.kputrace")
    traced.view().save(tmp_path / "run.html")
    page = (tmp_path / "run.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert file_in(page) == ("run.kputrace", (tmp_path / "run.kputrace").read_bytes())
    assert kpu.view(tmp_path / "run.kputrace").to_html() == page


def test_without_events_it_holds_the_machine() -> None:
    config = kpu.SimulatorConfig(memory_bank_count=5, clock_ghz=1.5)
    with kpu.KPUSimulator(config) as sim:
        sim.start_trace()
        name, content = file_in(sim.view().to_html())
    assert name == "machine.json"
    assert kpu.load_config_text(content.decode(), "json") == config


def test_a_view_is_a_copy_of_its_moment(traced: kpu.KPUSimulator) -> None:
    page = traced.view()
    before = page.to_html()
    traced.reset()
    traced.close()
    assert page.to_html() == before


def test_a_notebook_gets_a_frame_that_is_a_site_of_its_own(traced: kpu.KPUSimulator) -> None:
    shown = traced.view(height=321)._repr_html_()
    found = re.fullmatch(r'<iframe title="[\w ]+" sandbox="([^"]*)" srcdoc="([^"]*)" style="([^"]*)"></iframe>', shown)
    assert found is not None
    assert found[1].split() == ["allow-scripts", "allow-downloads"]
    assert html.unescape(found[2]) == traced.view().to_html()
    assert "height: 321px" in found[3]


def test_names_cannot_end_their_element() -> None:
    name = "</script><!--\"&amp;'</iframe>"
    page = kpu.ViewerPage(name, b"")
    assert file_in(page.to_html()) == (name, b"")
    assert name not in page.to_html()
    assert page._repr_html_().count("</iframe>") == 1


def test_what_is_too_large_is_refused(
    traced: kpu.KPUSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = traced.view()
    traced.write_trace(tmp_path / "run.kputrace")
    monkeypatch.setattr(viewer_page, "_MOST_NOTEBOOK_BYTES", 100)
    assert re.fullmatch(
        r"<p>run.kputrace has \d+ bytes, more than .*\.save\(path\) or \.open\(\)\.</p>", page._repr_html_()
    )
    monkeypatch.setattr(viewer_page, "_MOST_BYTES", 1000)
    with pytest.raises(ValueError, match="at most 1000: trace less, or write_trace"):
        traced.view()
    with pytest.raises(ValueError, match="at most 1000"):
        kpu.view(tmp_path / "run.kputrace")
    assert len(traced.get_trace()) == 1  # and the simulator goes on


@pytest.mark.parametrize("height", [0, -1, 10_001])
def test_heights_out_of_range(sim: kpu.KPUSimulator, height: int) -> None:
    with pytest.raises(ValueError, match="height"):
        sim.view(height=height)


def test_files_that_cannot_be_viewed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        kpu.view(tmp_path / "none.kputrace")
    with pytest.raises(ValueError, match=r"'run.pftrace' cannot be viewed: the viewer opens .kputrace, "):
        kpu.view("run.pftrace")
    with pytest.raises(TypeError, match="path"):
        kpu.view(b"run.kputrace")  # type: ignore[arg-type]


def test_a_package_without_the_page_says_so(
    sim: kpu.KPUSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewer_page, "PAGE_PATH", str(tmp_path / "viewer.html"))
    with pytest.raises(RuntimeError, match=r"cannot be read.*install the package anew"):
        sim.view().save(tmp_path / "run.html")
    (tmp_path / "viewer.html").write_text("<p>another page</p>")
    with pytest.raises(RuntimeError, match="not the viewer's page of this version"):
        sim.view().save(tmp_path / "run.html")
    assert not (tmp_path / "run.html").exists()


def test_open_shows_a_file_that_stays(sim: kpu.KPUSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    shown: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: shown.append(address) or True)
    path = Path(sim.view().open())
    assert shown == [path.as_uri()]
    assert path.read_text("utf-8") == sim.view().to_html()
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    with pytest.raises(RuntimeError, match="no browser can be started here; the page is in"):
        sim.view().open()
