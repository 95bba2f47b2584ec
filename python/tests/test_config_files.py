"""Configuration files: reading, writing, checking, comparing, presets."""

from __future__ import annotations

import copy
import os
import pickle
import stat
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stillwater_kpu as kpu
from stillwater_kpu.config import DEFAULTS, FIELD_NAMES

if TYPE_CHECKING:
    from pathlib import Path

ORIGINAL = """\
name: "Edge"
host_memory:
  region_count: 1
  region_capacity_mb: 512
  bandwidth_gbps: 25
memory_controller:
  controller_count: 1
compute:
  tile_count: 1
  processor_array:
    rows: 8
    cols: 8
  systolic_mode: true
"""
HAS_LISTS = hasattr(kpu.SimulatorConfig, "memory_banks")


@pytest.mark.parametrize("name", kpu.preset_names())
@pytest.mark.parametrize("suffix", [".yaml", ".yml", ".json", ".JSON"])
def test_presets_survive_files(name: str, suffix: str, tmp_path: Path) -> None:
    preset = kpu.SimulatorConfig.preset(name)
    path = tmp_path / f"machine{suffix}"
    preset.to_file(path)
    assert kpu.SimulatorConfig.from_file(path) == preset
    assert kpu.validate_config_file(str(path)) == kpu.ConfigReport([], [])
    assert list(tmp_path.iterdir()) == [path]


def test_presets_make_simulators() -> None:
    with kpu.KPUSimulator(kpu.SimulatorConfig.preset("edge_ai")) as sim:
        assert sim.get_memory_bank_count() == 4
        assert sim.get_scratchpad_count() == 256


def test_an_unknown_preset() -> None:
    with pytest.raises(kpu.ConfigError, match="the nearest is 'edge_ai'"):
        kpu.SimulatorConfig.preset("edgeai")
    with pytest.raises(TypeError, match="name must be a str"):
        kpu.SimulatorConfig.preset(3)  # type: ignore[arg-type]


def test_a_machine_for_a_product() -> None:
    config = kpu.SimulatorConfig.for_matmul(1024, 1024, 1024)
    assert (config.memory_bank_capacity_mb, config.scratchpad_count, config.systolic_array_rows) == (19, 128, 16)
    assert kpu.SimulatorConfig.for_matmul(8, 8, 8, array_size=4).systolic_array_cols == 4
    for bad in (0, -1, 2**23 + 1):
        with pytest.raises(ValueError, match="n"):
            kpu.SimulatorConfig.for_matmul(1, bad, 1)
    with pytest.raises(TypeError):
        kpu.SimulatorConfig.for_matmul(1, 2.5, 1)  # type: ignore[arg-type]


def test_the_meaning_of_an_original_file() -> None:
    config = kpu.load_config_text(ORIGINAL)
    assert config == kpu.SimulatorConfig(
        host_memory_region_capacity_mb=512, host_memory_bandwidth_gbps=25, compute_tile_count=1,
        systolic_array_rows=8, systolic_array_cols=8,
        **dict.fromkeys(
            ["memory_bank_count", "memory_bank_capacity_mb", "l3_tile_count", "l3_tile_capacity_kb", "l2_bank_count",
             "l2_bank_capacity_kb", "scratchpad_count", "scratchpad_capacity_kb", "dma_engine_count",
             "block_mover_count", "streamer_count"], 0,
        ),
    )  # fmt: skip


