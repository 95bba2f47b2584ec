"""Descriptions of systems, and their files."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import stillwater_kpu as kpu
import stillwater_toplevel as toplevel

if TYPE_CHECKING:
    from pathlib import Path

LINKED = """
system: {name: Linked, clock_frequency_mhz: 500}
host: {memory: {modules: [{capacity_gb: 1, bandwidth_gbps: 50, latency_ns: 100}]}}
accelerators:
  - type: KPU
    id: a
    kpu_config: &kpu
      memory: {banks: [{capacity_mb: 64, latency_ns: 100}, {capacity_mb: 32}]}
      compute_fabric: {tiles: [{}]}
      data_movement: {dma_engines: [{bandwidth_gbps: 100}]}
  - {type: KPU, id: b, kpu_config: *kpu}
  - {type: GPU, id: g, gpu_config: {compute_units: 7}}
interconnect:
  host_to_accelerator: {type: PCIe, pcie_config: {bandwidth_gbps: 16, latency_ns: 51}}
  accelerator_to_accelerator: {type: NoC, noc_config: {link_bandwidth_gbps: 8, link_latency_ns: 10}}
"""


@pytest.mark.parametrize("name", toplevel.system_preset_names())
@pytest.mark.parametrize("suffix", [".json", ".yaml"])
def test_what_is_written_reads_back_equal(name: str, suffix: str, tmp_path: Path) -> None:
    system = toplevel.SystemConfig.preset(name)
    path = tmp_path / f"system{suffix}"
    system.to_file(path)
    again = toplevel.SystemConfig.from_file(path)
    assert again == system
    assert again.to_text() == system.to_text()
    assert toplevel.SystemConfig.from_dict(system.to_dict()) == system
    assert pickle.loads(pickle.dumps(system)) == system
    assert not list(toplevel.diff_systems(system, again))
    assert toplevel.validate_system_file(path).is_valid


def test_other_accelerators_and_latencies_of_links_are_kept(tmp_path: Path) -> None:
    system = toplevel.SystemConfig.from_text(LINKED, "yaml")
    assert repr(system) == "<SystemConfig 'Linked': a (KPU), b (KPU), g (GPU)>"
    path = tmp_path / "linked.yml"
    system.to_file(path)
    kept = toplevel.SystemConfig.from_file(path).to_dict()
    assert kept["accelerators"][2]["gpu_config"]["compute_units"] == 7
    assert kept["interconnect"]["host_to_accelerator"]["pcie_config"]["latency_ns"] == 51
    plan = system.plan(kpus_only=True)
    assert (plan.host_link, plan.peer_link) == (kpu.Link(16, 26), kpu.Link(8, 5))
    with toplevel.SystemSimulator(path, kpus_only=True) as simulator:
        first, second = simulator.get_kpu(0), simulator.get_kpu(1)
        place = simulator.get_shared_address(1, second.get_external_bank_base(0))
        first.start_dma_transfer(0, first.get_external_bank_base(0), place, 3200)
        simulator.run_until_idle()
        assert simulator.get_current_cycle() == 50 + 50 + 5 + 3200 // 16 - 1


def test_a_description_is_simulated_and_links_replace_its_own() -> None:
    description = toplevel.SystemConfig.from_text(LINKED, "yaml").to_dict()
    del description["accelerators"][2], description["interconnect"]
    system = toplevel.SystemConfig.from_dict(description)
    assert system.plan() == (system.plan().configs, kpu.Link(), None)
    with toplevel.SystemSimulator(system, host_link=kpu.Link(100, 7)) as simulator:
        only = simulator.get_kpu(0)
        only.start_dma_transfer(0, 0, only.get_external_bank_base(0), 1000)
        simulator.run_until_idle()
        assert simulator.get_current_cycle() == 50 + 50 + 7 + 10 - 1


def test_differences_of_systems() -> None:
    system = toplevel.SystemConfig.preset("minimal_kpu")
    description = system.to_dict()
    description["accelerators"][0]["kpu_config"]["memory"]["banks"][1]["capacity_mb"] = np.int64(512)
    description["interconnect"]["host_to_accelerator"]["pcie_config"]["latency_ns"] = np.float32(1.5)
    difference = toplevel.diff_systems(system, toplevel.SystemConfig.from_dict(description))
    assert list(difference) == [
        ("accelerators[0].kpu_config.memory.banks[1].capacity_mb", 1024, 512),
        ("interconnect.host_to_accelerator.pcie_config.latency_ns", None, 1.5),
    ]
    assert str(difference).splitlines()[0].split() == ["key", "a", "b"]
    with pytest.raises(TypeError, match="b must be a SystemConfig"):
        toplevel.diff_systems(system, description)  # type: ignore[arg-type]


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"acceleratorss": []}, ValueError, "the nearest is 'accelerators'"),
        ({"system": {"name": ""}}, ValueError, r"system\.name is missing"),
        ({"system": {"name": "x", "clock_frequency_mhz": float("nan")}}, ValueError, "clock_frequency_mhz is nan"),
        ({"system": {"name": "x", "clock_frequency_mhz": "1 GHz"}}, ValueError, "must be a number above 0"),
        ({"system": {"name": b"x"}}, TypeError, r"system\.name is a bytes"),
        ({"system": {"name": {1: 2}}}, TypeError, "keys are text"),
        (
            {"host": {"memory": {"modules": [{"capacity_gb": object()}]}}},
            TypeError,
            r"modules\[0\]\.capacity_gb is a obj",
        ),
        ({"host": nested(60)}, TypeError, "nested too deep"),
        ({"interconnect": {"host_to_accelerator": {"pcie_config": {"bandwidth_gbps": 0}}}}, ValueError, "of 0 GB/s"),
    ],
)
def test_wrong_descriptions_are_refused(change: dict[str, Any], error: type[Exception], match: str) -> None:
    description = {**toplevel.SystemConfig.preset("minimal_kpu").to_dict(), **change}
    with pytest.raises(error, match=match):
        toplevel.SystemConfig.from_dict(description)


def test_wrong_uses_are_refused(tmp_path: Path) -> None:
    system = toplevel.SystemConfig.preset("minimal_kpu")
    with pytest.raises(TypeError, match="from_file"):
        toplevel.SystemConfig()
    with pytest.raises(TypeError, match="must be a dictionary"):
        toplevel.SystemConfig.from_dict([])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the nearest is 'edge_ai'"):
        toplevel.SystemConfig.preset("edge_a")
    with pytest.raises(ValueError, match=r"suffix '\.toml'"):
        system.to_file(tmp_path / "system.toml")
    with pytest.raises(ValueError, match="kpus_only"):
        toplevel.SystemSimulator([kpu.SimulatorConfig()], kpus_only=True)
    with pytest.raises(AttributeError):
        system.name = "other"  # type: ignore[misc]
    system.to_dict()["system"]["name"] = "other"
    assert system.name == "Minimal KPU System"
    with pytest.raises(TypeError, match="unhashable"):
        hash(system)


def test_what_is_wrong_with_a_text_is_said_with_its_place() -> None:
    text = json.dumps(toplevel.SystemConfig.preset("edge_ai").to_dict(), indent=2)
    report = toplevel.validate_system_text(text.replace('"tops_int8": 40', '"tops": 40'))
    assert [error.path for error in report.errors] == ["accelerators[1].npu_config.tops"]
    assert report.errors[0].line is not None
    with pytest.raises(kpu.ConfigError, match=r"line \d+, column \d+: the end of the file"):
        toplevel.SystemConfig.from_text(text[:-9], "json")
    report = toplevel.validate_system_text(text)
    assert report.is_valid
    assert any("not simulated" in warning.message for warning in report.warnings)


def test_pci_express_of_a_description_and_a_link_in_its_place() -> None:
    preset = toplevel.SystemConfig.preset("minimal_kpu")
    cycles = {}
    for name, link in (("own", None), ("plain", kpu.Link(32.0, 200))):
        with toplevel.SystemSimulator(preset, host_link=link) as system:
            first = system.get_kpu(0)
            first.start_dma_transfer(0, first.get_host_memory_region_base(0), first.get_external_bank_base(0), 1 << 20)
            system.run_until_idle()
            cycles[name] = first.get_current_cycle()
    # The host's memory moves 25.6 GB/s, less than either link; of 200 ns each way, what is read takes both.
    assert cycles["own"] - cycles["plain"] == 200


def test_generation_and_lanes_alone_are_a_link_and_networks_without_effect_are_told() -> None:
    linked = """
