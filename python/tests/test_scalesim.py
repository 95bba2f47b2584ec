"""Topologies of SCALE-Sim."""

from __future__ import annotations

from pathlib import Path

import pytest

import stillwater_kpu as kpu

EXAMPLES = Path(__file__).parents[2] / "examples" / "scalesim"


def test_layers_are_products_that_a_machine_can_run() -> None:
    layers = kpu.read_scalesim_topology(EXAMPLES / "small_net.csv")
    assert layers[1] == kpu.ScaleSimLayer("Conv2", 15 * 15, 32, 3 * 3 * 16, 3)
    with kpu.KPUSimulator(kpu.SimulatorConfig(timing_only=True)) as sim:
        cycles = [sim.run_tiled_matmul(shape=(layer.m, layer.n, layer.k)).report.cycles for layer in layers]
    assert len(cycles) == 3
    assert min(cycles) > 0


def test_rows_of_products_are_asked_for_or_show_in_the_headings(tmp_path: Path) -> None:
    assert kpu.read_scalesim_topology(EXAMPLES / "small_gemms.csv")[0].k == 256
    file = tmp_path / "layers.txt"
    file.write_text("what, ever\na, 1, 2, 3,\n", encoding="utf-8")
    assert kpu.read_scalesim_topology(file, "gemm") == (kpu.ScaleSimLayer("a", 1, 2, 3, 2),)


def test_sparse_layers_say_so() -> None:
    layers = kpu.read_scalesim_topology(EXAMPLES / "sparse_gemms.csv")
    assert [layer.sparsity for layer in layers] == ["2:4", "1:1", "1:4"]


def test_what_is_wrong_is_said_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "net.csv"
    file.write_text("Layer, M, N, K\na, 1, , 3\nb, x, 2, 3\n", encoding="utf-8")
    with pytest.raises(kpu.ConfigError, match=r"line 2.*N is empty(.|\n)*line 3.*got 'x'"):
        kpu.read_scalesim_topology(file)
    with pytest.raises(ValueError, match="'gemm' or 'convolution'"):
        kpu.read_scalesim_topology(file, "conv")
    with pytest.raises(OSError, match="nowhere"):
        kpu.read_scalesim_topology(tmp_path / "nowhere.csv")
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(kpu.ConfigError, match="UTF-8"):
        kpu.read_scalesim_topology(file)