def test_a_report() -> None:
    report = kpu.validate_config_text(ORIGINAL)
    assert report.is_valid
    assert [finding.path for finding in report.warnings] == ["on_chip_memory.l1.buffer_count", "memory_controller"]
    assert report.warnings[1].line == 6
    assert "\nwarning: line 6, column 1: memory_controller is kept in the file" in str(report)
    wrong = kpu.validate_config_text("host_memory: {region_cuont: 1}\nclock_ghz: fast", "yaml")
    assert not wrong.is_valid
    assert [(finding.line, finding.column, finding.path) for finding in wrong.errors] == [
        (1, 15, "host_memory.region_cuont"),
        (2, 1, "clock_ghz"),
    ]
    assert "the nearest is 'region_count'" in str(wrong)
    assert (
        str(kpu.validate_config_text(kpu.dump_config_text(kpu.SimulatorConfig.preset("t64"))))
        == "no errors, no warnings"
    )


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("clock_ghz: 0\nfidelity: exact\n", encoding="utf-8")
    with pytest.raises(kpu.ConfigError) as raised:
        kpu.SimulatorConfig.from_file(path)
    assert raised.value.code == "KPU_CONFIG"
    assert str(raised.value).startswith(f"{path} has 2 errors:\n  line 1, column 1: clock_ghz must be a number above 0")
    assert len(raised.value.details["faults"]) == 2


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        kpu.SimulatorConfig.from_file(tmp_path / "missing.yaml")
    with pytest.raises(FileNotFoundError):
        kpu.validate_config_file(tmp_path / "missing.json")
    for call in (kpu.SimulatorConfig.from_file, kpu.validate_config_file, kpu.SimulatorConfig().to_file):
        with pytest.raises(ValueError, match=r"configuration files end in .yaml, .yml, .json"):
            call(tmp_path / "machine.toml")
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"name: x\nclock: \xff\n")
    (error,) = kpu.validate_config_file(binary).errors
    assert (error.line, error.column) == (2, 8)
    with pytest.raises(kpu.ConfigError, match=r"line 2, column 8: no UTF-8 text"):
        kpu.SimulatorConfig.from_file(binary)
    large = tmp_path / "large.json"
    large.write_bytes(b" " * (17 * 2**20))
    assert "at most 16777216" in str(kpu.validate_config_file(large))


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "windows.json"
    path.write_bytes(b"\xef\xbb\xbf" + kpu.dump_config_text(kpu.SimulatorConfig(), "json").encode())
    assert kpu.SimulatorConfig.from_file(path) == kpu.SimulatorConfig()


def test_a_refused_write_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "machine.yaml"
    path.write_text("precious", encoding="utf-8")
    config = kpu.SimulatorConfig(host_memory_region_count=0, memory_bank_count=0)
    with pytest.raises(kpu.ConfigError, match="the machine has no memory"):
        config.to_file(path)
    assert path.read_text(encoding="utf-8") == "precious"
    with pytest.raises(OSError, match="nowhere"):
        kpu.SimulatorConfig().to_file(tmp_path / "nowhere" / "machine.yaml")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="modes and links of POSIX")
def test_a_replaced_file_keeps_its_mode_and_its_links(tmp_path: Path) -> None:
    path, link = tmp_path / "machine.yaml", tmp_path / "link.yaml"
    path.write_text("", encoding="utf-8")
    path.chmod(0o600)
    os.symlink(path, link)
    kpu.SimulatorConfig().to_file(link)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert kpu.SimulatorConfig.from_file(path) == kpu.SimulatorConfig()


def test_differences() -> None:
    a, b = kpu.SimulatorConfig(), kpu.SimulatorConfig(dataflow="weight_stationary", l2_bank_count=9)
    diff = kpu.diff_configs(a, b)
    assert list(diff) == [
        kpu.ConfigDifference("l2_bank_count", "on_chip_memory.l2.bank_count", "instances", 8, 9),
        kpu.ConfigDifference("dataflow", "compute.dataflow", "", "output_stationary", "weight_stationary"),
    ]
    assert (len(diff), diff[1].b, bool(diff)) == (2, "weight_stationary", True)
    assert str(diff).splitlines()[1].split() == ["l2_bank_count", "8", "9", "instances"]
    same = kpu.diff_configs(a, a)
    assert (list(same), str(same), bool(same)) == ([], "no differences", False)
    with pytest.raises(TypeError, match="b must be a SimulatorConfig"):
        kpu.diff_configs(a, {})  # type: ignore[arg-type]


