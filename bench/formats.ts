// Speed of number formats: conversions and matrix products, beside a copy of memory. Prints JSON; times are CPU seconds of
// this process, the median of several runs. Run after `npm ci`:
//   npx esbuild bench/formats.ts --bundle --platform=node --format=esm --conditions=source | node --input-type=module
import { cpus } from "node:os";
import { decodeNumbers, encodeNumbers, Machine, type NumberFormat, numberFormatNames, numberFormats } from "kpu-sim";

type Result = Readonly<Record<string, number | string | boolean>>;

/** CPU seconds that `work` takes: the median of five runs, after one that is not counted. */
function cpuSeconds(work: () => void): number {
  const times: number[] = [];
  for (let run = 0; run <= 5; run++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    if (run > 0) times.push((user + system) / 1e6);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

const count = 2 ** 20;
const rounds = 20;
/** Numbers of all magnitudes that integers of 8 bits have, fractions and small ones included. */
const values = Float32Array.from(
  { length: count },
  (_, index) => (((index * 7919) % 10_007) / 97 - 51) * 2 ** -(index % 7),
);

/** Gigabytes a second, counted on the wider side, which is the float32 or int32 one. */
function rate(work: () => void): number {
  const seconds = cpuSeconds(() => {
    for (let round = 0; round < rounds; round++) work();
  });
  return (4 * count * rounds) / seconds / 1e9;
}

function conversions(): Result[] {
  const copy = new Float32Array(count);
  const results: Result[] = [{ name: "copy of float32", gigabytesPerSecond: rate(() => copy.set(values)) }];
  for (const format of numberFormatNames) {
    const bytes = encodeNumbers(format, values);
    const policy = numberFormats[format].kind === "float" ? "ieee" : "saturate";
    results.push({
      name: format,
      encodeGigabytesPerSecond: rate(() => encodeNumbers(format, values, policy, bytes)),
      decodeGigabytesPerSecond: rate(() => decodeNumbers(format, bytes, count)),
    });
  }
  return results;
}

/** Products of a machine with values: 1e9 operations a second, two for a multiply-accumulate. */
function products(size: number): Result[] {
  const machine = new Machine({ scratchpads: { count: 1, capacityKb: 16 * 1024 }, computeTiles: { operandBits: 32 } });
  const [a, b, c] = [0, 4 * size * size, 8 * size * size];
  const rateOf = (format: NumberFormat): number => {
    const count = Math.ceil(4e8 / size ** 3);
    machine.scratchpad(0).write(a, encodeNumbers(format, values.subarray(0, size * size)));
    machine.scratchpad(0).write(b, encodeNumbers(format, values.subarray(size, size + size * size)));
    const seconds = cpuSeconds(() => {
      for (let index = 0; index < count; index++) {
        machine.tile(0).matmul({ scratchpad: 0, m: size, n: size, k: size, a, b, c, format });
        machine.runUntilIdle();
      }
    });
    return (2 * size ** 3 * count) / seconds / 1e9;
  };
  const float32 = rateOf("float32");
  return numberFormatNames.map((format) => {
    const rate = rateOf(format);
    return { name: `${format}, ${size}^3`, gigaOperationsPerSecond: rate, ratioToFloat32: rate / float32 };
  });
}

console.log(
  JSON.stringify(
    {
      node: process.version,
      cpu: cpus()[0]?.model ?? "unknown",
      conversions: conversions(),
      products: [...products(64), ...products(512)],
    },
    undefined,
    2,
  ),
);
