// Cost of a trace: the same program with and without one, in turn. Prints JSON. Run after `npm ci`:
//   npx esbuild bench/trace.ts --bundle --platform=node --format=esm --conditions=source | node --input-type=module
import { cpus } from "node:os";
import { Machine } from "kpu-sim";

type Result = Readonly<Record<string, number | string>>;

const events = 100_000;
const warmUps = 3;
const runs = 15;

/** Processor time of the run, ns an event; that of preparing the machine is not counted. */
function nsPerEvent(machine: Machine): number {
  const before = process.cpuUsage();
  machine.runUntilIdle();
  const { user, system } = process.cpuUsage(before);
  return (1000 * (user + system)) / events;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** Runs of a program without a trace and with one, in turn. */
function compare(name: string, prepare: () => Machine, addresses: boolean = false): Result {
  const [without, traced]: [number[], number[]] = [[], []];
  let bytesPerEvent = 0;
  for (let run = 0; run < warmUps + runs; run++) {
    const plain = nsPerEvent(prepare());
    const machine = prepare();
    machine.startTrace({ addresses });
    const withTrace = nsPerEvent(machine);
    if (machine.trace.length !== events) throw new Error(`the trace has ${machine.trace.length} events`);
    bytesPerEvent = machine.trace.bytesPerEvent;
    if (run < warmUps) continue;
    without.push(plain);
    traced.push(withTrace);
  }
  const [plainNs, tracedNs] = [median(without), median(traced)];
  return { name, plainNs, tracedNs, nsPerEvent: tracedNs - plainNs, bytesPerEvent };
}

function transfers(engines: number, bytes: number): () => Machine {
  return () => {
    const machine = new Machine({ dmaEngines: { count: engines } });
    const [source, destination] = [machine.external(0).base, machine.scratchpad(0).base];
    for (let index = 0; index < events; index++) {
      const place = (index % engines) * 4096;
      machine.dma(index % engines).transfer({ source: source + place, destination: destination + place, bytes });
    }
    return machine;
  };
}

/** Engines that hand each other one credit. */
function credits(engines: number): () => Machine {
  return () => {
    const machine = new Machine({ dmaEngines: { count: engines } });
    const turn = machine.semaphore("turn", 1);
    const { base } = machine.scratchpad(0);
    for (let index = 0; index < events; index++) {
      machine
        .dma(index % engines)
        .transfer({ source: base, destination: base + 4096, bytes: 64, waitFor: [turn], signal: [turn] });
    }
    return machine;
  };
}

function checkpoints(): Result {
  const machine = transfers(4, 1000)();
  machine.external(0).write(0, new Uint8Array(2 ** 28).fill(1));
  machine.runUntil(1000);
  const times: number[] = [];
  for (let run = 0; run < 20; run++) {
    const start = performance.now();
    machine.restore(machine.checkpoint());
    times.push(performance.now() - start);
  }
  return { name: `checkpoint and restore, 256 MB written, ${events} transfers queued`, ms: median(times) };
}

const results = [
  compare(`${events} transfers of 64 B on 1 engine`, transfers(1, 64)),
  compare(`${events} transfers of 1000 B on 4 engines`, transfers(4, 1000)),
  compare(`${events} transfers by credits on 4 engines`, credits(4)),
  compare(`${events} transfers of 1000 B on 4 engines, with addresses`, transfers(4, 1000), true),
  checkpoints(),
];
const machine = { processor: cpus()[0]?.model ?? "unknown", cores: cpus().length, node: process.version };
console.log(JSON.stringify({ machine, results }, undefined, 2));
