import { describe, expect, test } from "vitest";
import type { MachineConfig } from "../config/machine-config.ts";
import { Machine } from "../machine.ts";
import { MachineGroup } from "../machine-group.ts";
import { checkedConfig } from "../machine-parts.ts";
import { pcieLink } from "./pcie.ts";

const wide = { pcieLanes: 16, pcieMaxPayloadBytes: 256, pciePacketsInFlight: 65536, pcieLatencyNs: 100 };

describe("the bandwidth of PCI Express", () => {
  /** GB/s of one lane after the encoding: 250 and 500 MB/s by 8b/10b, 128/130 of 1, 2 and 4 GB/s, 236/256 of 8 GB/s. */
  const laneGbps = [0.25, 0.5, 128 / 130, (2 * 128) / 130, (4 * 128) / 130, (8 * 236) / 256];

  test.each(
    laneGbps.flatMap((gbps, index) =>
      [1, 4, 16].flatMap((lanes) => [128, 256, 512, 4096].map((payload) => [index + 1, lanes, payload, gbps] as const)),
    ),
  )(
    "of generation %i with %i lanes and packets of %i bytes is that of its lanes less what each packet adds",
    (generation, lanes, payload, gbps) => {
      const link = pcieLink({ ...wide, pcieGeneration: generation, pcieLanes: lanes, pcieMaxPayloadBytes: payload }, 1);
      // Start and end framing, sequence number and link CRC are 8 bytes; flits have none of them.
      const framing = generation === 6 ? 0 : 8;
      for (const [direction, header] of [
        ["fromHost", 12],
        ["toHost", 16],
      ] as const) {
        const whole = (gbps * lanes * payload) / (payload + header + framing);
        const { bandwidthGbps } = link[direction];
        // Its first five digits.
        expect(bandwidthGbps).toBeLessThan(whole + 1e-9);
        expect(bandwidthGbps).toBeGreaterThan(whole * (1 - 1e-4));
        expect(Number(bandwidthGbps.toPrecision(5))).toBe(bandwidthGbps);
      }
    },
  );

  test("is what published figures say", () => {
    // Intel AN 855: 92 % of the link for a header of three doublewords and 256 bytes of data, which is 256 / 276.
    const third = pcieLink({ ...wide, pcieGeneration: 3, pcieLanes: 8 }, 1);
    expect(third.fromHost.bandwidthGbps).toBe(7.3061);
    expect(third.fromHost.bandwidthGbps / 7.876923).toBeCloseTo(0.9275, 4);
    expect(pcieLink({ ...wide, pcieGeneration: 4 }, 1)).toMatchObject({
      fromHost: { bandwidthGbps: 29.224 },
      toHost: { bandwidthGbps: 28.807 },
    });
    // 118 GB/s of 128 are for packets.
    expect(pcieLink({ ...wide, pcieGeneration: 6 }, 1).fromHost.bandwidthGbps).toBe(112.71);
  });

  test("is never more than the packets in flight carry in the time there and back", () => {
    const few = { ...wide, pcieGeneration: 5, pciePacketsInFlight: 8 };
    // 8 x 256 bytes in 200 ns.
    expect(pcieLink(few, 1)).toMatchObject({ fromHost: { bandwidthGbps: 10.24 }, toHost: { bandwidthGbps: 10.24 } });
    expect(pcieLink({ ...few, pciePacketsInFlight: 1, pcieLatencyNs: 1234.5 }, 1).toHost.bandwidthGbps).toBe(0.10368);
    const gbps = [1, 2, 4, 8, 16, 32, 64, 128].map(
      (pciePacketsInFlight) => pcieLink({ ...few, pciePacketsInFlight }, 1).fromHost.bandwidthGbps,
    );
    expect(gbps).toEqual([1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 58.449, 58.449]);
  });

  test("takes whole cycles that cover the time, twice for what is read", () => {
    const cycles = (pcieLatencyNs: number, clockGhz: number): readonly number[] => {
      const { fromHost, toHost } = pcieLink({ ...wide, pcieGeneration: 3, pcieLatencyNs }, clockGhz);
      return [fromHost.latencyCycles, toHost.latencyCycles];
    };
    expect([cycles(200, 1), cycles(100.1, 1), cycles(150, 0.9), cycles(0.1, 1)]).toEqual([
      [400, 200],
      [201, 101],
      [270, 135],
      [1, 1],
    ]);
  });
});

const config: MachineConfig = { hostLink: { type: "pcie" }, dmaEngines: { count: 4 } };

