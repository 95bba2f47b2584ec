import { KpuError, Machine, type MachineConfig } from "@kpu-sim/machine";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TiledMatmul, type TiledMatmulRequest } from "./tiled-matmul.ts";

const count = (most: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: most });
const bandwidth = fc.constantFrom(3, 16, 50, 100.5);
const anyMachine = fc.record({
  hostMemory: fc.record({ bandwidthGbps: bandwidth, latencyCycles: fc.constantFrom(0, 5, 500) }),
  externalMemory: fc.record({ bankCount: count(3), bandwidthGbps: bandwidth }),
  l3Tiles: fc.record({ count: count(4), bandwidthGbps: bandwidth }),
  l2Banks: fc.record({ count: count(4), bandwidthGbps: bandwidth }),
  // Room for two tiles of sums, or in the largest tiles for one.
  scratchpads: fc.oneof(fc.record({ count: count(4) }), fc.constant({ count: 4, capacityKb: 1 })),
  computeTiles: fc.record({ count: count(4), rows: count(6), cols: count(6), systolic: fc.boolean() }),
  dmaEngines: fc.record({ count: count(6) }),
  blockMovers: fc.record({ count: count(3) }),
  streamers: fc.record({ count: count(7) }),
  network: fc.record({
    topology: fc.constantFrom("none", "none", "mesh", "ring"),
    columns: count(3),
    rows: count(3),
    linkBytesPerCycle: fc.constantFrom(4, 64),
  }),
  hazardPolicy: fc.constantFrom("record", "raise", "off"),
});
/** Products of at most so many elements along each side: many blocks of C, or few blocks that repeat themselves within. */
const requests = (side: number, depth: number): fc.Arbitrary<TiledMatmulRequest> =>
  fc
    .record({
      m: count(side),
      n: count(side),
      k: count(depth),
      tileM: count(6),
      tileN: count(6),
      tileK: count(8),
      doubleBuffer: fc.boolean(),
      dataflow: fc.constantFrom("output_stationary", "weight_stationary", "input_stationary"),
      ending: fc.oneof(
        fc.constant({}),
        fc.record({
          bias: fc.constantFrom(true as const, undefined),
          scale: fc.constantFrom(true as const, 0.5),
          resultFormat: fc.constantFrom("float32" as const, "int8" as const, "float16" as const),
        }),
      ),
    })
    .map(({ ending, ...request }) => ({ ...request, ...ending }))
    .filter(({ m, n, k, tileM, tileN, tileK }) => (m / tileM) * (n / tileN) * (k / tileK) < 3000);
const anyRequest = fc.oneof(requests(90, 24), requests(24, 400));

const slice = 200;

/** Runs in slices; returns their number, which tells how much was simulated step by step. */
function run(machine: Machine, product: TiledMatmul, stop: number | undefined): number {
  if (stop !== undefined) machine.runUntil(stop);
  let slices = 1;
  while (!product.advance(slice)) slices++;
  return slices;
}

function everything(machine: Machine): object {
  const { count: tiles } = machine.config.computeTiles;
  const activity = Array.from({ length: tiles }, (_, tile) => [...machine.tile(tile).peActivity()]);
  return { cycle: machine.cycle, statistics: machine.statistics(), activity, hazards: machine.hazards };
}

/** A machine that jumps, and one that cannot because it traces. */
function both(config: MachineConfig): readonly [Machine, Machine] {
  const machines = [
    new Machine({ ...config, timingOnly: true }),
    new Machine({ ...config, timingOnly: true }),
  ] as const;
  machines[1].startTrace({ mostEvents: 1 });
  return machines;
}

function fitsInto(config: MachineConfig, request: TiledMatmulRequest): boolean {
  try {
    return new TiledMatmul(new Machine({ ...config, timingOnly: true }), request) !== undefined;
  } catch (error) {
    if (error instanceof KpuError && error.code === "KPU_DIMENSION") return false;
    throw error;
  }
}

