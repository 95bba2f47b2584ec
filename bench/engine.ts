// Speed of the engine, as ratios within one run. Prints JSON. Run after `npm ci`:
//   npx esbuild bench/engine.ts --bundle --platform=node --format=esm --conditions=source | node --input-type=module
import { cpus } from "node:os";
import { Machine, matrixProduct } from "kpu-sim";
import { plainProduct } from "../packages/machine/src/compute/matrix-product.ts";

type Result = Readonly<Record<string, number | string>>;

/** Median of the milliseconds that `work` takes, after a warm-up; `prepare` is not counted. */
function medianMs<T>(runs: number, prepare: () => T, work: (prepared: T) => void): number {
  const times: number[] = [];
  for (let run = 0; run < runs + 2; run++) {
    const prepared = prepare();
    const start = performance.now();
    work(prepared);
    if (run >= 2) times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

const megabyte = 2 ** 20;

function bulkTransfer(): Result {
  const prepare = (): Machine => {
    const machine = new Machine();
    machine.external(0).write(0, new Uint8Array(64 * megabyte).fill(7));
    machine.dma(0).transfer({
      source: machine.external(0).base,
      destination: machine.external(1).base,
      bytes: 64 * megabyte,
    });
    return machine;
  };
  const copied = new Uint8Array(64 * megabyte);
  const source = new Uint8Array(64 * megabyte).fill(7);
  const simulatedMs = medianMs(7, prepare, (machine) => machine.runUntilIdle());
  const memcpyMs = medianMs(
    7,
    () => undefined,
    () => copied.set(source),
  );
  return {
    name: "one 64 MB transfer, bytes written before",
    simulatedMs,
    memcpyMs,
    ratioToMemcpy: simulatedMs / memcpyMs,
  };
}

function sharedTransfers(): Result {
  const prepare = (): Machine => {
    const machine = new Machine({ dmaEngines: { count: 4 } });
    for (let engine = 0; engine < 4; engine++) {
      const offset = 16 * megabyte * engine;
      machine.external(0).write(offset, new Uint8Array(16 * megabyte).fill(engine + 1));
      machine.dma(engine).transfer({
        source: machine.external(0).base + offset,
        destination: machine.external(1).base + offset,
        bytes: 16 * megabyte,
      });
    }
    return machine;
  };
  return {
    name: "four 16 MB transfers on shared ports",
    simulatedMs: medianMs(7, prepare, (machine) => machine.runUntilIdle()),
  };
}

function smallTransfers(engines: number, bytes: number, count = 200_000): Result {
  const prepare = (): Machine => {
    const machine = new Machine({ dmaEngines: { count: engines }, scratchpads: { capacityKb: 1024 } });
    const [source, destination] = [machine.external(0).base, machine.scratchpad(0).base];
    for (let index = 0; index < count; index++) {
      const place = (index % engines) * 4096;
      machine.dma(index % engines).transfer({ source: source + place, destination: destination + place, bytes });
    }
    return machine;
  };
  const ms = medianMs(3, prepare, (machine) => machine.runUntilIdle());
  // A transfer has three events: start, beat phase, completion.
  return {
    name: `${count} transfers of ${bytes} B on ${engines} engines`,
    ms,
    microsecondsPerTransfer: (1000 * ms) / count,
    millionEventsPerSecond: (3 * count) / ms / 1000,
  };
}

function products(size: number): Result {
  const operand = Float32Array.from({ length: size * size }, (_, index) => ((index * 7) % 13) - 6);
  const c = new Float32Array(size * size);
  const kernelMs = medianMs(
    7,
    () => undefined,
    () => matrixProduct(operand, operand, size, size, size),
  );
  const plainMs = medianMs(
    1,
    () => undefined,
    () => plainProduct(c, operand, operand, size, size, size, c),
  );
  const prepare = (): Machine => {
    const machine = new Machine({ scratchpads: { capacityKb: Math.ceil((12 * size * size) / 1024) } });
    const bytes = 4 * size * size;
    machine.scratchpad(0).writeFloat32(0, operand);
    machine.scratchpad(0).writeFloat32(bytes, operand);
    machine.tile(0).matmul({ scratchpad: 0, m: size, n: size, k: size, a: 0, b: bytes, c: 2 * bytes });
    return machine;
  };
  const simulatedMs = medianMs(7, prepare, (machine) => machine.runUntilIdle());
  const gflops = (2 * size ** 3) / kernelMs / 1e6;
  return { name: `product ${size}^3`, simulatedMs, kernelMs, gflops, speedUpOverPlainLoop: plainMs / kernelMs };
}

function construction(): Result {
  const defaultMs = medianMs(
    20,
    () => undefined,
    () => new Machine(),
  );
  return { name: "construction of the default machine", defaultMs };
}

const results = [
  bulkTransfer(),
  sharedTransfers(),
  smallTransfers(1, 64),
  smallTransfers(4, 1000),
  smallTransfers(8, 1000, 50_000),
  smallTransfers(32, 1000, 50_000),
  smallTransfers(100, 1000, 20_000),
  smallTransfers(256, 1000, 20_000),
  products(64),
  products(512),
  construction(),
];
const machine = { processor: cpus()[0]?.model ?? "unknown", cores: cpus().length, node: process.version };
console.log(JSON.stringify({ machine, results }, undefined, 2));
