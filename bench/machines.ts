// Machines of all sizes: what it takes to build one, to read its figures and to keep a checkpoint. Prints JSON. Run after `npm ci`:
//   npx esbuild bench/machines.ts --bundle --platform=node --format=esm --conditions=source,browser --outfile=/tmp/machines.mjs
//   node --expose-gc /tmp/machines.mjs
import { cpus } from "node:os";
import { Machine, type MachineConfig, presetNamed, TiledMatmul } from "kpu-sim";

type Result = Readonly<Record<string, number | string>>;

/** The machine of a data center: many tiles, and a scratchpad for every edge of every array. */
const datacenter: MachineConfig = {
  hostMemory: { regionCount: 1, regionCapacityMb: 65_536 },
  externalMemory: { bankCount: 6, bankCapacityMb: 4096 },
  l3Tiles: { count: 64, capacityKb: 4096 },
  l2Banks: { count: 1024, capacityKb: 64 },
  scratchpads: { count: 65_536, capacityKb: 128 },
  computeTiles: { count: 256, rows: 32, cols: 32 },
  dmaEngines: { count: 32 },
  blockMovers: { count: 256 },
  streamers: { count: 1024 },
};

/** The same with every second scratchpad half as large. */
const unlike: MachineConfig = {
  ...datacenter,
  scratchpads: {
    capacityKb: 128,
    instances: Array.from({ length: 65_536 }, (_, id) => (id % 2 === 0 ? {} : { capacityKb: 64 })),
  },
};

const megabyte = 2 ** 20;
const kept: unknown[] = [];

/** Bytes of objects and of array buffers in use, after collections; buffers are given back a while after one. Needs --expose-gc. */
async function bytesInUse(): Promise<number> {
  for (let collection = 0; collection < 4; collection++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Milliseconds of each of some runs: the first, in which the code is cold, and the median. */
function timed<T>(work: () => T, runs = 7): { readonly firstMs: number; readonly medianMs: number } {
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return { firstMs: times[0] ?? 0, medianMs: times.toSorted((a, b) => a - b)[Math.floor(runs / 2)] ?? 0 };
}

async function measure(name: string, config: MachineConfig): Promise<Result> {
  const before = await bytesInUse();
  const start = performance.now();
  const machine = new Machine(config);
  const firstConstructionMs = performance.now() - start;
  const sizeMb = ((await bytesInUse()) - before) / megabyte;
  kept.push(machine);
  machine.external(0).write(0, new Uint8Array(4096).fill(3));
  machine.dma(0).transfer({ source: machine.external(0).base, destination: machine.scratchpad(0).base, bytes: 4096 });
  machine.runUntilIdle();
  const beforeCheckpoint = await bytesInUse();
  const checkpoint = machine.checkpoint();
  const checkpointMb = ((await bytesInUse()) - beforeCheckpoint) / megabyte;
  kept.push(checkpoint);
  const figures: Record<string, () => unknown> = {
    construction: () => new Machine(config),
    statistics: () => machine.statistics(),
    statisticsAsJson: () => JSON.stringify(machine.statistics()),
    formatStatistics: () => machine.statisticsText(),
    formatComponentStatus: () => machine.componentStatusText(),
    checkpoint: () => machine.checkpoint(),
    restore: () => machine.restore(checkpoint),
    reset: () => machine.reset(),
  };
  const times = Object.entries(figures).flatMap(([figure, work]) => {
    const { firstMs, medianMs } = timed(work);
    return [
      [`${figure}FirstMs`, firstMs],
      [`${figure}Ms`, medianMs],
    ];
  });
  return { name, firstConstructionMs, sizeMb, checkpointMb, ...Object.fromEntries(times) };
}

/** A tiled product on the preset of a data center, times only, in a machine of its own: 32 DMA engines, 256 tiles, 768 streamers. */
function tiledProduct(size: number): Result {
  const machine = new Machine({ ...presetNamed("datacenter").config, timingOnly: true });
  const before = process.cpuUsage();
  const product = new TiledMatmul(machine, { m: size, n: size, k: size });
  const planned = process.cpuUsage(before);
  const { cycles, unitReports } = product.report();
  const done = process.cpuUsage(before);
  const planSeconds = (planned.user + planned.system) / 1e6;
  const cpuSeconds = (done.user + done.system) / 1e6;
  const operations = unitReports.reduce((sum, unit) => sum + unit.operations, 0);
  const microsecondsPerOperation = (1e6 * (cpuSeconds - planSeconds)) / operations;
  const name = `${size}^3 on the preset of a data center, times only`;
  return { name, planSeconds, cpuSeconds, operations, microsecondsPerOperation, cycles };
}

const results = [
  tiledProduct(4096),
  await measure("data center, the first machine of the process", datacenter),
  await measure("default", {}),
  await measure("data center", datacenter),
  await measure("data center with scratchpads of two sizes", unlike),
];
const machine = { processor: cpus()[0]?.model ?? "unknown", cores: cpus().length, node: process.version };
console.log(JSON.stringify({ machine, results }, undefined, 2));
