import type { Statistics } from "@kpu-sim/machine";
import { arrayFill, figure, type LinkUsage, levelUsage, type UnitUsage, unitUsage } from "./usage.ts";

/** The names of the rules. */
export type InsightRule =
  | "hazards"
  | "idle-arrays"
  | "port-bound"
  | "link-bound"
  | "busy-engines"
  | "shared-ports"
  | "short-transfers"
  | "fill-and-drain"
  | "uneven-arrays"
  | "unused-units";

/** Something worth looking at in a run. */
export type Insight = {
  readonly rule: InsightRule;
  /** How much of the run it is about, 0 to 1: insights are ranked by it. */
  readonly share: number;
  /** What was found, with its figures. */
  readonly finding: string;
  /** Why it may be so. */
  readonly cause: string;
  /** What may help. */
  readonly action: string;
};

/** Shares of cycles, or of bandwidth. */
const thresholds = {
  idleArrays: 0.6,
  fullPort: 0.75,
  busyEngines: 0.85,
  sharedPorts: 0.15,
  busyWithShortTransfers: 0.5,
  portOfShortTransfers: 0.4,
  fill: 0.5,
  uneven: 0.25,
  busyBesideUnused: 0.6,
} as const;

/** The rules and the conditions under which each speaks. */
export const insightRules: Readonly<Record<InsightRule, string>> = {
  hazards: "There are hazards.",
  "idle-arrays": `Arrays that work at all are busy less than ${percent(thresholds.idleArrays)} of the cycles.`,
  "port-bound": `The ports of a level move more than ${percent(thresholds.fullPort)} of what they can.`,
  "link-bound": `A link of the on-chip network, to the host or to another KPU moves more than ${percent(thresholds.fullPort)} of what it can.`,
  "busy-engines": `Engines of a kind that work at all are busy more than ${percent(thresholds.busyEngines)} of the cycles.`,
  "shared-ports": `More than ${percent(thresholds.sharedPorts)} of the busy cycles of engines of a kind are waits for ports that others use.`,
  "short-transfers": `Engines of a kind that work at all are busy more than ${percent(thresholds.busyWithShortTransfers)} of the cycles while no port moves more than ${percent(thresholds.portOfShortTransfers)} of what it can.`,
  "fill-and-drain": `In the busy cycles of the arrays less than ${percent(thresholds.fill)} of their elements' places multiply.`,
  "uneven-arrays": `The busiest array is busy ${percent(thresholds.uneven)} of the cycles more than the least busy one that works, or more.`,
  "unused-units": `Units of a kind did nothing while the others were busy more than ${percent(thresholds.busyBesideUnused)} of the cycles.`,
};
/**
 * What the figures of a run say about where its time went, the weightiest first; empty for a machine that did nothing. `links` are those of the machine
 * (`linkUsage`), if it has any.
 */
export function insightsOf(statistics: Statistics, links: readonly LinkUsage[] = []): readonly Insight[] {
  if (figure(statistics.machine, "cycle") === 0) return [];
  const units = unitUsage(statistics);
  const levels = levelUsage(statistics);
  const found: Insight[] = [];
  const hazardCount = figure(statistics.machine, "hazardCount");
  if (hazardCount > 0) {
    found.push({
      rule: "hazards",
      share: 1,
      finding: `${hazardCount} hazards: work in flight was in conflict over bytes, so results may be wrong`,
      cause: "a dependency is missing",
      action: "let the later work wait for a semaphore that the earlier one signals; the list of hazards names both",
    });
  }
  const tiles = units.find(({ kind }) => kind === "tile");
  if (tiles !== undefined && tiles.used > 0 && tiles.busy < thresholds.idleArrays) {
    const isForData = tiles.waitingForData >= tiles.waitingForSpace;
    const waits = Math.max(tiles.waitingForData, tiles.waitingForSpace);
    const isWaiting = waits > (1 - tiles.busy) / 2;
    found.push({
      rule: "idle-arrays",
      share: 1 - tiles.busy,
      finding: `arrays are busy ${percent(tiles.busy)} of the time`,
      cause: isWaiting
        ? `they wait ${percent(waits)} of the time for ${isForData ? "operands" : "space for results"}`
        : "they have nothing to do: work is issued late, or not to all of them",
      action: isForData
        ? "look for what is narrowest before them; larger tiles use each operand more often"
        : "give results more buffers, or bring them out faster",
    });
  }
  for (const { title, share } of levels) {
    if (share <= thresholds.fullPort) continue;
    found.push({
      rule: "port-bound",
      share,
      finding: `the ports of ${title} move ${percent(share)} of what they can`,
      cause: "the program is bound by this bandwidth",
      action: "larger tiles move fewer bytes for each operation; more banks or more bandwidth help directly",
    });
  }
  const fullestLink = links.toSorted((one, other) => other.share - one.share)[0] ?? { title: "", share: 0 };
  if (fullestLink.share > thresholds.fullPort) {
    found.push({
      rule: "link-bound",
      share: fullestLink.share,
      finding: `${fullestLink.title} moves ${percent(fullestLink.share)} of what it can`,
      cause: "the program is bound by what goes over it",
      action: "keep what works together near each other, move fewer bytes, or give links more bandwidth",
    });
  }
  const fullest = Math.max(levels[0]?.share ?? 0, fullestLink.share);
  found.push(...insightsOfEngines(units, fullest), ...insightsOfArrays(statistics, units));
  return found.toSorted((one, other) => other.share - one.share);
}

