import { checkSystem, findingText } from "@kpu-sim/formats";
import { describe, expect, test } from "vitest";
import { readSystem } from "./described-system.ts";

/** One KPU whose memories and engine are faster than any link of PCI Express, 100 cycles on either side. */
const fileOf = (pcie: string, clockMhz = 1000): string => `
system: {name: One, clock_frequency_mhz: ${clockMhz}}
host: {memory: {modules: [{capacity_gb: 1, bandwidth_gbps: 1000, latency_ns: ${(100 * 1000) / clockMhz}}]}}
accelerators:
  - type: KPU
    id: a
    kpu_config:
      memory: {banks: [{capacity_mb: 64, bandwidth_gbps: 1000, latency_ns: ${(100 * 1000) / clockMhz}}], scratchpads: [{}]}
      compute_fabric: {tiles: [{}]}
      data_movement: {dma_engines: [{bandwidth_gbps: 1000}]}
interconnect:
  host_to_accelerator:
    type: PCIe
    pcie_config: {${pcie}}
`;

function cycles(text: string, bytes: number, toHost = false): number {
  const { group } = readSystem(text, "yaml");
  const machine = group.machine(0);
  const ends = [machine.host(0).base, machine.external(0).base] as const;
  const [destination, source] = toHost ? ends : [ends[1], ends[0]];
  machine.dma(0).transfer({ source, destination, bytes });
  group.runUntilIdle();
  return group.cycle;
}

/** Bytes a cycle of a long transfer. */
function rate(text: string, toHost: boolean): number {
  const bytes = 1_000_000;
  return (bytes - 1) / (cycles(text, bytes, toHost) - cycles(text, 1, toHost));
}

/** Lanes x rate x encoding, GB/s, of each generation with 16 lanes, and the bytes around the header of a packet. */
const generations = [
  [1, (16 * 2.5 * 8) / 10 / 8, 8],
  [2, (16 * 5 * 8) / 10 / 8, 8],
  [3, (16 * 8 * 128) / 130 / 8, 8],
  [4, (16 * 16 * 128) / 130 / 8, 8],
  [5, (16 * 32 * 128) / 130 / 8, 8],
  [6, (16 * 64 * 236) / 256 / 8, 0],
] as const;

describe("a link that a file names by generation and lanes alone", () => {
  test.each(generations)("has rate and latency of generation %i with 16 lanes", (generation, wire, framing) => {
    // 50 ns: 64 packets of 256 bytes in flight are 163.84 GB/s there and back, more than any generation has.
    const text = fileOf(`generation: ${generation}, lanes: 16, latency_ns: 50`);
    expect(checkSystem(text, "yaml").warnings.map(findingText)).toEqual([]);
    expect(cycles(text, 0)).toBe(100 + 100 + 2 * 50);
    expect(cycles(text, 0, true)).toBe(100 + 100 + 50);
    for (const [toHost, header] of [
      [false, 12],
      [true, 16],
    ] as const) {
      const expected = (wire * 256) / (256 + header + framing);
      expect(Math.abs(rate(text, toHost) / expected - 1)).toBeLessThan(2e-4);
    }
  });

  test("has 200 ns, of which packets in flight allow 40.96 GB/s", () => {
    const text = fileOf("generation: 5");
    expect(cycles(text, 0)).toBe(100 + 100 + 2 * 200);
    expect(rate(text, false)).toBeCloseTo((64 * 256) / 400, 2);
  });

  test("has as many packets in flight as the file says", () => {
    expect(rate(fileOf("generation: 5, packets_in_flight: 16"), false)).toBeCloseTo((16 * 256) / 400, 2);
    const wire = (16 * 32 * 128) / 130 / 8;
    const many = rate(fileOf("generation: 5, packets_in_flight: 256"), false);
    expect(Math.abs(many / ((wire * 256) / 276) - 1)).toBeLessThan(2e-4);
    const { errors } = checkSystem(fileOf("generation: 5, packets_in_flight: 0"), "yaml");
    expect(errors.map(findingText).join()).toContain("packets_in_flight must be a whole number from 1 to 65536");
    const { warnings } = checkSystem(fileOf("generation: 5, bandwidth_gbps: 32, packets_in_flight: 8"), "yaml");
    expect(warnings.map(findingText).join()).toContain("packets_in_flight is kept without effect");
  });

  test("has nanoseconds at any clock", () => {
    const text = fileOf("generation: 4, lanes: 4, latency_ns: 101", 500);
    // 101 ns are 50.5 cycles of 2 ns one way and 101 both ways.
    expect(cycles(text, 0)).toBe(100 + 100 + 101);
    expect(cycles(text, 0, true)).toBe(100 + 100 + 51);
    const gbps = (((4 * 16 * 128) / 130 / 8) * 256) / 276;
    expect(Math.abs(rate(text, false) / (2 * gbps) - 1)).toBeLessThan(2e-4);
  });

  test("is a plain link of 32 GB/s where there is no such generation", () => {
    const text = fileOf("generation: 7");
    expect(checkSystem(text, "yaml").warnings.map(findingText)).toEqual([
      "line 14, column 5: interconnect.host_to_accelerator.pcie_config has generation 7 with 16 lanes, which there is not: a plain link of 32 GB/s in each direction is simulated",
    ]);
    expect(cycles(text, 3200)).toBe(100 + 100 + 200 + 100 - 1);
  });
});