system: {name: One}
host: {memory: {modules: [{capacity_gb: 1, bandwidth_gbps: 400, latency_ns: 100}]}}
accelerators:
  - type: KPU
    id: a
    kpu_config:
      memory: {banks: [{bandwidth_gbps: 400, latency_ns: 100}], scratchpads: [{}]}
      compute_fabric: {tiles: [{}]}
      data_movement: {dma_engines: [{bandwidth_gbps: 400}]}
interconnect:
  host_to_accelerator: {type: PCIe, pcie_config: {generation: 5, lanes: 8, latency_ns: 100}}
  on_chip: {amba_config: {protocol: CHI}}
"""
    system = toplevel.SystemConfig.from_text(linked, "yaml")
    (config,) = system.plan().configs
    assert (config.host_link, config.pcie_generation, config.pcie_lanes, config.pcie_latency_ns) == ("pcie", 5, 8, 100)
    assert "bandwidth_gbps" not in system.to_dict()["interconnect"]["host_to_accelerator"]["pcie_config"]
    cycles = []
    for nbytes in (0, 1_000_000):
        with toplevel.SystemSimulator(system) as simulator:
            first = simulator.get_kpu(0)
            first.start_dma_transfer(0, first.get_host_memory_region_base(0), first.get_external_bank_base(0), nbytes)
            simulator.run_until_idle()
            cycles.append(first.get_current_cycle())
    # What is read takes 100 ns there and 100 back; 256 of 276 bytes of a packet are data.
    assert cycles[0] == 100 + 100 + 2 * 100
    wire = 8 * 32 * 128 / 130 / 8
    assert 1_000_000 / (cycles[1] - cycles[0]) == pytest.approx(wire * 256 / 276, rel=1e-3)
    (warning,) = toplevel.validate_system_text(linked).warnings
    assert (warning.line, warning.path) == (13, "interconnect.on_chip.amba_config")
    assert "kept without effect" in warning.message
