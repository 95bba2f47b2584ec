// Cost of trace files: ten million events to a file of each format. Prints JSON. Run after `npm ci`:
//   npx esbuild bench/trace-files.ts --bundle --platform=node --format=esm --conditions=source,browser | node --input-type=module
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { Machine, queryTrace, recordingOf, TraceReader, TraceWriter, type traceFormats } from "kpu-sim";

type Result = Readonly<Record<string, number | string>>;

const events = Number(process.env["TRACE_EVENTS"] ?? 10_000_000);
const path = join(tmpdir(), `kpu-trace-${process.pid}`);

/** Two lanes of a transfer and a product in turn, each of which waits for the other; as much as there are events. */
function tracedMachine(): Machine {
  const machine = new Machine({ timingOnly: true });
  machine.startTrace({ mostEvents: events });
  const batch = 1000;
  const lanes = [0, 1].map((lane) => ({
    lane,
    full: machine.semaphore("full"),
    empty: machine.semaphore("empty", 2, "space"),
    base: machine.scratchpad(lane).base,
  }));
  const source = machine.external(0).base;
  while (machine.trace.length < events) {
    for (let count = 0; count < batch; count++) {
      for (const { lane, full, empty, base } of lanes) {
        const order = { source, destination: base, bytes: 2048 + 64 * (count % 7) };
        machine.dma(lane).transfer({ ...order, waitFor: [empty], signal: [full] });
        const product = { scratchpad: lane, m: 16, n: 16, k: 16, a: 0, b: 1024, c: 4096, queued: true };
        machine.tile(lane).matmul({ ...product, waitFor: [full], signal: [empty] });
      }
    }
    machine.runUntilIdle();
  }
  return machine;
}

/** Processor time, s. */
function secondsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

function written(machine: Machine, format: (typeof traceFormats)[number]): Result {
  const file = openSync(path, "w");
  let [bytes, mostMemory] = [0, 0];
  const before = process.memoryUsage.rss();
  const seconds = secondsOf(() => {
    const writer = new TraceWriter(recordingOf(machine), format, (piece) => {
      writeSync(file, piece);
      bytes += piece.length;
      mostMemory = Math.max(mostMemory, process.memoryUsage.rss());
    });
    writer.end();
  });
  closeSync(file);
  const bytesPerEvent = Math.round((10 * bytes) / events) / 10;
  return {
    format,
    cpuSeconds: seconds,
    fileMb: megabytes(bytes),
    bytesPerEvent,
    peakMemoryAboveTraceMb: megabytes(mostMemory - before),
  };
}

function read(): Result {
  const file = openSync(path, "r");
  const reader = new TraceReader();
  const piece = new Uint8Array(2 ** 20);
  const readSeconds = secondsOf(() => {
    for (let size = readSync(file, piece); size > 0; size = readSync(file, piece)) reader.push(piece.slice(0, size));
  });
  closeSync(file);
  const table = reader.end();
  const query = {
    where: { causes: ["space"], leastCycles: 50 },
    sort: "waitedCycles",
    descending: true,
    limit: 10,
  } as const;
  return {
    name: "read .kputrace, then the ten longest waits of it",
    cpuSeconds: readSeconds,
    queryCpuSeconds: secondsOf(() => queryTrace(table, query)),
  };
}

const machine = tracedMachine();
const traceMb = megabytes(machine.trace.length * machine.trace.bytesPerEvent);
const results: Result[] = [];
for (const format of ["csv", "chrome", "perfetto", "kputrace"] as const) results.push(written(machine, format));
results.push(read());
unlinkSync(path);
const host = { processor: cpus()[0]?.model ?? "unknown", cores: cpus().length, node: process.version };
console.log(JSON.stringify({ host, events: machine.trace.length, traceMb, results }, undefined, 2));
