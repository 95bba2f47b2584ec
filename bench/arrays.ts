// Speed of systolic arrays: stepped, with values, cycles only, and many small products. Prints JSON; times are CPU seconds
// of this process. Run after `npm ci`:
//   npx esbuild bench/arrays.ts --bundle --platform=node --format=esm --conditions=source | node --input-type=module
import { cpus } from "node:os";
import { arrayCycles, type ClockKind, type Dataflow, Machine, matrixProduct, SteppedArray } from "kpu-sim";
import { alexNet } from "../packages/machine/test/published/figures.ts";

type Result = Readonly<Record<string, number | string | boolean>>;
type Sizes = { readonly m: number; readonly n: number; readonly k: number };

/** CPU seconds that `work` takes: the median of `runs`, after one that is not counted. */
function cpuSeconds(runs: number, work: () => void): number {
  const times: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    if (run > 0) times.push((user + system) / 1e6);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

/** Values with full mantissas, so that every rounding takes place. */
function operand(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => (((index + seed) * 7919) % 1013) / 97 - 5);
}

function steppedRate(clock: ClockKind, dataflow: Dataflow, size: number, { m, n, k }: Sizes, products: number): number {
  const [a, b] = [operand(m * k, 1), operand(k * n, 2)];
  let cycles = 0;
  const seconds = cpuSeconds(3, () => {
    cycles = 0;
    for (let index = 0; index < products; index++) {
      cycles += new SteppedArray({ rows: size, cols: size, dataflow }, { m, n, k, a, b }, clock).run();
    }
  });
  return cycles / seconds;
}

function stepped(dataflow: Dataflow, size: number, sizes: Sizes): Result {
  const products = Math.ceil(3e8 / (sizes.m * sizes.n * sizes.k));
  const rate = steppedRate("fastest", dataflow, size, sizes, products);
  const plainRate = steppedRate("plain", dataflow, size, sizes, Math.ceil(products / 10));
  return {
    name: `stepped ${size} x ${size}, ${dataflow}, ${sizes.m} x ${sizes.n} x ${sizes.k}`,
    arrayCyclesPerSecond: Math.round(rate),
    elementStepsPerSecond: Math.round(rate * size * size),
    ratioToPlainTypeScript: rate / plainRate,
  };
}

/** The five convolutions of AlexNet as products on a 32 x 32 weight-stationary tile, operands in its scratchpad. */
function convolutions(arrayModel: "closed_form" | "stepped"): Result {
  const operands = alexNet.map(({ m, n, k }) => ({ m, n, k, a: operand(m * k, 3), b: operand(k * n, 4) }));
  let cycles = 0;
  const results: Float32Array[] = [];
  const seconds = cpuSeconds(1, () => {
    const machine = new Machine({
      computeTiles: { count: 1, rows: 32, cols: 32, dataflow: "weight_stationary", arrayModel },
      scratchpads: { count: 1, capacityKb: 16384 },
    });
    const scratchpad = machine.scratchpad(0);
    results.length = 0;
    for (const { m, n, k, a, b } of operands) {
      const [bPlace, cPlace] = [4 * m * k, 4 * (m * k + k * n)];
      scratchpad.writeFloat32(0, a);
      scratchpad.writeFloat32(bPlace, b);
      machine.tile(0).matmul({ scratchpad: 0, m, n, k, a: 0, b: bPlace, c: cPlace });
      machine.runUntilIdle();
      results.push(scratchpad.readFloat32(cPlace, m * n));
    }
    cycles = machine.cycle;
  });
  const isEqual = operands.every(({ m, n, k, a, b }, index) =>
    matrixProduct(a, b, m, n, k).every((value, element) => Object.is(value, results[index]?.[element])),
  );
  return { name: `AlexNet's five convolutions with values, ${arrayModel}`, seconds, cycles, isEqual };
}

function convolutionCycles(): Result {
  const repeats = 10_000;
  let cycles = 0;
  const seconds = cpuSeconds(3, () => {
    cycles = 0;
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const { rows, cols, dataflow, m, n, k } of alexNet) {
        cycles += arrayCycles({ rows, cols, systolic: true, dataflow }, m, n, k);
      }
    }
  });
  return { name: "AlexNet's five convolutions, cycles only", ms: (1000 * seconds) / repeats, cycles: cycles / repeats };
}

/** Products of 64^3 one after the other on one tile; the next one is issued when one completes. */
function smallProducts(accumulate: boolean): Result {
  const [size, count] = [64, 20_000];
  const bytes = 4 * size * size;
  const machine = new Machine();
  machine.scratchpad(0).writeFloat32(0, operand(size * size, 5));
  machine.scratchpad(0).writeFloat32(bytes, operand(size * size, 6));
  const seconds = cpuSeconds(3, () => {
    let left = count;
    const issue = (): void => {
      if (left-- === 0) return;
      const places = { scratchpad: 0, a: 0, b: bytes, c: 2 * bytes };
      machine.tile(0).matmul({ ...places, m: size, n: size, k: size, accumulate, onComplete: issue });
    };
    issue();
    machine.runUntilIdle();
  });
  const name = accumulate ? "64^3 products that accumulate" : "64^3 products";
  return { name, productsPerSecond: Math.round(count / seconds), gflops: (2 * size ** 3 * count) / seconds / 1e9 };
}

const results = [
  stepped("output_stationary", 32, { m: 32, n: 32, k: 1024 }),
  stepped("weight_stationary", 32, { m: 1024, n: 32, k: 32 }),
  convolutions("closed_form"),
  convolutions("stepped"),
  convolutionCycles(),
  smallProducts(false),
  smallProducts(true),
];
const machine = { processor: cpus()[0]?.model ?? "unknown", cores: cpus().length, node: process.version };
console.log(JSON.stringify({ machine, results }, undefined, 2));