describe("a machine with a link of PCI Express", () => {
  test("moves data from the host and to it as fast as the link does", () => {
    const machine = new Machine(config);
    const [host, bank] = [machine.host(0).base, machine.external(0).base];
    machine.dma(0).transfer({ source: host, destination: bank, bytes: 65_536 });
    machine.runUntilIdle();
    expect(machine.cycle).toBe(600 + 400 + Math.ceil(65_536 / 29.224) - 1);
    const start = machine.cycle;
    machine.dma(0).transfer({ source: bank, destination: host, bytes: 65_536 });
    machine.runUntilIdle();
    expect(machine.cycle - start).toBe(600 + 200 + Math.ceil(65_536 / 28.807) - 1);
    const figures = machine.linkStatistics();
    expect(figures).toMatchObject({ fromHostBytes: 65_536, toHostBytes: 65_536 });
    expect(figures["fromHostUtilization"]).toBeCloseTo(65_536 / 29.224 / machine.cycle, 12);
  });

  test("shares each direction among its engines, and not between the directions", () => {
    const machine = new Machine({ ...config, hostMemory: { bandwidthGbps: 400 } });
    for (let engine = 0; engine < 4; engine++) {
      const [host, bank] = [
        machine.host(0).base + engine * 65_536,
        machine.external(engine % 2).base + engine * 65_536,
      ];
      const isRead = engine < 2;
      machine.dma(engine).transfer({ source: isRead ? host : bank, destination: isRead ? bank : host, bytes: 29_224 });
    }
    machine.runUntilIdle();
    // Two reads at 14.612 B a cycle each; two writes, which begin 200 cycles earlier, take 58,448 / 28.807 beats.
    expect(machine.cycle).toBe(600 + 400 + 2000 - 1);
  });

  test("has the cycles that it has without where the host takes no part, and the same values everywhere", () => {
    const machines = [new Machine(config), new Machine({ ...config, hostLink: { type: "none" } })];
    const ends = machines.map((machine) => {
      machine.external(0).write(0, Uint8Array.of(1, 2, 3));
      machine.dma(0).transfer({ source: machine.external(0).base, destination: machine.l3(0).base, bytes: 4096 });
      machine.runUntilIdle();
      return [machine.cycle, ...machine.l3(0).read(0, 3)];
    });
    expect(ends[0]).toEqual(ends[1]);
    expect(machines.map(({ hasHostLink, isInGroup }) => [hasHostLink, isInGroup])).toEqual([
      [true, false],
      [false, false],
    ]);
    expect(machines[1]?.linkStatistics()).toEqual({});
  });

  test("has no way from a host region over the link to itself", () => {
    const machine = new Machine(config);
    const { base } = machine.host(0);
    expect(() => machine.dma(0).transfer({ source: base, destination: base + 4096, bytes: 64 })).toThrow(
      "cannot copy within a host memory region over its link",
    );
  });

  test("can have an on-chip network besides", () => {
    const machine = new Machine({ ...config, network: { topology: "mesh", columns: 2, rows: 2, hopLatencyCycles: 7 } });
    // Engine 2 and L3 tile 3 are in the second row: a step down to the engine, a step across.
    machine.dma(2).transfer({ source: machine.host(0).base, destination: machine.l3(3).base, bytes: 0 });
    machine.runUntilIdle();
    expect(machine.cycle).toBe(620 + 400 + 2 * 7);
  });

  test("keeps it in a group, whose other machines have the group's", () => {
    const group = new MachineGroup({ machines: [config, {}], hostLink: { bandwidthGbps: 32, latencyCycles: 10 } });
    const latencies = group.machines.map((machine) => {
      const start = group.cycle;
      machine.dma(0).transfer({ source: machine.host(0).base, destination: machine.external(0).base, bytes: 0 });
      group.runUntilIdle();
      return group.cycle - start;
    });
    expect(latencies).toEqual([1000, 610]);
  });

  test.each([
    [{ pcieGeneration: 7 }, "pcie_generation is 7: it must be from 1 to 6"],
    [{ pcieLanes: 3 }, "pcie_lanes is 3: it must be one of 1, 2, 4, 8, 16"],
    [{ pcieMaxPayloadBytes: 300 }, "pcie_max_payload_bytes is 300: it must be a power of two from 128 to 4096"],
    [{ pciePacketsInFlight: 0 }, "pcie_packets_in_flight is 0: it must be from 1 to 65536"],
    [{ pcieLatencyNs: 1e9 }, "pcie_latency_ns is 1000000000: there and back it must be at most 1073741824 cycles"],
  ])("is refused with %j", (hostLink, message) => {
    expect(() => checkedConfig({ hostLink })).toThrow(message);
  });

  test("counts exactly, also beside large memories", () => {
    const hostLink = { type: "pcie", pcieGeneration: 4, pcieLanes: 16 } as const;
    expect(checkedConfig({ hostLink, hostMemory: { regionCapacityMb: 65_536 } }).hostLink.type).toBe("pcie");
  });
});
