"""Systems of several KPUs."""

from __future__ import annotations

import gc
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import stillwater_kpu as kpu
import stillwater_toplevel as toplevel

if TYPE_CHECKING:
    from pathlib import Path

SMALL = kpu.SimulatorConfig(memory_bank_capacity_mb=16, host_memory_region_capacity_mb=64)


def system_of(count: int, **links: kpu.Link) -> toplevel.SystemSimulator:
    return toplevel.SystemSimulator([SMALL] * count, **links)


def test_kpus_share_the_host_and_the_clock() -> None:
    with system_of(2, host_link=kpu.Link(32.0, 200)) as system:
        first, second = system.get_kpu(0), system.get_kpu(1)
        first.write_host_memory(0, 0, [1.0, 2.0, 3.0])
        assert second.read_host_memory(0, 0, 3) == [1.0, 2.0, 3.0]
        second.start_dma_transfer(0, 0, second.get_external_bank_base(0), 1024)
        assert second.is_dma_busy(0)
        assert not first.is_dma_busy(0)
        first.run_until_idle()
        assert second.get_current_cycle() == system.get_current_cycle() == 500 + 100 + 200 + 1024 // 32 - 1
        assert not second.is_dma_busy(0)
        assert second.read_memory_bank(0, 0, 3) == [1.0, 2.0, 3.0]
        assert first.read_memory_bank(0, 0, 3) == [0.0, 0.0, 0.0]
        second.step()
        assert first.get_current_cycle() == 832
        system.step()
        system.run_until_idle()
        assert [each.get_current_cycle() for each in (first, second)] == [833, 833]
        first.reset()
        assert second.get_current_cycle() == 0
        assert second.read_memory_bank(0, 0, 1) == [0.0]