def test_formats() -> None:
    with pytest.raises(ValueError, match="format must be 'yaml' or 'json', got 'jsn'; did you mean 'json'"):
        kpu.load_config_text("", "jsn")
    with pytest.raises(TypeError, match="text must be a str"):
        kpu.load_config_text(b"")  # type: ignore[arg-type]
    named = kpu.dump_config_text(kpu.SimulatorConfig(), "json", name="mine", description="for \u00e9 and \U0001f600")
    assert kpu.load_config_text(named, "json") == kpu.SimulatorConfig()
    assert '"description": "for \u00e9 and \U0001f600"' in named


changes = st.fixed_dictionaries(
    {},
    optional={
        name: st.integers(1, 40) if name.endswith(("_count", "_cycles")) else st.sampled_from([0.5, 1, 12.5, 819])
        for name in FIELD_NAMES
        if name.endswith(("_count", "_cycles", "_gbps"))
    },
)


@settings(max_examples=50, deadline=None)
@given(changes, st.sampled_from(["yaml", "json"]))
def test_every_configuration_survives_its_text(fields: dict[str, float], format_: str) -> None:
    config = kpu.SimulatorConfig.from_dict(fields)
    assert kpu.load_config_text(kpu.dump_config_text(config, format_), format_) == config
    diff = kpu.diff_configs(kpu.SimulatorConfig(), config)
    assert {each.field for each in diff} == {name for name in fields if fields[name] != DEFAULTS[name]}


@settings(max_examples=100, deadline=None)
@given(st.text(), st.sampled_from(["yaml", "json"]))
def test_any_text_gets_a_report(text: str, format_: str) -> None:
    report = kpu.validate_config_text(text, format_)
    assert report.errors


@pytest.mark.skipif(not HAS_LISTS, reason="SimulatorConfig has no lists of instances yet")
def test_instances_that_differ_survive_files(tmp_path: Path) -> None:
    text = "external_memory: {banks: [{capacity_mb: 64}, {capacity_mb: 32, latency_cycles: 80}]}"
    config = kpu.load_config_text(text)
    assert [dict(bank) for bank in config.memory_banks] == [  # type: ignore[attr-defined]
        {"capacity_mb": 64, "bandwidth_gbps": 100, "latency_cycles": 100},
        {"capacity_mb": 32, "bandwidth_gbps": 100, "latency_cycles": 80},
    ]
    config.to_file(tmp_path / "banks.json")
    assert kpu.SimulatorConfig.from_file(tmp_path / "banks.json") == config


def test_what_a_file_says_beside_the_machine_is_kept(tmp_path: Path) -> None:
    (tmp_path / "original.yaml").write_text(f"{ORIGINAL}address_map: {{page_buffer_base: 0x1000}}\n")
    config = kpu.SimulatorConfig.from_file(tmp_path / "original.yaml")
    controller = config.file_head["memory_controller"]
    assert controller == {
        "controller_count": 1,
        "page_buffer_count": 0,
        "page_buffer_capacity_kb": 0,
        "page_buffer_base": 0x1000,
    }
    assert config.file_head["name"] == "Edge"
    config.clock_ghz = 1.5
    for number, same in enumerate((config, config.copy(), copy.deepcopy(config), pickle.loads(pickle.dumps(config)))):
        path = tmp_path / f"{number}.json"
        same.to_file(path)
        assert kpu.SimulatorConfig.from_file(path).file_head == config.file_head
    other = kpu.load_config_text(kpu.dump_config_text(config, name="Other"))
    assert other.file_head == {**config.file_head, "name": "Other"}
    assert other == config
    config.file_head["memory_controller"]["page_buffer_count"] = 99
    assert config.file_head["memory_controller"] == controller
    assert kpu.SimulatorConfig().file_head == {}
    with pytest.raises(AttributeError):
        config.file_head = {}  # type: ignore[misc]
