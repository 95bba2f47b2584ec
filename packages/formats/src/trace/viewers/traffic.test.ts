import { Machine, type MachineConfig } from "@kpu-sim/machine";
import { expect, test } from "vitest";
import { TrafficCurves } from "./traffic.ts";

/** Bytes below each curve of the transfers of a machine. */
function bytesBelow(config: MachineConfig): ReadonlyMap<string, number> {
  const machine = new Machine(config);
  machine.startTrace();
  machine.dma(0).transfer({ source: machine.host(0).base, destination: machine.external(0).base, bytes: 1000 });
  machine.blockMover(0).transfer({ source: machine.l3(0).base, destination: machine.l2(7).base, bytes: 600 });
  machine.blockMover(1).transfer({ source: machine.l3(1).base, destination: machine.l2(4).base, bytes: 300 });
  machine.runUntilIdle();
  const traffic = new TrafficCurves(machine.traceOrigin());
  traffic.add(machine.trace.columns());
  return new Map(
    traffic.curves().map(({ name, points }) => {
      const spans = points.map(({ cycle, value }, place) => value * ((points[place + 1]?.cycle ?? cycle) - cycle));
      return [name, Math.round(spans.reduce((sum, span) => sum + span, 0))];
    }),
  );
}

test("links have curves of what passes them, and all of a kind have one together", () => {
  const network = { topology: "mesh", columns: 4, rows: 1 } as const;
  const bytes = bytesBelow({ network, hostLink: { type: "pcie" } });
  const named = [...bytes].filter(([name]) => name.includes("link"));
  // Tile 0 is at node 0, bank 7 at node 3; tile 1 and bank 4 are at nodes 1 and 0.
  expect(named.filter(([name]) => name.startsWith("network link "))).toEqual([
    ["network link 0 to 1", 600],
    ["network link 1 to 2", 600],
    ["network link 1 to 0", 300],
    ["network link 2 to 3", 600],
  ]);
  expect(bytes.get("network links")).toBe(2100);
  expect(bytes.get("links to and from the host")).toBe(1000);
  expect(bytes.get("link from host")).toBe(1000);
  expect(bytes.has("link to host")).toBe(false);
});

test("networks of many links have one curve, and machines without links none", () => {
  const network = { topology: "mesh", columns: 8, rows: 8 } as const;
  const wide = bytesBelow({ network, l3Tiles: { count: 8 }, l2Banks: { count: 64 } });
  expect([...wide.keys()].filter((name) => name.includes("link"))).toEqual(["network links"]);
  expect([...bytesBelow({}).keys()].filter((name) => name.includes("link"))).toEqual([]);
});
