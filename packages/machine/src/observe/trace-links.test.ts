import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MachineConfig } from "../config/machine-config.ts";
import { Machine } from "../machine.ts";
import { MachineGroup } from "../machine-group.ts";
import { TraceLinks } from "./trace-links.ts";

const mesh: MachineConfig = {
  network: { topology: "mesh", columns: 3, rows: 2 },
  hostLink: { type: "pcie" },
  l3Tiles: { count: 6, capacityKb: 128 },
  l2Banks: { count: 6, capacityKb: 64 },
  dmaEngines: { count: 3 },
};

/** Bytes that the events of a trace send over each link, by its name. */
function bytesByLink(machine: Machine): ReadonlyMap<string, number> {
  const links = new TraceLinks(machine.traceOrigin());
  const { unit, source, destination, bytes } = machine.trace.columns();
  const sums = new Map(links.links.map(({ name }) => [name, 0]));
  for (const [event, count] of bytes.entries()) {
    for (const place of links.passedBy(unit[event] ?? 0, source[event] ?? 0, destination[event] ?? 0)) {
      const name = links.links[place]?.name ?? "";
      sums.set(name, (sums.get(name) ?? 0) + count);
    }
  }
  return sums;
}

test("what a trace sends over links is what the machine has counted there", () => {
  const move = fc.record({
    engine: fc.nat(2),
    kind: fc.constantFrom("dma", "blockMover", "streamer"),
    from: fc.nat(5),
    to: fc.nat(5),
    bytes: fc.integer({ min: 1, max: 500 }),
  });
  fc.assert(
    fc.property(fc.array(move, { maxLength: 12 }), fc.constantFrom("mesh", "ring"), (moves, topology) => {
      const machine = new Machine({ ...mesh, network: { ...mesh.network, topology } });
      machine.startTrace();
      for (const { engine, kind, from, to, bytes } of moves) {
        if (kind === "dma") {
          const source = from < 2 ? machine.host(0).base : machine.l3(from).base;
          machine.dma(engine).transfer({ source, destination: machine.l2(to).base, bytes });
        } else if (kind === "blockMover") {
          machine
            .blockMover(engine)
            .transfer({ source: machine.l3(from).base, destination: machine.l2(to).base, bytes });
        } else {
          const destination = machine.scratchpad(to % 2).base;
          machine.streamer(engine).transfer({ source: machine.l2(from).base, destination, bytes });
        }
      }
      machine.runUntilIdle();
      const sums = bytesByLink(machine);
      for (const { from, to, bytes } of machine.network?.links() ?? []) {
        expect(sums.get(`network link ${from} to ${to}`)).toBe(bytes);
      }
      expect(sums.get("link from host")).toBe(machine.linkStatistics()["fromHostBytes"]);
    }),
  );
});

describe("of a group", () => {
  const link = { bandwidthGbps: 32, latencyCycles: 10 };

  test.each([undefined, { bandwidthGbps: 64, latencyCycles: 5 }])(
    "every machine has its own (peer link %j)",
    (peer) => {
      const group = new MachineGroup({ machines: [mesh, {}], hostLink: link, ...(peer && { peerLink: peer }) });
      const [first, second] = [group.machine(0), group.machine(1)];
      first.startTrace();
      const destination = group.sharedAddress(1, second.l2(3).base);
      first.dma(1).transfer({ source: first.l3(4).base, destination, bytes: 640 });
      second.dma(0).transfer({ source: second.external(0).base, destination: second.host(0).base, bytes: 64 });
      group.runUntilIdle();
      const sums = bytesByLink(first);
      const [ofFirst = {}, ofSecond = {}] = group.linkStatistics();
      expect(sums.get("KPU 0 link to host")).toBe(ofFirst["toHostBytes"]);
      expect(sums.get("KPU 1 link from host")).toBe(ofSecond["fromHostBytes"]);
      expect(sums.get("KPU 1 link to host")).toBe(64);
      expect(sums.get("KPU 0 link to other KPUs")).toBe(peer === undefined ? undefined : 640);
      expect(sums.get("KPU 1 link from other KPUs")).toBe(peer === undefined ? undefined : 640);
      for (const { from, to, bytes } of first.network?.links() ?? []) {
        expect(sums.get(`KPU 0 network link ${from} to ${to}`)).toBe(bytes);
      }
      const width = new TraceLinks(first.traceOrigin()).links.find(({ kind }) => kind === "peer")?.bytesPerCycle;
      expect(width).toBe(peer?.bandwidthGbps);
    },
  );
});

test("without links there are none, and what does not fit together has none", () => {
  const origin = new Machine().traceOrigin();
  expect(new TraceLinks(origin).links).toEqual([]);
  expect([...new TraceLinks(origin).passedBy(0, 0, 1)]).toEqual([]);
  const linked = new Machine(mesh).traceOrigin();
  expect(new TraceLinks(linked).links.length).toBeGreaterThan(10);
  expect(new TraceLinks({ ...linked, memories: linked.memories.slice(1) }).links).toEqual([]);
  expect(new TraceLinks({ ...linked, links: { host: [], peer: undefined } }).links).toEqual([]);
  const wrong = linked.configs.map((config) => ({ ...config, network_columns: 1e9 }));
  expect(new TraceLinks({ ...linked, configs: wrong }).links).toEqual([]);
  // Of no unit, of a tile, and from nowhere.
  const links = new TraceLinks(linked);
  const tile = linked.units.findIndex(({ kind }) => kind === "tile");
  for (const [unit, source, destination] of [
    [1e6, 0, 1],
    [tile, 0, 1],
    [0, 1e6, 1e7],
  ] as const)
    expect([...links.passedBy(unit, source, destination)]).toEqual([]);
});
