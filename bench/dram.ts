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

function run(
  part: DramPart,
  traffic: Traffic,
): { readonly requestsPerCpuSecond: number; readonly gbps: number; readonly ofPeak: number } {
  const channel = new DramChannel(part, { pagePolicy: "open", refresh: "all_bank", queueDepth: 32, powerDownAfter: 0 });
  const mapping = new AddressMapping(part, 1, "robaracobgch");
  const bursts = channelBytes(part) / part.burstBytes;
  let [issued, served, now, end] = [0, 0, 0, 0];
  let next = traffic(0, bursts);
  const before = process.cpuUsage();
  while (served < requests) {
    while (issued < requests && channel.hasSpace(next.isWrite ? dramDirection.write : dramDirection.read)) {
      const { burst, isWrite } = next;
      channel.submit(
        isWrite ? dramDirection.write : dramDirection.read,
        mapping.bankOf(burst),
        mapping.rowOf(burst),
        0,
        now,
      );
      next = traffic(++issued, bursts);
    }
    now = channel.nextTick;
    const command = channel.step();
    if (command !== dramCommand.read && command !== dramCommand.write) continue;
    served++;
    end = Math.max(end, channel.dataEnd);
  }
  const { user, system } = process.cpuUsage(before);
  const bytesPerSecond = (requests * part.burstBytes * 1e12) / (end * part.clockPs);
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
