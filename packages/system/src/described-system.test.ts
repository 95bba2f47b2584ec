import { parseSystem, type SystemDescription, systemPreset, validateSystem } from "@kpu-sim/formats";
import type { MachineGroup } from "@kpu-sim/machine";
import { describe, expect, test } from "vitest";
import { defaultLink, planSystem, readSystem, systemFromDescription } from "./described-system.ts";

const kpu = (id: string): string =>
  `{type: KPU, id: ${id}, kpu_config: {memory: {banks: [{capacity_mb: 64, latency_ns: 100}]}, compute_fabric: {tiles: [{}]},
    data_movement: {dma_engines: [{bandwidth_gbps: 100}]}}}`;
/** Two KPUs at 500 MHz: a passage of a link of 51 ns takes 26 cycles. */
const two = `
system: {name: Two, clock_frequency_mhz: 500}
host: {memory: {modules: [{capacity_gb: 1, bandwidth_gbps: 50, latency_ns: 100}]}}
accelerators: [${kpu("a")}, ${kpu("b")}]
interconnect:
  host_to_accelerator: {type: PCIe, pcie_config: {bandwidth_gbps: 16, latency_ns: 51}}
`;
const withPeers = `${two}  accelerator_to_accelerator: {type: NoC, noc_config: {link_bandwidth_gbps: 8, link_latency_ns: 10}}\n`;

/** Cycles of a transfer from KPU 0 to KPU 1. */
function cyclesOfPeerTransfer(group: MachineGroup, bytes: number): number {
  const [first, second] = [group.machine(0), group.machine(1)];
  const destination = group.sharedAddress(1, second.external(0).base);
  first.dma(0).transfer({ source: first.external(0).base, destination, bytes });
  group.runUntilIdle();
  return group.cycle;
}

describe("a described system", () => {
  test("is a group of its KPUs with the host's memory and the links of the description", () => {
    const system = readSystem(two, "yaml");
    expect(system.name).toBe("Two");
    expect(system.kpus.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(system.config.hostLink).toEqual({ bandwidthGbps: 16, latencyCycles: 26 });
    expect(system.config.peerLink).toBeUndefined();
    const { group } = system;
    expect(group.machines.map(({ config }) => config.hostMemory.regionCapacityMb)).toEqual([1024, 1024]);
    // 100 ns are 50 cycles at either bank; a link of 16 GB/s moves 32 bytes a cycle at 500 MHz.
    expect(cyclesOfPeerTransfer(group, 3200)).toBe(50 + 50 + 2 * 26 + 100 - 1);
  });

  test("has links of its KPUs where the description has them", () => {
    const { group, config } = readSystem(withPeers, "yaml");
    expect(config.peerLink).toEqual({ bandwidthGbps: 8, latencyCycles: 5 });
    expect(cyclesOfPeerTransfer(group, 3200)).toBe(50 + 50 + 5 + 200 - 1);
  });

  test.each([
    ["minimal_kpu", 4, []],
    [
      "datacenter",
      5,
      [
        "interconnect.host_to_accelerator.pcie_config has 128 GB/s, which is that of both directions together: generation 5 with 16 lanes has 63.0 GB/s in each direction",
      ],
    ],
  ] as const)("has the link that preset %s names", (name, pcieGeneration, notes) => {
    const system = systemPreset(name);
    const { config } = planSystem(system, { kpusOnly: true });
    expect(config.machines[0]?.hostLink).toEqual({ type: "pcie", pcieGeneration, pcieLanes: 16 });
    const { warnings } = validateSystem(system);
    expect(warnings.map(({ message }) => message).filter((message) => message.includes("pcie"))).toEqual(notes);
  });

  test("takes the links that are chosen instead", () => {
    const hostLink = { bandwidthGbps: 100, latencyCycles: 3 };
    const peerLink = { bandwidthGbps: 50, latencyCycles: 7 };
    expect(planSystem(parseSystem(withPeers, "yaml"), { hostLink, peerLink }).config).toMatchObject({
      hostLink,
      peerLink,
    });
    expect(planSystem(parseSystem(two, "yaml"), { hostLink: [hostLink, peerLink] }).config.hostLink).toEqual([
      hostLink,
      peerLink,
    ]);
    expect(planSystem(systemPreset("minimal_kpu"), { hostLink }).config.machines[0]?.hostLink).toEqual({
      type: "none",
    });
    const wrong = { bandwidthGbps: 0, latencyCycles: 7 };
    expect(() => readSystem(two, "yaml", { hostLink: wrong })).toThrow(
      /host link of KPU 0 must move a positive number/,
    );
  });

  test("has the default link where the description gives no figures", () => {
    const silent = two.slice(0, two.indexOf("interconnect"));
    expect(planSystem(parseSystem(silent, "yaml")).config.hostLink).toEqual(defaultLink);
    const noLatency = planSystem(parseSystem(two.replace(", latency_ns: 51", ""), "yaml"));
    expect(noLatency.config.hostLink).toEqual({ bandwidthGbps: 16, latencyCycles: defaultLink.latencyCycles });
  });

  test("is refused with accelerators that are not simulated, unless they are left out", () => {
    const edge = systemPreset("edge_ai");
    expect(() => systemFromDescription(edge)).toThrow(/not simulated: npu_0 \(NPU\)/);
    expect(systemFromDescription(edge, { kpusOnly: true }).group.machines.length).toBe(1);
    const hostOnly: SystemDescription = { ...edge, accelerators: edge.accelerators.slice(1) };
    expect(() => planSystem(hostOnly, { kpusOnly: true })).toThrow("the system has no KPU to simulate");
  });

  test("says where a link of the text is none", () => {
    expect(() => readSystem(two.replace("bandwidth_gbps: 16", "bandwidth_gbps: 0"), "yaml")).toThrow(
      /line \d+, column \d+: interconnect.host_to_accelerator has a link of 0 GB\/s/,
    );
    expect(() => readSystem(two.replace("latency_ns: 51", "latency_ns: 1e13"), "yaml")).toThrow(/at the most/);
    expect(() => readSystem(two.replace("latency_ns: 51", "latency_ns: -1"), "yaml")).toThrow(/from 0 \(ns\)/);
  });
});
