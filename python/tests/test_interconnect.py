"""On-chip networks and host links, seen from Python."""

from __future__ import annotations

import pytest

import stillwater_kpu as kpu
import stillwater_toplevel


def mesh(**fields: object) -> kpu.SimulatorConfig:
    return kpu.SimulatorConfig.from_dict(
        {"network_topology": "mesh", "network_columns": 2, "network_rows": 2, "dma_engine_count": 2, **fields}
    )


def test_a_transfer_takes_the_links_between_its_ends_and_its_engine() -> None:
    with kpu.KPUSimulator(mesh(network_hop_latency_cycles=5, network_link_bytes_per_cycle=16)) as sim:
        assert [sim.get_network_node("dma", number) for number in range(2)] == [0, 2]
        assert [sim.get_network_node("l3", number) for number in range(4)] == [0, 1, 2, 3]
        assert sim.get_network_node("external", 1) == 2
        assert sim.get_network_way(2, 1) == [2, 3, 1]
        sim.start_dma_transfer(0, sim.get_external_bank_base(1), sim.get_l3_tile_base(3), 1600)
        sim.run_until_idle()
        # From node 2 up to engine 0 at node 0, then across and down to node 3: three links.
        assert sim.get_current_cycle() == 120 + 3 * 5 + 100 - 1
        used = [link for link in sim.get_network_links() if link.bytes]
        cycle = sim.get_current_cycle()
        assert used == [kpu.NetworkLink(*ends, 1600, 100.0, 100 / cycle) for ends in ((0, 1), (1, 3), (2, 0))]
        assert len(sim.get_network_links()) == 8
        sim.reset()
        assert all(link.bytes == 0 for link in sim.get_network_links())


def test_without_a_network_there_is_nothing_to_ask() -> None:
    with kpu.KPUSimulator() as sim:
        assert sim.get_network_links() == []
        assert sim.get_host_link_statistics() == {}
        for ask in (lambda: sim.get_network_node("l3", 0), lambda: sim.get_network_way(0, 1)):
            with pytest.raises(ValueError, match="no on-chip network: set network_topology"):
                ask()


def test_what_does_not_exist_is_refused() -> None:
    with kpu.KPUSimulator(mesh()) as sim:
        with pytest.raises(IndexError, match="L3 tile 4 does not exist: valid ids are 0 to 3"):
            sim.get_network_node("l3", 4)
        with pytest.raises(IndexError, match="network node 4 does not exist"):
            sim.get_network_way(0, 4)
        with pytest.raises(ValueError, match="'tile' does not sit in a network; known are host, external"):
            sim.get_network_node("tile", 0)
        with pytest.raises(TypeError, match="kind must be a str"):
            sim.get_network_node(3, 0)  # type: ignore[arg-type]


def test_the_host_is_behind_pci_express() -> None:
    with kpu.KPUSimulator(kpu.SimulatorConfig(host_link="pcie", pcie_generation=3)) as sim:
        sim.write_host_memory(0, 0, [1.0] * 1000)
        sim.start_dma_transfer(0, sim.get_host_memory_region_base(0), sim.get_external_bank_base(0), 4000)
        sim.run_until_idle()
        # 128 GT/s by 128/130 and 256/276 is 14.612 GB/s; a read takes 200 ns each way.
        assert sim.get_current_cycle() == 600 + 400 + -(-4000 * 1000 // 14612) - 1
        assert sim.read_memory_bank(0, 0, 1000) == [1.0] * 1000
        figures = sim.get_host_link_statistics()
        assert (figures["from_host_bytes"], figures["to_host_bytes"]) == (4000, 0)
        assert sorted(figures) == ["from_host_bytes", "from_host_utilization", "to_host_bytes", "to_host_utilization"]


def test_a_system_of_machines_with_networks_and_links_of_their_own() -> None:
    system = stillwater_toplevel.SystemSimulator([mesh(host_link="pcie"), mesh()], host_link=kpu.Link(32.0, 10))
    with system:
        cycles = []
        for number in range(2):
            each, start = system.get_kpu(number), system.get_current_cycle()
            each.start_dma_transfer(0, 0, each.get_external_bank_base(0), 0)
            system.run_until_idle()
            cycles.append(system.get_current_cycle() - start)
        assert cycles == [600 + 400, 600 + 10]


@pytest.mark.parametrize(
    "fields",
    [{"network_topology": "mesh"}, {"network_topology": "ring", "network_rows": 1}, {"host_link": "pcie"}],
)
def test_machines_with_them_pass_the_self_test_and_multiply_right(fields: dict[str, object]) -> None:
    np = pytest.importorskip("numpy")
    config = kpu.SimulatorConfig.from_dict(fields)
    a, b = (np.random.default_rng(1).standard_normal((48, 48), dtype=np.float32) for _ in range(2))
    with kpu.KPUSimulator(config) as sim, kpu.KPUSimulator() as plain:
        assert all(check.passed for check in sim.run_self_test())
        sim.start_trace()
        product = sim.run_tiled_matmul(a, b)
        expected = plain.run_tiled_matmul(a, b)
        assert sim.check_trace() == []
    assert np.array_equal(product.c, expected.c)
    assert product.report.cycles > expected.report.cycles
