import { Machine, type MachineConfig, matrixProduct } from "@kpu-sim/machine";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TiledMatmul, type TiledMatmulRequest, type TiledMatmulResult, tiledMatmul } from "./tiled-matmul.ts";

/** Values with full mantissas, so that every rounding shows. */
function operand(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => (((index + seed) * 7919) % 997) / 31 - 16);
}

type Operands = { readonly a: Float32Array; readonly b: Float32Array };

function request(
  m: number,
  n: number,
  k: number,
  rest: Partial<TiledMatmulRequest> = {},
): TiledMatmulRequest & Operands {
  const given = (values: unknown): Float32Array | undefined => (values instanceof Float32Array ? values : undefined);
  return { m, n, k, ...rest, a: given(rest.a) ?? operand(m * k, 1), b: given(rest.b) ?? operand(k * n, 2) };
}

function bits(values: Float32Array | Int32Array): Uint32Array {
  return new Uint32Array(values.slice().buffer);
}

function run(config: MachineConfig, wanted: TiledMatmulRequest): TiledMatmulResult {
  return tiledMatmul(new Machine(config), wanted);
}

const count = (most: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: most });
const bandwidth = fc.constantFrom(3, 16, 50, 100.5);
const alikeMachine: fc.Arbitrary<MachineConfig> = fc.record({
  hostMemory: fc.record({ bandwidthGbps: bandwidth }),
  externalMemory: fc.record({ bankCount: count(3), bandwidthGbps: bandwidth }),
  l3Tiles: fc.record({ count: count(4), bandwidthGbps: bandwidth }),
  l2Banks: fc.record({ count: count(4), bandwidthGbps: bandwidth }),
  scratchpads: fc.record({ count: count(4), capacityKb: fc.constantFrom(48, 64) }),
  computeTiles: fc.record({ count: count(6), rows: count(6), cols: count(6), systolic: fc.boolean() }),
  dmaEngines: fc.record({ count: count(7) }),
  blockMovers: fc.record({ count: count(3) }),
  streamers: fc.record({ count: count(7) }),
  reachPolicy: fc.constantFrom("any", "hierarchical"),
  fidelity: fc.constantFrom("transaction", "transaction", "functional"),
});
const few = <T>(entry: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(entry, { minLength: 1, maxLength: 4 });
const onChip = few(
  fc.record({ capacityKb: fc.constantFrom(8, 48, 64), bandwidthGbps: bandwidth, latencyCycles: count(20) }),
);
/** Instances of very unlike sizes, widths and arrays. */
const unlikeMachine: fc.Arbitrary<MachineConfig> = fc.record({
  externalMemory: fc.record({ instances: few(fc.record({ capacityMb: count(2), bandwidthGbps: bandwidth })) }),
  l3Tiles: fc.record({ instances: onChip }),
  l2Banks: fc.record({ instances: onChip }),
  scratchpads: fc.record({ instances: onChip.map((list) => [...list, { capacityKb: 64 }]) }),
  computeTiles: fc.record({ instances: few(fc.record({ rows: count(6), cols: count(6) })) }),
  dmaEngines: fc.record({ instances: few(fc.record({ bandwidthGbps: bandwidth })) }),
  blockMovers: fc.record({ instances: few(fc.record({ bandwidthGbps: bandwidth })) }),
});
const anyMachine = fc.oneof({ weight: 2, arbitrary: alikeMachine }, { weight: 1, arbitrary: unlikeMachine });
const anySizes = fc.record({ m: count(40), n: count(40), k: count(40) });
const side = fc.option(count(12), { nil: undefined });
const anyWishes = fc.record({
  tileM: side,
  tileN: side,
  tileK: side,
  doubleBuffer: fc.boolean(),
  dataflow: fc.constantFrom("output_stationary", "weight_stationary", "input_stationary"),
});

describe("a tiled product", () => {
  test("is the plain product, bit by bit, on any machine, and never faster than its arrays and ports", () => {
    let enginesForTheHost = 0;
    fc.assert(
      fc.property(anyMachine, anySizes, anyWishes, (config, { m, n, k }, wishes) => {
        const machine = new Machine(config);
        const wanted = request(m, n, k, wishes);
        const { c, report } = tiledMatmul(machine, wanted);
        expect(bits(c)).toEqual(bits(matrixProduct(wanted.a, wanted.b, m, n, k)));
        if (report.tiling.hostDmaEngines > 0) enginesForTheHost++;
        expect(machine.hazards).toEqual([]);
        expect(machine.isIdle).toBe(true);
        if (machine.config.fidelity === "functional") return;
        expect(report.cycles).toBeGreaterThanOrEqual(Math.ceil((2 * m * n * k) / report.peakFlopsPerCycle));
        expect(report.flopsPerCycle).toBeLessThanOrEqual(report.roofFlopsPerCycle * (1 + 1e-12));
        for (const { portUtilization } of report.levels) expect(portUtilization).toBeLessThanOrEqual(1 + 1e-12);
        for (const { busyCycles } of report.unitReports) expect(busyCycles).toBeLessThanOrEqual(report.cycles);
      }),
      { numRuns: 150 },
    );
    expect(enginesForTheHost).toBeGreaterThan(0);
  });

  test("is the plain product where scratchpads are small, with one tile of sums or two", () => {
    const found = { one: 0, two: 0 };
    const smallScratchpads = fc.record({
      scratchpads: fc.record({ count: fc.constant(4), capacityKb: count(4), bandwidthGbps: bandwidth }),
      computeTiles: fc.record({ count: count(4), rows: count(6), cols: count(6) }),
      dmaEngines: fc.record({ count: count(5) }),
      streamers: fc.record({ count: count(14) }),
    });
    fc.assert(
      fc.property(smallScratchpads, anySizes, (config, { m, n, k }) => {
        const machine = new Machine(config);
        const wanted = request(m, n, k);
        const { c, report } = tiledMatmul(machine, wanted);
        expect(bits(c)).toEqual(bits(matrixProduct(wanted.a, wanted.b, m, n, k)));
        expect(machine.hazards).toEqual([]);
        expect(new TiledMatmul(new Machine(config), wanted, Number.MAX_SAFE_INTEGER).finish().report).toEqual(report);
        if (report.tiling.sumBuffers === 1) found.one++;
        else found.two++;
      }),
      { numRuns: 100 },
    );
    expect(Math.min(found.one, found.two)).toBeGreaterThan(3);
  });

  test("sets engines apart for the host where there are enough, and they do nothing else", () => {
    const wanted = { m: 256, n: 256, k: 64, tileM: 32, tileN: 32, tileK: 32 };
    const { tiling, unitReports } = run({ dmaEngines: { count: 6 }, timingOnly: true }, wanted).report;
    expect(tiling.hostDmaEngines).toBeGreaterThan(0);
    const operations = unitReports.filter(({ unit }) => unit.startsWith("dma")).map((unit) => unit.operations);
    const forHost = operations.slice(0, tiling.hostDmaEngines).reduce((sum, count) => sum + count, 0);
    // Two tiles along k come together, for 8 rows and 8 columns of tiles; 64 tiles of C go.
    expect([tiling.stagedTiles, forHost]).toEqual([2, 8 + 8 + 64]);
    expect(run({ dmaEngines: { count: 3 }, timingOnly: true }, wanted).report.tiling.hostDmaEngines).toBe(0);
  });

  test("keeps one tile of sums where that lets larger tiles in, and is faster by it", () => {
    const config: MachineConfig = { scratchpads: { capacityKb: 32 }, timingOnly: true };
    const { tiling, cycles } = run(config, { m: 512, n: 512, k: 128 }).report;
    expect(tiling).toMatchObject({ buffers: 2, sumBuffers: 1 });
    const bytes = 4 * (2 * tiling.tileK * (tiling.tileM + tiling.tileN) + 2 * tiling.tileM * tiling.tileN);
    expect(bytes).toBeGreaterThan(32 * 1024);
    const halved = { tileM: tiling.tileM / 2, tileN: tiling.tileN, tileK: tiling.tileK };
    expect(cycles).toBeLessThan(run(config, { m: 512, n: 512, k: 128, ...halved }).report.cycles);
  });

  test("has the roofs of the memories that it uses", () => {
    const wanted = { m: 64, n: 64, k: 64 };
    const hosts = [1, 4].map((regionCount) => {
      const { levels } = run({ hostMemory: { regionCount }, timingOnly: true }, wanted).report;
      return levels[0];
    });
    expect(hosts[0]).toMatchObject({ level: "host", memories: 1 });
    expect(hosts[1]).toEqual(hosts[0]);
  });

  test("takes the same cycles however far ahead its steps are issued", () => {
    fc.assert(
      fc.property(anyMachine, anySizes, anyWishes, (config, { m, n, k }, wishes) => {
        const wanted = request(m, n, k, { ...wishes, tileM: 4, tileN: 4, tileK: 4 });
        const reports = [0, 100, Number.MAX_SAFE_INTEGER].map((window) => {
          const product = new TiledMatmul(new Machine(config), wanted, window);
          return product.finish().report;
        });
        expect(reports[0]).toEqual(reports[2]);
        expect(reports[1]).toEqual(reports[2]);
      }),
      { numRuns: 60 },
    );
  });

  test("overlaps what it moves and what it computes: two buffers beat one, several tiles beat one", () => {
    const cycles = (rest: Partial<TiledMatmulRequest>): number =>
      run({}, request(192, 192, 192, { tileM: 48, tileN: 48, tileK: 48, ...rest })).report.cycles;
    const both = cycles({});
    expect(cycles({ doubleBuffer: false })).toBeGreaterThan(1.1 * both);
    expect(cycles({ tiles: 1 })).toBeGreaterThan(1.3 * both);
  });

  test("moves what the tiling says, at every level", () => {
    const [m, n, k] = [96, 64, 80];
    const { report } = run({}, request(m, n, k, { tileM: 32, tileN: 32, tileK: 16, gridRows: 1 }));
    const [a, b, c] = [m * k * 4, k * n * 4, m * n * 4];
    // Two compute tiles side by side: a block of C is one row of tiles high and two wide, so B is loaded once for each of 3 rows.
    const [aLoads, bLoads] = [1, 3];
    const loaded = aLoads * a + bLoads * b;
    const streamed = 2 * aLoads * a + bLoads * b;
    const traffic = Object.fromEntries(
      report.levels.map(({ level, bytesRead, bytesWritten }) => [level, [bytesRead, bytesWritten]]),
    );
    expect(traffic["host"]).toEqual([a + b, c]);
    expect(traffic["external"]).toEqual([loaded + c, a + b + c]);
    expect(traffic["l3"]).toEqual([loaded + c, loaded + c]);
    expect(traffic["l2"]).toEqual([streamed + c, loaded + c]);
    expect(report.multiplyAccumulates).toBe(m * n * k);
    expect(report.unitReports.map(({ unit }) => unit)).toContain("block mover 3");
  });

  test("uses only the units that it is given", () => {
    const units = { tiles: 1, dmaEngines: 1, blockMovers: 1, streamers: 2 };
    const machine = new Machine();
    const { report } = tiledMatmul(machine, request(40, 40, 40, { tileM: 16, ...units }));
    expect(report.units).toEqual(units);
    const used = ({ busyCycles = 0 }: Readonly<Record<string, number>>): boolean => busyCycles > 0;
    const { dma, blockMover, streamer, tile } = machine.statistics();
    expect([dma, blockMover, streamer, tile].map((all) => all.filter(used).length)).toEqual([1, 1, 2, 1]);
  });

  test("one after another on one machine: the same cycles, no semaphores left behind", () => {
    const machine = new Machine();
    const wanted = request(50, 30, 70);
    const first = tiledMatmul(machine, wanted);
    const next = machine.semaphore("after the first").id;
    const second = tiledMatmul(machine, wanted);
    expect(machine.semaphore("after the second").id).toBe(next + 1);
    expect(second.report).toEqual(first.report);
    expect(bits(second.c)).toEqual(bits(first.c));
  });

  test("takes the same on a machine that simulates times only, which has no values", () => {
    const wanted = request(70, 50, 90, { tileM: 16, tileN: 16, tileK: 32 });
    const machine = new Machine({ timingOnly: true });
    const { a: _a, b: _b, ...sizes } = wanted;
    const timed = tiledMatmul(machine, sizes);
    expect(timed.report).toEqual(run({}, wanted).report);
    expect(timed.c).toHaveLength(0);
    expect(() => tiledMatmul(machine, wanted)).toThrow("A must be left out");
    expect(() => machine.host(0).readFloat32(0, 1)).toThrow("simulates times only and its memories hold no values");
    expect(() => machine.l2(0).writeFloat32(0, [1])).toThrow("set timing_only to false");
    expect(() => machine.l2(0).clear()).toThrow("cannot clear L2 bank 0");
  });

  test("says where the cycles of every unit went: busy, waiting and idle add up", () => {
    const { report } = run({}, request(96, 96, 96, { tileM: 32, tileN: 32, tileK: 32 }));
    for (const unit of report.unitReports) {
      const { busyCycles, waitingForDataCycles, waitingForSpaceCycles, idleCycles } = unit;
      expect(busyCycles + waitingForDataCycles + waitingForSpaceCycles + idleCycles).toBe(report.cycles);
    }
    const total = (name: "waitingForDataCycles" | "waitingForSpaceCycles" | "waitingForPortsCycles"): number =>
      report.unitReports.reduce((sum, unit) => sum + unit[name], 0);
    expect(total("waitingForDataCycles")).toBeGreaterThan(0);
    expect(total("waitingForSpaceCycles")).toBeGreaterThan(0);
    expect(total("waitingForPortsCycles")).toBeGreaterThan(0);
  });

  test("takes operands that lie in host memory already", () => {
    const machine = new Machine();
    const { a, b, ...sizes } = request(30, 20, 40);
    const product = new TiledMatmul(machine, sizes);
    if (a !== undefined) machine.host(0).writeFloat32(product.places.a, a);
    if (b !== undefined) machine.host(0).writeFloat32(product.places.b, b);
    expect(bits(product.finish().c)).toEqual(bits(run({}, { a, b, ...sizes }).c));
  });

  test("dropped by a reset it gives its semaphores back, and the next one takes the same cycles", () => {
    const machine = new Machine();
    const wanted = request(50, 30, 70);
    const first = tiledMatmul(machine, wanted);
    machine.reset();
    const dropped = new TiledMatmul(machine, wanted);
    dropped.advance(100);
    machine.reset();
    dropped.release();
    const next = machine.semaphore("after the dropped one").id;
    const again = tiledMatmul(machine, wanted);
    expect(machine.semaphore("after the last one").id).toBe(next + 1);
    expect(again.report).toEqual(first.report);
    expect(bits(again.c)).toEqual(bits(first.c));
  });

  test("runs in slices, with its progress", () => {
    const product = new TiledMatmul(new Machine(), request(64, 64, 64, { tileM: 16, tileN: 16, tileK: 16 }));
    const { steps } = product.progress;
    expect(steps).toBe(4 * 2 * 4);
    const seen: number[] = [];
    while (!product.advance(50)) seen.push(product.progress.done);
    expect(seen.length).toBeGreaterThan(5);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(product.progress.done).toBe(steps);
    expect(product.finish().report.hazards).toBe(0);
  });
});

describe("a tiled product is refused, with nothing started,", () => {
  test.each<[string, Partial<TiledMatmulRequest>, MachineConfig, string]>([
    ["a side of 0", { m: 0 }, {}, "m must be a whole number from 1, got 0"],
    ["a tile side of 1.5", { tileK: 1.5 }, {}, "tileK must be a whole number from 1, got 1.5"],
    ["an operand of another length", { a: operand(7, 1) }, {}, "A must have 8 x 8 = 64 elements"],
    [
      "tiles larger than their buffers",
      { m: 200, n: 200, a: operand(1600, 1), b: operand(1600, 2), tileM: 200, tileN: 200 },
      {},
      "with tileM 200, tileN 200: each scratchpad (64 KB) must hold 2 tiles",
    ],
    ["more tiles than there are", { tiles: 3 }, {}, "tiles must be 1 to 2, the compute tiles of this machine; got 3"],
    ["a grid that does not come out", { gridRows: 3 }, {}, "gridRows must divide the number of compute tiles, 2"],
    ["no streamers", {}, { streamers: { count: 0 } }, "needs at least one streamer"],
    [
      "no L3",
      {},
      { l3Tiles: { count: 0 }, blockMovers: { count: 0 } },
      "passes through every level of the hierarchy; this machine has no l3 memory",
    ],
    [
      "matrices larger than the host's memory",
      { m: 600, n: 1, k: 600, a: operand(360_000, 1), b: operand(600, 1) },
      { hostMemory: { regionCapacityMb: 1 } },
      "does not fit into this machine's host memory",
    ],
  ])("%s", (_, wishes, config, message) => {
    const machine = new Machine(config);
    expect(() => tiledMatmul(machine, request(8, 8, 8, wishes))).toThrow(message);
    expect(machine.isIdle).toBe(true);
    expect(machine.cycle).toBe(0);
  });

  test("a machine with work", () => {
    const machine = new Machine();
    machine.dma(0).transfer({ source: 0, destination: machine.l3(0).base, bytes: 64 });
    expect(() => tiledMatmul(machine, request(8, 8, 8))).toThrow("needs the whole machine, which has work");
  });
});
