// Speed of tiled products through every level of the hierarchy. Prints JSON. Run after `npm ci`:
//   npx esbuild bench/tiled-matmul.ts --bundle --platform=node --format=esm --conditions=source | node --input-type=module
import { cpus } from "node:os";
import { Machine, type MachineConfig, matrixProduct, TiledMatmul } from "kpu-sim";

type Result = Readonly<Record<string, number | string | boolean>>;

const tiles = { tileM: 64, tileN: 64, tileK: 64 };
const hardware: MachineConfig = {
  scratchpads: { count: 2, capacityKb: 128 },
  l3Tiles: { count: 8, capacityKb: 512 },
  l2Banks: { count: 16, capacityKb: 256 },
  dmaEngines: { count: 4 },
  hazardPolicy: "off",
};

type Duration = { readonly cpu: number; readonly wall: number };

/** CPU seconds of all threads (compiler and collector included), and seconds on the clock. */
function measured(work: () => void): Duration {
  const start = process.cpuUsage();
  const startMs = performance.now();
  work();
  const wall = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(start);
  return { cpu: (user + system) / 1e6, wall };
}

function median(values: readonly number[]): number {
  return values.toSorted((x, y) => x - y)[Math.floor(values.length / 2)] ?? 0;
}

function operand(size: number, seed: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, index) => (((index + seed) * 7919) % 997) / 31 - 16);
}

/** A process whose code has been compiled: so many runs have gone before. */
const warmAfter = 20;
const coldRuns = 7;

/**
 * Medians of the first runs of the process, and of as many after 20 where there are more than 20. `isStepped`: a trace keeps the
 * machine from jumping over repetitions.
 */
function run(size: number, timingOnly: boolean, runs: number, isStepped: boolean = false): Result {
  const [a, b] = timingOnly ? [undefined, undefined] : [operand(size, 1), operand(size, 2)];
  const machine = new Machine({ ...hardware, timingOnly });
  const times: Duration[] = [];
  let last: ReturnType<TiledMatmul["finish"]> | undefined;
  for (let repetition = 0; repetition < runs; repetition++) {
    machine.reset();
    if (isStepped) machine.startTrace({ mostEvents: 1 });
    times.push(
      measured(() => {
        last = new TiledMatmul(machine, { m: size, n: size, k: size, a, b, ...tiles }).finish();
      }),
    );
  }
  const operations = last?.report.unitReports.reduce((sum, unit) => sum + unit.operations, 0) ?? 0;
  const first = times.slice(0, Math.min(runs, coldRuns));
  const later = times.slice(warmAfter);
  const cpuSeconds = median(first.map(({ cpu }) => cpu));
  const isEqual =
    a !== undefined && b !== undefined && size <= 1024
      ? matrixProduct(a, b, size, size, size).every((value, index) => Object.is(value, last?.c[index]))
      : "not compared";
  return {
    name: `${size}^3, tiles of 64, ${timingOnly ? "timing only" : "with values"}${isStepped ? ", without jumps" : ""}`,
    cpuSeconds,
    wallSeconds: median(first.map(({ wall }) => wall)),
    ...(later.length > 0 && {
      warmCpuSeconds: median(later.map(({ cpu }) => cpu)),
      warmWallSeconds: median(later.map(({ wall }) => wall)),
    }),
    operations,
    nanosecondsPerOperation: (cpuSeconds * 1e9) / operations,
    cycles: last?.report.cycles ?? 0,
    isEqual,
  };
}

/** The product alone, without a machine: what the simulation of everything else costs shows beside it. */
function productAlone(size: number): Result {
  const [a, b] = [operand(size, 1), operand(size, 2)];
  matrixProduct(a, b, size, size, size);
  return {
    name: `${size}^3, the product alone`,
    cpuSeconds: measured(() => matrixProduct(a, b, size, size, size)).cpu,
  };
}

const results = [
  run(1024, false, warmAfter + coldRuns),
  productAlone(1024),
  run(1024, true, coldRuns),
  run(4096, true, warmAfter + coldRuns),
  run(4096, true, 3, true),
  run(4096, false, 1),
];
console.log(JSON.stringify({ node: process.version, processor: cpus()[0]?.model ?? "unknown", results }, undefined, 2));