describe("a bandwidth beside generation and lanes", () => {
  const cyclesWith = (gbps: number): number =>
    cycles(fileOf(`generation: 3, bandwidth_gbps: ${gbps}, latency_ns: 300`), 1_000_000);

  test("is theirs, rounded, in each direction or in both together", () => {
    const nameless = cycles(fileOf("generation: 3, latency_ns: 300"), 1_000_000);
    expect([16, 15.75, 32, 31.5].map(cyclesWith)).toEqual([nameless, nameless, nameless, nameless]);
  });

  test("is that of a plain link if it is any other", () => {
    expect(cyclesWith(20)).toBe(100 + 100 + 300 + 1_000_000 / 20 - 1);
  });
});

describe("what a file says of links is not passed over", () => {
  const warnings = (text: string): readonly string[] => checkSystem(text, "yaml").warnings.map(findingText);
  const typed = (type: string, rest: string): string =>
    fileOf("generation: 5, lanes: 16").replace("type: PCIe", `type: ${type}`).concat(rest);

  test("a bandwidth that is not that of generation and lanes, with its line", () => {
    expect(warnings(fileOf("generation: 5, lanes: 16, bandwidth_gbps: 32"))).toEqual([
      "line 14, column 5: interconnect.host_to_accelerator.pcie_config has 32 GB/s, but generation 5 with 16 lanes has 63.0 GB/s in each direction: a plain link of 32 GB/s in each direction is simulated",
    ]);
    expect(warnings(fileOf("generation: 5, lanes: 16, bandwidth_gbps: 128"))).toEqual([
      "line 14, column 5: interconnect.host_to_accelerator.pcie_config has 128 GB/s, which is that of both directions together: generation 5 with 16 lanes has 63.0 GB/s in each direction",
    ]);
  });

  test.each([
    ["lanes: 3", "has generation 4 with 3 lanes, which there is not: a plain link of 32 GB/s"],
    ["latency_ns: 0", "has a latency of 0, which PCIe has not: a plain link of 31.51 GB/s"],
  ])("%s, which makes a plain link", (figures, message) => {
    expect(warnings(fileOf(figures))).toEqual([expect.stringContaining(message)]);
    expect(readSystem(fileOf(figures), "yaml").group.machine(0).config.hostLink.type).toBe("none");
  });

  test("figures of PCIe under another type", () => {
    const fabric = typed("CustomFabric", "");
    expect(warnings(fabric)[0]).toContain(
      "line 14, column 5: interconnect.host_to_accelerator.pcie_config is that of a link whose type is 'CustomFabric': a plain link of 63.02 GB/s",
    );
    expect(cycles(fabric, 0)).toBe(100 + 100 + 200);
    const cxl = "    cxl_config: {bandwidth_gbps: 64}\n";
    expect(warnings(typed("CXL", cxl))).toEqual([
      "line 14, column 5: interconnect.host_to_accelerator.pcie_config is kept without effect: the type is CXL, and cxl_config counts",
    ]);
    expect(cycles(typed("CXL", cxl), 6400)).toBe(100 + 100 + 200 + 100 - 1);
    expect(warnings(typed("PCIe", cxl))).toEqual([
      "line 15, column 5: interconnect.host_to_accelerator.cxl_config is kept without effect: the type is 'PCIe', and pcie_config counts",
    ]);
  });

  test("networks that are not simulated", () => {
    const noc = (figures: string): string =>
      typed("PCIe", `  accelerator_to_accelerator: {type: NoC, noc_config: {${figures}}}\n`);
    expect(warnings(noc("topology: ring"))).toEqual([
      "line 15, column 43: interconnect.accelerator_to_accelerator.noc_config is kept without effect: it connects accelerators, and fewer than two of them are KPUs",
    ]);
    const second =
      "  - {type: KPU, id: b, kpu_config: {memory: {banks: [{}], scratchpads: [{}]}, compute_fabric: {tiles: [{}]}}}\n";
    const two = (text: string): string => text.replace("interconnect:\n", `${second}interconnect:\n`);
    expect(warnings(two(noc("topology: ring"))).filter((each) => each.includes("noc_config"))).toEqual([
      "line 16, column 56: interconnect.accelerator_to_accelerator.noc_config.topology is 'ring', which is kept without effect, as router_count is: each KPU has a link of 16 GB/s in each direction to all others, as over a crossbar",
    ]);
    expect(warnings(two(noc("topology: crossbar"))).filter((each) => each.includes("noc_config"))).toEqual([]);
    expect(warnings(typed("PCIe", "  on_chip: {amba_config: {}}\n  network: {enabled: true}\n"))).toEqual([
      "line 15, column 13: interconnect.on_chip.amba_config is kept without effect: it names a protocol, but neither a mesh nor a ring that could be simulated",
      "line 16, column 3: interconnect.network is kept without effect: networks between systems are not simulated",
    ]);
    expect(warnings(typed("PCIe", "  network: {enabled: false}\n"))).toEqual([]);
  });
});
