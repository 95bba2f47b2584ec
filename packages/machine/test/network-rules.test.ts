import { describe, expect, test } from "vitest";
import { KpuError, Machine, MachineGroup } from "../src/index.ts";
import { implementations } from "./implementations.ts";
import type { HardwareConfig } from "./reference/hardware.ts";

type Topology = "mesh" | "ring";

/** One L3 tile and one L2 bank for each node; ports and block movers are wider than links. */
function machineOf(topology: Topology, columns: number, rows: number, more: HardwareConfig = {}): HardwareConfig {
  const nodes = columns * rows;
  return {
    l3Tiles: { count: nodes },
    l2Banks: { count: nodes },
    blockMovers: { count: Math.max(4, nodes) },
    ...more,
    network: { topology, columns, rows, linkBytesPerCycle: 16, hopLatencyCycles: 3, ...more.network },
  };
}

const shapes = [
  { topology: "mesh", columns: 4, rows: 4 },
  { topology: "mesh", columns: 5, rows: 2 },
  { topology: "mesh", columns: 1, rows: 6 },
  { topology: "ring", columns: 4, rows: 2 },
  { topology: "ring", columns: 7, rows: 1 },
  { topology: "ring", columns: 2, rows: 1 },
] as const;

function hopsBetween(topology: Topology, columns: number, rows: number, from: number, to: number): number {
  if (topology === "ring") {
    const apart = Math.abs(from - to);
    return Math.min(apart, columns * rows - apart);
  }
  return Math.abs((from % columns) - (to % columns)) + Math.abs(Math.floor(from / columns) - Math.floor(to / columns));
}

/** L3 to L2 on the default machine. */
const pathCycles = 20 + 10;

describe.each(implementations)("$name", ({ create }) => {
  test.each(shapes)(
    "takes the path, a latency for each link and the beats of the link between any two nodes of a $topology of $columns x $rows",
    ({ topology, columns, rows }) => {
      const machine = create(machineOf(topology, columns, rows));
      for (let from = 0; from < columns * rows; from++) {
        for (let to = 0; to < columns * rows; to++) {
          const start = machine.cycle;
          machine
            .blockMover(0)
            .transfer({ source: machine.l3(from).base, destination: machine.l2(to).base, bytes: 1000 });
          machine.runUntilIdle();
          const hops = hopsBetween(topology, columns, rows, from, to);
          // 64 GB/s of the block mover at 1 GHz where no link is passed.
          const beats = Math.ceil(1000 / (hops === 0 ? 64 : 16));
          expect(machine.cycle - start, `${from} to ${to}`).toBe(pathCycles + 3 * hops + beats - 1);
        }
      }
    },
  );

  test("gives each of k transfers over one link a k-th of it, and the link has no cycle to spare", () => {
    for (let k = 1; k <= 4; k++) {
      // Every second L3 tile at node 0 and every second L2 bank at node 1, with ports of their own.
      const machine = create(machineOf("mesh", 2, 1, { l3Tiles: { count: 8 }, l2Banks: { count: 8 } }));
      const ends: number[] = [];
      for (let mover = 0; mover < k; mover++) {
        machine.blockMover(mover).transfer({
          source: machine.l3(2 * mover).base,
          destination: machine.l2(2 * mover + 1).base,
          bytes: 1600,
          onComplete: () => ends.push(machine.cycle),
        });
      }
      machine.runUntilIdle();
      // 100 turns of 16 B each, one after the other: the last turn of mover i is number 99 k + i.
      const first = pathCycles + 3;
      expect(ends).toEqual(Array.from({ length: k }, (_, mover) => first + 99 * k + mover));
    }
  });

  test.each([
    [4, 1],
    [4, 3],
    [8, 2],
  ])("moves over the middle of a mesh of %i x %i as much as its rows of links do, and no more", (columns, rows) => {
    const machine = create(machineOf("mesh", columns, rows));
    const half = columns / 2;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < half; column++) {
        const from = row * columns + column;
        const source = machine.l3(from).base;
        machine.blockMover(from).transfer({ source, destination: machine.l2(from + half).base, bytes: 3200 });
      }
    }
    machine.runUntilIdle();
    // All go over the middle link of their row, which is never idle: half of the columns have 200 beats each.
    expect(machine.cycle).toBe(pathCycles + 3 * half - 1 + half * 200);
  });

  test("goes past the DMA engine, down the left edge, and not over links to and from one memory", () => {
    const machine = create(machineOf("mesh", 4, 4, { dmaEngines: { count: 4 }, externalMemory: { bankCount: 2 } }));
    const move = (dma: number, source: number, destination: number): number => {
      const start = machine.cycle;
      machine.dma(dma).transfer({ source, destination, bytes: 0 });
      machine.runUntilIdle();
      return machine.cycle - start;
    };
    // Bank 1 is at node 8; engine 0 at node 0, engine 3 at node 12; L3 tile 7 at node 7, row 1 and column 3.
    const [bank, tile] = [machine.external(1).base, machine.l3(7).base];
    expect(move(0, bank, tile)).toBe(120 + 3 * (2 + 4));
    expect(move(3, bank, tile)).toBe(120 + 3 * (1 + 5));
    expect(move(2, bank, tile)).toBe(120 + 3 * (0 + 4));
    expect(move(3, machine.host(0).base, tile)).toBe(620 + 3 * (3 + 5));
    expect(move(0, tile, tile + 64)).toBe(40);
    expect(move(0, tile, machine.l3(6).base)).toBe(40 + 3 * (4 + 3));
  });

  test("has the cycles that it has without a network where links are wide and hops take no time", () => {
    const network = { linkBytesPerCycle: 4096, hopLatencyCycles: 0 };
    const cycles = [
      machineOf("mesh", 3, 3, { network }),
      machineOf("mesh", 3, 3, { network: { topology: "none" } }),
    ].map((config) => {
      const machine = create(config);
      machine.dma(0).transfer({ source: machine.external(0).base, destination: machine.l3(4).base, bytes: 7777 });
      machine.dma(1).transfer({ source: machine.external(0).base, destination: machine.l3(8).base, bytes: 7777 });
      machine.runUntilIdle();
      return machine.cycle;
    });
    expect(cycles[0]).toBe(cycles[1]);
  });
});