/** Of the engines that move data; `fullest` is the share that the fullest ports, or the fullest link, move of what they can. */
function insightsOfEngines(units: readonly UnitUsage[], fullest: number): readonly Insight[] {
  const found: Insight[] = [];
  for (const { kind, title, used, count, busy, slowedByPorts } of units) {
    if (kind === "tile" || used === 0) continue;
    const isShort = busy > thresholds.busyWithShortTransfers && fullest < thresholds.portOfShortTransfers;
    if (isShort) {
      found.push({
        rule: "short-transfers",
        share: busy,
        finding: `${title} are busy ${percent(busy)} of the time, but no port moves more than ${percent(fullest)} of what it can`,
        cause: "transfers are short, so latency takes most of their time",
        action: `move more bytes at once, or use more ${title} so that latencies overlap (${used} of ${count} work)`,
      });
    } else if (busy > thresholds.busyEngines) {
      found.push({
        rule: "busy-engines",
        share: busy,
        finding: `${title} are busy ${percent(busy)} of the time`,
        cause: "the program is bound by what they can move",
        action: `more ${title} (${used} of ${count} work), or ones with more bandwidth`,
      });
    }
    if (slowedByPorts > thresholds.sharedPorts) {
      found.push({
        rule: "shared-ports",
        share: slowedByPorts * busy,
        finding: `${percent(slowedByPorts)} of the time of ${title} are waits for ports that others use`,
        cause: "several of them meet at one memory or link",
        action: "spread what they move over more banks, or let them take turns",
      });
    }
  }
  return found;
}

function insightsOfArrays(statistics: Statistics, units: readonly UnitUsage[]): readonly Insight[] {
  const found: Insight[] = [];
  const fill = arrayFill(statistics);
  const tiles = units.find(({ kind }) => kind === "tile");
  if (tiles !== undefined && tiles.used > 0 && fill < thresholds.fill) {
    found.push({
      rule: "fill-and-drain",
      share: tiles.busy * (1 - fill),
      finding: `in the busy cycles of the arrays ${percent(fill)} of their elements' places multiply`,
      cause: "the wavefront fills and drains for each fold, and edges of small tiles leave elements idle",
      action: "longer sums for each product, tiles whose sides are multiples of the array's, or another dataflow",
    });
  }
  if (tiles !== undefined && tiles.used > 1 && tiles.most - tiles.least >= thresholds.uneven) {
    found.push({
      rule: "uneven-arrays",
      share: tiles.most - tiles.least,
      finding: `the busiest array works ${percent(tiles.most)} of the time, the least busy one ${percent(tiles.least)}`,
      cause: "work is dealt unevenly, or one has longer ways to its operands",
      action: "another grid of tiles, or tile sizes that divide the product evenly",
    });
  }
  for (const { title, used, count, busy } of units) {
    if (used === 0 || used === count || busy <= thresholds.busyBesideUnused) continue;
    found.push({
      rule: "unused-units",
      share: busy * (1 - used / count),
      finding: `${count - used} of ${count} ${title} did nothing, while the others were busy ${percent(busy)} of the time`,
      cause: "the program does not use them",
      action: "deal work to all of them",
    });
  }
  return found;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
