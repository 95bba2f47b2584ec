/**
 * The DRAM controller by itself: random and sequential requests at one channel of each part, with the queue always full. Prints JSON: requests
 * per CPU-second, GB/s of the simulated channel and its share of the peak.
 *
 *   npx esbuild bench/dram.ts --bundle --platform=node --format=esm --conditions=source,browser | node --input-type=module
 */
import { cpus } from "node:os";
import { AddressMapping } from "../packages/machine/src/dram/address-mapping.ts";
import { DramChannel } from "../packages/machine/src/dram/dram-channel.ts";
import { dramCommand } from "../packages/machine/src/dram/dram-command.ts";
import { channelBytes, type DramPart, peakBytesPerSecond } from "../packages/machine/src/dram/dram-part.ts";
import { dramParts } from "../packages/machine/src/dram/dram-parts.ts";
import { dramDirection } from "../packages/machine/src/dram/request-queue.ts";

const requests = Number(process.env["REQUESTS"] ?? 1_000_000);

type Traffic = (index: number, bursts: number) => { readonly burst: number; readonly isWrite: boolean };

let seed = 1;
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed;
}

const traffics: Readonly<Record<string, Traffic>> = {
  "random, two thirds reads": (_, bursts) => ({
    burst: Math.floor((random() / 2 ** 32) * bursts),
    isWrite: (random() >>> 16) % 3 === 0,
  }),
  "sequential reads": (index, bursts) => ({ burst: index % bursts, isWrite: false }),
};

/** Requests on their way to one channel, whose queues are always full. */
class Load {
  readonly #channel: DramChannel;
  readonly #mapping: AddressMapping;
  readonly #traffic: Traffic;
  readonly #bursts: number;
  #issued = 0;
  #now = 0;
  #next: ReturnType<Traffic>;
  /** When the data of the last request end, ticks. */
  end = 0;

  constructor(part: DramPart, traffic: Traffic) {
    const options = { pagePolicy: "open", refresh: "all_bank", queueDepth: 32, powerDownAfter: 0 } as const;
    this.#channel = new DramChannel(part, options);
    this.#mapping = new AddressMapping(part, 1, "robaracobgch");
    this.#traffic = traffic;
    this.#bursts = channelBytes(part) / part.burstBytes;
    this.#next = traffic(0, this.#bursts);
  }

  /** Goes on until so many more are served. */
  serve(count: number): void {
    let left = count;
    while (left > 0) {
      this.#fill();
      this.#now = this.#channel.nextTick;
      const command = this.#channel.step();
      if (command === dramCommand.read || command === dramCommand.write) left--;
    }
    this.end = Math.max(this.end, this.#channel.dataEnd);
  }

  #fill(): void {
    for (;;) {
      const { burst, isWrite } = this.#next;
      const way = isWrite ? dramDirection.write : dramDirection.read;
      if (!this.#channel.hasSpace(way)) return;
      this.#channel.submit(way, this.#mapping.bankOf(burst), this.#mapping.rowOf(burst), 0, this.#now);
      this.#next = this.#traffic(++this.#issued, this.#bursts);
    }
  }
}

/** Loads are kept: when the only object of a class is collected, the compiler begins anew with the next one. */
const kept: Load[] = [];

/** So many at a time: a loop that runs for seconds in one call is compiled for what it met first, and slow for what comes after. */
const atATime = 1000;

function run(
  part: DramPart,
  traffic: Traffic,
): { readonly requestsPerCpuSecond: number; readonly gbps: number; readonly ofPeak: number } {
  const load = new Load(part, traffic);
  kept.push(load);
  const before = process.cpuUsage();
  for (let served = 0; served < requests; served += atATime) load.serve(atATime);
  const { user, system } = process.cpuUsage(before);
  const bytesPerSecond = (requests * part.burstBytes * 1e12) / (load.end * part.clockPs);
  return {
    requestsPerCpuSecond: Math.round((requests * 1e6) / (user + system)),
    gbps: Number((bytesPerSecond / 1e9).toFixed(3)),
    ofPeak: Number((bytesPerSecond / peakBytesPerSecond(part)).toFixed(4)),
  };
}

const results = dramParts.flatMap((part) =>
  Object.entries(traffics).map(([traffic, of]) => ({ part: part.name, traffic, ...run(part, of) })),
);
console.log(
  JSON.stringify({ workload: "dram", node: process.version, cpu: cpus()[0]?.model, requests, results }, undefined, 1),
);