def test_kpus_send_to_each_other() -> None:
    for links, cycles in (
        ({"host_link": kpu.Link(32.0, 200)}, 100 + 100 + 2 * 200 + 1024 // 32 - 1),
        ({"peer_link": kpu.Link(100.0, 30)}, 100 + 100 + 30 + 11 - 1),
    ):
        with system_of(3, **links) as system:
            sender, receiver = system.get_kpu(0), system.get_kpu(2)
            sender.write_memory_bank(1, 0, [7.0] * 256)
            target = receiver.get_external_bank_base(0)
            shared = system.get_shared_address(2, target)
            assert shared == target + (3 << 44)
            sender.start_dma_transfer(0, sender.get_external_bank_base(1), shared, 1024)
            system.run_until_idle()
            assert receiver.read_memory_bank(0, 0, 256) == [7.0] * 256
            assert system.get_current_cycle() == cycles
            statistics = system.get_link_statistics()
            way = "peers" if "peer_link" in links else "host"
            assert statistics[0][f"to_{way}_bytes"] == 1024
            assert statistics[2][f"from_{way}_bytes"] == 1024
            assert statistics[1][f"from_{way}_bytes"] == 0


def test_callbacks_of_all_run_whoever_is_run() -> None:
    calls: list[tuple[str, int]] = []
    with system_of(2) as system:
        first, second = system.get_kpu(0), system.get_kpu(1)

        def go_on() -> None:
            calls.append(("second", second.get_current_cycle()))
            first.start_dma_transfer(
                0, first.get_external_bank_base(0), first.get_scratchpad_base(0), 64, lambda: calls.append(("first", 0))
            )

        second.start_dma_transfer(0, second.get_external_bank_base(0), second.get_scratchpad_base(0), 1024, go_on)
        first.run_until_idle()
        assert calls == [("second", 145), ("first", 0)]
        assert second.get_current_cycle() == 145 + 135

        def fail() -> None:
            raise KeyError("mine")

        second.start_dma_transfer(0, second.get_external_bank_base(0), second.get_scratchpad_base(0), 8, fail)
        with pytest.raises(KeyError, match="mine"):
            first.run_until_idle()
        first.run_until_idle()
        second.start_dma_transfer(
            0, second.get_external_bank_base(0), second.get_scratchpad_base(0), 8, first.run_until_idle
        )
        with pytest.raises(RuntimeError, match="inside a completion callback"):
            second.run_until_idle()


def test_semaphores_order_work_of_several() -> None:
    with system_of(2) as system, kpu.KPUSimulator() as stranger:
        first, second = system.get_kpu(0), system.get_kpu(1)
        arrived = first.create_semaphore("arrived")
        first.write_memory_bank(0, 0, [3.0])
        place = second.get_external_bank_base(0)
        second.start_dma_transfer(1, place, second.get_l3_tile_base(0), 4, wait_for=[arrived])
        first.start_dma_transfer(
            0, first.get_external_bank_base(0), system.get_shared_address(1, place), 4, signal=[arrived]
        )
        second.run_until_idle()
        assert second.read_l3_tile(0, 0, 1) == [3.0]
        assert system.get_current_cycle() == (100 + 100 + 2 * 200) + (100 + 20)
        with pytest.raises(kpu.KpuError, match="another simulator"):
            stranger.start_dma_transfer(0, 0, 0, 4, wait_for=[arrived])


@pytest.mark.parametrize("ends", [False, True])
def test_a_product_split_over_two(ends: bool) -> None:
    rng = np.random.default_rng(5)
    ending: dict[str, Any] = {"bias": rng.standard_normal(80), "result_dtype": "float16"} if ends else {}
    a = rng.standard_normal((192, 128), dtype=np.float32)
    b = rng.standard_normal((128, 80), dtype=np.float32)
    with kpu.KPUSimulator(SMALL) as alone:
        whole = alone.run_tiled_matmul(a, b, **ending)
    with system_of(2) as system:
        runs = [
            system.get_kpu(number).start_tiled_matmul(half, b, host_base=number << 20, **ending)
            for number, half in enumerate((a[:96], a[96:]))
        ]
        halves = [run.result() for run in runs]
        assert np.array_equal(np.vstack([half.c for half in halves]), whole.c)
        assert halves[0].report.cycles < whole.report.cycles
        assert runs[0].result() is halves[0]
        assert not system.get_kpu(0).get_hazards()


def test_the_self_test_covers_the_links(capsys: pytest.CaptureFixture[str]) -> None:
    one_tile = SMALL.copy()
    one_tile.compute_tile_count = 1
    with toplevel.SystemSimulator([SMALL, one_tile], peer_link=kpu.Link()) as system:
        assert system.run_self_test() is True
        system.print_full_report()
    out = capsys.readouterr().out
    assert "initialized with 2 KPUs" in out
    assert "for other KPUs, all but host regions: the same + 0x200000000000" in out
    assert "links of KPU 1: 0 B from host (0.0 %)" in out


def test_members_end_one_by_one() -> None:
    system = system_of(2)
    system.initialize()
    first, second = system.get_kpu(0), system.get_kpu(1)
    first.close()
    with pytest.raises(RuntimeError, match="closed"):
        first.get_current_cycle()
    with pytest.raises(RuntimeError, match="closed"):
        first.step()
    second.step()
    assert second.get_current_cycle() == 1
    assert not system.is_initialized()
    system.shutdown()
    with pytest.raises(RuntimeError, match="closed"):
        second.step()
    del system, first, second
    gc.collect()
    with system_of(2) as again:
        assert again.get_current_cycle() == 0


def test_what_does_not_fit_together_is_refused() -> None:
    faster = SMALL.copy()
    faster.clock_ghz = 2.0
    other_host = SMALL.copy()
    other_host.host_memory_region_count = 2
    for configs, match in (
        ([SMALL, faster], "clockGhz of KPU 1"),
        ([SMALL, other_host], "host memory of KPU 1"),
        ([SMALL, kpu.SimulatorConfig(l3_tile_capacity_kb=0)], "KPU 1: l3_tile_capacity_kb"),
    ):
        system = toplevel.SystemSimulator(configs)
        with pytest.raises(kpu.ConfigError, match=match):
            system.initialize()
        assert not system.is_initialized()


@pytest.mark.parametrize(
    ("given", "links", "error"),
    [
        ([], {}, ValueError),
        ("two", {}, ValueError),
        ([SMALL, 5], {}, TypeError),
        (5, {}, TypeError),
        (SMALL, {"host_link": kpu.Link()}, ValueError),
        ([SMALL], {"host_link": 32.0}, ValueError),
        ([SMALL], {"host_link": [kpu.Link(), kpu.Link()]}, ValueError),
        ([SMALL], {"host_link": kpu.Link(0)}, ValueError),
        ([SMALL], {"host_link": kpu.Link(float("nan"))}, ValueError),
        ([SMALL], {"host_link": kpu.Link("fast")}, TypeError),
        ([SMALL], {"peer_link": kpu.Link(1.0, -1)}, ValueError),
        ([SMALL], {"peer_link": (1.0, 1)}, TypeError),
    ],
)
def test_wrong_systems_are_refused(given: object, links: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        toplevel.SystemSimulator(given, **links)  # type: ignore[arg-type]


def test_engines_work_for_their_own_kpu() -> None:
    with system_of(3) as system:
        kpus = [system.get_kpu(number) for number in range(3)]
        places = [system.get_shared_address(number, each.get_l2_bank_base(0)) for number, each in enumerate(kpus)]
        with pytest.raises(RuntimeError, match="use a DMA engine of KPU 1"):
            kpus[0].start_dma_transfer(0, places[1], places[2], 4)
        with pytest.raises(RuntimeError, match="copy within a host memory region"):
            kpus[0].start_dma_transfer(0, 0, 64, 4)
        with pytest.raises(IndexError, match="no memory region"):
            kpus[0].start_dma_transfer(0, places[1] + (5 << 44), places[0], 4)
        with pytest.raises(IndexError):
            system.get_shared_address(0, 1 << 40)
        system.run_until_idle()
        assert system.get_current_cycle() == 0


def system_file(folder: Path, name: str) -> tuple[Path, dict[str, Any]]:
    """A preset of a system in a file, and what is in it."""
    path = folder / f"{name}.json"
    toplevel.SystemConfig.preset(name).to_file(path)
    return path, json.loads(path.read_text())


def test_a_system_file_is_simulated(tmp_path: Path) -> None:
    path, description = system_file(tmp_path, "minimal_kpu")
    with toplevel.SystemSimulator(path) as system:
        only = system.get_kpu(0)
        assert system.get_kpu_count() == 1
        assert only.get_memory_bank_count() == 2
        assert only.get_memory_bank_capacity(0) == 1024 << 20
        host = only.get_host_memory_region_base(0)
        only.start_dma_transfer(0, host, only.get_external_bank_base(0), 3200)
        system.run_until_idle()
        assert system.get_link_statistics()[0]["from_host_bytes"] == 3200
    first = description["accelerators"][0]
    second = json.loads(json.dumps(first))
    second["id"] = "second"
    second["kpu_config"]["memory"]["banks"][1]["capacity_mb"] = 512
    description["accelerators"].append(second)
    path.write_text(json.dumps(description))
    with toplevel.SystemSimulator(str(path), peer_link=kpu.Link(64.0, 5)) as system:
        assert system.get_kpu_count() == 2
        assert system.get_kpu(1).get_memory_bank_capacity(1) == 512 << 20
        assert system.get_kpu(0).get_memory_bank_capacity(1) == 1024 << 20
        assert "from_peers_bytes" in system.get_link_statistics()[0]


def test_other_accelerators_are_not_pretended(tmp_path: Path) -> None:
    path, _ = system_file(tmp_path, "edge_ai")
    with pytest.raises(kpu.ConfigError, match=r"edge_ai\.json: .*npu_0 \(NPU\)"):
        toplevel.SystemSimulator(path)
    with toplevel.SystemSimulator(path, kpus_only=True) as system:
        assert system.get_kpu_count() == 1


def test_wrong_system_files_are_refused_with_their_lines(tmp_path: Path) -> None:
    path, description = system_file(tmp_path, "minimal_kpu")
    description["accelerators"][0]["kpu_config"]["memory"]["banks"][0]["capacity_mbb"] = 1
    path.write_text(json.dumps(description, indent=2))
    with pytest.raises(kpu.ConfigError, match=r"line \d+, column \d+.*capacity_mb"):
        toplevel.SystemSimulator(path)
    with pytest.raises(FileNotFoundError):
        toplevel.SystemSimulator(tmp_path / "none.json")