describe("the network of a machine", () => {
  test("says where things sit and what has passed its links", () => {
    const machine = new Machine(
      machineOf("mesh", 2, 2, { dmaEngines: { count: 2 }, externalMemory: { bankCount: 3 } }),
    );
    const { network } = machine;
    expect(network?.nodeCount).toBe(4);
    expect([0, 1, 2].map((bank) => network?.nodeOf("external", bank))).toEqual([0, 2, 0]);
    expect([0, 1].map((engine) => network?.nodeOf("dma", engine))).toEqual([0, 2]);
    expect([0, 1, 2, 3].map((tile) => network?.nodeOf("l3", tile))).toEqual([0, 1, 2, 3]);
    expect(network?.nodeOf("host", 0)).toBe(0);
    expect(network?.nodesBetween(2, 1)).toEqual([2, 3, 1]);
    machine.blockMover(0).transfer({ source: machine.l3(2).base, destination: machine.l2(1).base, bytes: 1600 });
    machine.blockMover(1).transfer({ source: machine.l3(3).base, destination: machine.l2(1).base, bytes: 160 });
    machine.runUntilIdle();
    const used = network?.links().filter(({ bytes }) => bytes > 0);
    const { cycle } = machine;
    expect(used).toEqual([
      { from: 2, to: 3, bytes: 1600, busyCycles: 100, utilization: 100 / cycle },
      { from: 3, to: 1, bytes: 1760, busyCycles: 110, utilization: 110 / cycle },
    ]);
    expect(network?.links()).toHaveLength(8);
    machine.reset();
    expect(network?.links().every(({ bytes, utilization }) => bytes === 0 && utilization === 0)).toBe(true);
  });

  test("is none by default, and names nodes and components that do not exist", () => {
    expect(new Machine().network).toBeUndefined();
    const { network } = new Machine(machineOf("ring", 3, 1));
    expect(() => network?.nodeOf("l3", 3)).toThrow("L3 tile 3 does not exist: valid ids are 0 to 2");
    expect(() => network?.nodesBetween(0, 3)).toThrow("network node 3 does not exist: valid ids are 0 to 2");
  });

  test.each([
    [{ columns: 0 }, "network_columns is 0: it must be from 1 to 64"],
    [{ rows: 65 }, "network_rows is 65: it must be from 1 to 64"],
    [{ linkBytesPerCycle: 0 }, "network_link_bytes_per_cycle is 0: it must be from 1 to 1048576"],
  ])("of %j is refused", (network, message) => {
    expect(() => new Machine({ network })).toThrow(message);
  });

  test("is refused where its ways and the engines are too many", () => {
    const network = { topology: "ring", columns: 64, rows: 64 } as const;
    expect(() => new Machine({ network, dmaEngines: { count: 20_000 } })).toThrow(
      "a ring of 64 x 64 nodes has ways of up to 4096 links, too many for 20012 engines",
    );
  });

  test("carries what passes between machines from where the host is and to it", () => {
    const config = machineOf("mesh", 3, 3, { dmaEngines: { count: 1 } });
    const group = new MachineGroup({
      machines: [config, { ...config, network: { ...config.network, hopLatencyCycles: 5 } }],
      hostLink: { bandwidthGbps: 32, latencyCycles: 200 },
    });
    const [first, second] = group.machines;
    if (first === undefined || second === undefined) throw new Error("no machines");
    const source = first.l3(8).base;
    const destination = group.sharedAddress(1, second.l3(4).base);
    first.dma(0).transfer({ source, destination, bytes: 0 });
    group.runUntilIdle();
    // 20 + 100 up and 100 + 20 down, two links, four hops of the first machine and two of the second.
    expect(group.cycle).toBe(240 + 400 + 3 * 4 + 5 * 2);
    const start = group.cycle;
    first.dma(0).transfer({ source, destination, bytes: 1600 });
    group.runUntilIdle();
    expect(group.cycle - start).toBe(662 + 100 - 1);
    const passed = group.machines.map(({ network }) => network?.links().reduce((sum, { bytes }) => sum + bytes, 0));
    expect(passed).toEqual([4 * 1600, 2 * 1600]);
  });

  test("changes no values", () => {
    const read = (config: HardwareConfig): Uint8Array => {
      const machine = new Machine(config);
      machine.external(0).write(
        0,
        Uint8Array.from({ length: 4096 }, (_, index) => index % 251),
      );
      machine.dma(0).transfer({ source: machine.external(0).base, destination: machine.l3(3).base, bytes: 4096 });
      machine.runUntilIdle();
      machine.blockMover(2).transfer({ source: machine.l3(3).base, destination: machine.l2(0).base, bytes: 4096 });
      machine.runUntilIdle();
      return machine.l2(0).read(0, 4096);
    };
    const without = read(machineOf("mesh", 2, 2, { network: { topology: "none" } }));
    expect(read(machineOf("mesh", 2, 2))).toEqual(without);
    expect(read(machineOf("ring", 2, 2))).toEqual(without);
  });

  test("can be rewound amid transfers that share links", () => {
    const machine = new Machine(machineOf("mesh", 4, 1));
    machine.startHistory();
    for (let mover = 0; mover < 3; mover++) {
      machine
        .blockMover(mover)
        .transfer({ source: machine.l3(mover).base, destination: machine.l2(3).base, bytes: 8000 });
    }
    machine.runUntil(500);
    const checkpoint = machine.checkpoint();
    machine.runUntilIdle();
    const [end, links] = [machine.cycle, machine.network?.links()];
    machine.rewindTo(700);
    machine.runUntilIdle();
    expect([machine.cycle, machine.network?.links()]).toEqual([end, links]);
    machine.restore(checkpoint);
    machine.runUntilIdle();
    expect([machine.cycle, machine.network?.links()]).toEqual([end, links]);
  });
});

test("what is no component of a network is refused", () => {
  const { network } = new Machine(machineOf("ring", 3, 1));
  // As a program without types may call it.
  const nodeOf: unknown = Reflect.get(network ?? {}, "nodeOf");
  expect(() => (typeof nodeOf === "function" ? nodeOf.call(network, "tile", 0) : undefined)).toThrow(KpuError);
});
