import { DramChannel } from "../../packages/machine/src/dram/dram-channel.ts";
import { type DramPart, peakBytesPerSecond } from "../../packages/machine/src/dram/dram-part.ts";
import { dramPartNamed } from "../../packages/machine/src/dram/dram-parts.ts";
import { alone, Dice, openPage, randomAccess, saturate } from "../../packages/machine/test/dram/traffic.ts";
import { dramsim, ramulator } from "./dram-figures.ts";
import type { ValidationRow } from "./validation-row.ts";

const command = 'npx vitest run test/validation -t "dram"';
const theory = "Ramulator 2.1 (c5b1c3a4), what its own tests expect";
const runs = "DRAMsim3 (29817593), our runs of it";

/** Clocks of a lone read of a bank with another row open, and of one with none. */
function loneReads(part: DramPart): { readonly conflict: number; readonly closed: number } {
  const channel = new DramChannel(part, openPage);
  const closed = alone(channel, 0, 1, false, 100) - 100;
  return { closed, conflict: alone(channel, 0, 2, false, 1100) - 1100 };
}

/** Lone reads, from the clock at which the request is at the controller to the end of its data. */
export function loneReadRows(): readonly ValidationRow[] {
  const row = (name: string, kind: string, source: string, published: number, ours: number): ValidationRow => ({
    id: `dram ${name}, ${source.split(" ")[0]}: lone read, ${kind}`,
    quantity: `${name}: lone read, ${kind}`,
    source,
    published,
    ours,
    unit: "clocks",
    tolerance: 0,
    command,
  });
  return [
    ...ramulator.map(({ name, unloadedClocks }) => {
      const part = dramPartNamed(name);
      return row(name, "another row open", theory, unloadedClocks, loneReads(part).conflict - part.timing.burst);
    }),
    ...dramsim.flatMap(({ name, conflictClocks, closedClocks }) => {
      const { conflict, closed } = loneReads(dramPartNamed(name));
      return [
        row(name, "another row open", runs, conflictClocks, conflict + 1),
        row(name, "no row open", runs, closedClocks, closed + 1),
      ];
    }),
  ];
}

/** Published peaks are rounded, and come from the data rate; ours from the clock, rounded to whole picoseconds. */
const asRounded = 0.005;

/** Peaks, what refreshes leave of them by arithmetic, and what a stream of reads gets. */
export function bandwidthRows(): readonly ValidationRow[] {
  return ramulator.flatMap(({ name, peakGbps, refreshLimitedGbps, channels }) => {
    const part = dramPartNamed(name);
    const peak = (channels * peakBytesPerSecond(part)) / 1e9;
    const { readToPrecharge, precharge, refresh, activateToRead, refreshInterval } = part.timing;
    const left = 1 - (readToPrecharge + precharge + refresh + activateToRead) / refreshInterval;
    const row = (quantity: string, published: number, ours: number, tolerance: number | undefined): ValidationRow => ({
      id: `dram ${name}: ${quantity}`,
      quantity: `${name}: ${quantity}`,
      source: theory,
      published,
      ours,
      unit: "GB/s",
      tolerance,
      command,
    });
    return [
      row("peak", peakGbps, peak, asRounded),
      row("peak less refreshes, by arithmetic", refreshLimitedGbps, peak * left, asRounded),
      row("stream of reads, simulated", refreshLimitedGbps, channels * streamGbps(part), streamTolerance(part)),
    ];
  });
}

/** What a stream may be off by; undefined where the published figure counts the refreshes of one rank of several. */
function streamTolerance({ name, ranks }: DramPart): number | undefined {
  if (ranks > 1) return undefined;
  // GDDR7 may activate a bank every 4 clocks, but has one burst of each in 2: after a refresh its 16 rows come slower than the stream.
  return name === "GDDR7-28000" ? 0.02 : 0.01;
}

function streamGbps(part: DramPart): number {
  const bursts = (part.ranks * 40 * part.timing.refreshInterval) / part.timing.burst;
  // So deep that it sees the next rows of all banks in time.
  const channel = new DramChannel(part, { ...openPage, queueDepth: 64 });
  const { bytes, endTick } = saturate(channel, part, bursts, (index) => ({ burst: index, isWrite: false }));
  return (bytes * 1e3) / (endTick * part.clockPs);
}

/** Random traffic, a third of it writes, beside DRAMsim3: its queues are per bank, and it drains writes by another rule. */
export function randomTrafficRows(): readonly ValidationRow[] {
  return dramsim.map(({ name, randomGbps, channels }) => {
    const part = dramPartNamed(name);
    const channel = new DramChannel(part, openPage);
    const { bytes, endTick } = saturate(channel, part, 60_000, randomAccess(part, new Dice(7)), "rochrababgco");
    return {
      id: `dram ${name}: random traffic`,
      quantity: `${name}: random traffic, two thirds reads`,
      source: runs,
      published: randomGbps,
      ours: (channels * bytes * 1e3) / (endTick * part.clockPs),
      unit: "GB/s",
      tolerance: undefined,
      command,
    };
  });
}