describe("a product that repeats itself, times only", () => {
  test("has every figure that it has when nothing is jumped over, wherever it stops on the way and whatever comes after it", () => {
    let [jumping, stepping] = [0, 0];
    fc.assert(
      fc.property(
        anyMachine,
        anyRequest,
        fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
        (config, request, stopAt) => {
          fc.pre(fitsInto(config, request));
          const whole = new TiledMatmul(new Machine({ ...config, timingOnly: true }), request).report();
          const stop = stopAt === null ? undefined : Math.floor(whole.cycles * stopAt);
          const [fast, slow] = both(config);
          const products = [new TiledMatmul(fast, request), new TiledMatmul(slow, request)] as const;
          if (stop !== undefined) {
            for (const machine of [fast, slow]) machine.runUntil(stop);
            expect(everything(fast)).toEqual(everything(slow));
            expect(products[0].progress).toEqual(products[1].progress);
          }
          jumping += run(fast, products[0], undefined);
          stepping += run(slow, products[1], undefined);
          expect(everything(fast)).toEqual(everything(slow));
          expect(products[0].report()).toEqual(products[1].report());
          expect(products[0].report()).toEqual(whole);
          // What follows meets the same machine.
          const next = { m: 12, n: 12, k: 12, tileM: 4, tileN: 4, tileK: 4 };
          expect(new TiledMatmul(fast, next).report()).toEqual(new TiledMatmul(slow, next).report());
          expect(everything(fast)).toEqual(everything(slow));
        },
      ),
      { numRuns: Number(process.env["KPU_FUZZ_RUNS"] ?? 120) },
    );
    // Much of what is drawn has something to jump over.
    expect(jumping).toBeLessThan(0.9 * stepping);
  });

  test("does not skip others' callbacks", () => {
    const machine = new Machine({ timingOnly: true, dmaEngines: { count: 3 } });
    const product = new TiledMatmul(machine, { m: 256, n: 256, k: 16, tileM: 16, tileN: 16, tileK: 16, dmaEngines: 2 });
    const times: number[] = [];
    const again = (): void => {
      times.push(machine.cycle);
      if (!isDone()) {
        machine.dma(2).transfer({
          source: machine.host(0).base,
          destination: machine.external(0).base,
          bytes: 64,
          onComplete: again,
        });
      }
    };
    const isDone = (): boolean => product.progress.done === product.progress.steps;
    again();
    product.report();
    expect(
      times
        .slice(1)
        .map((time, index) => time - (times[index] ?? 0))
        .every((cycles) => cycles < 2000),
    ).toBe(true);
    expect(times.length).toBeGreaterThan(20);
  });

  test("goes through every cycle where external memory is DRAM: times only are those with values", () => {
    const [values, times] = [false, true].map((timingOnly) => {
      const machine = new Machine({ fidelity: "cycle", timingOnly, externalMemory: { dramChannels: 2 } });
      new TiledMatmul(machine, { m: 160, n: 96, k: 64, tileM: 16, tileN: 16, tileK: 16 }).report();
      return everything(machine);
    });
    expect(times).toEqual(values);
  });

  test("takes about as many events however large it is", () => {
    const slices = (m: number, n: number, k: number): number => {
      const machine = new Machine({ timingOnly: true });
      const product = new TiledMatmul(machine, { m, n, k, tileM: 32, tileN: 32, tileK: 32 });
      return run(machine, product, undefined);
    };
    expect(slices(4096, 4096, 128)).toBeLessThan(3 * slices(1024, 1024, 128));
    expect(slices(64, 64, 65536)).toBeLessThan(1.5 * slices(64, 64, 8192));
    // Within a block of C, too: most of its 256 steps are jumped over.
    expect(slices(1024, 1024, 8192)).toBeLessThan(1.5 * slices(1024, 1024, 4096));
  });
});
