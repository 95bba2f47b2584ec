import { dramCount } from "../dram/dram-counts.ts";
import type { ExternalDram } from "../dram/external-dram.ts";
import type { StatisticDefinition } from "./statistic-definitions.ts";
import type { Figures } from "./statistics.ts";

const clocks = "DRAM clocks";

/** What an external memory adds at cycle fidelity, summed up over its channels and ranks; 0 below, where it is no DRAM. */
export const dramStatistics: readonly StatisticDefinition[] = [
  { name: "dramReads", unit: "bursts", definition: "Bursts read from DRAM." },
  { name: "dramWrites", unit: "bursts", definition: "Bursts written to DRAM." },
  { name: "dramRowHits", unit: "bursts", definition: "Bursts that found their row open." },
  {
    name: "dramRowMisses",
    unit: "bursts",
    definition: "Bursts for which a row was opened in a bank without an open one.",
  },
  { name: "dramRowConflicts", unit: "bursts", definition: "Bursts for which another row was closed first." },
  { name: "dramActivates", unit: "commands", definition: "Rows opened." },
  { name: "dramPrecharges", unit: "commands", definition: "Rows closed, those that close by themselves included." },
  { name: "dramRefreshes", unit: "commands", definition: "Refreshes of a rank, or of a bank where banks take turns." },
  {
    name: "dramBusUtilization",
    unit: "ratio",
    definition: "Clocks with data on the bus over all clocks of its channels.",
  },
  {
    name: "dramQueueLength",
    unit: "requests",
    definition: "Requests that waited at a channel, on the average so far.",
  },
  {
    name: "dramActiveStandbyClocks",
    unit: clocks,
    definition: "Clocks of its ranks with an open row and not powered down.",
  },
  {
    name: "dramPrechargeStandbyClocks",
    unit: clocks,
    definition: "Clocks of its ranks with no open row, neither refreshing nor powered down.",
  },
  {
    name: "dramRefreshingClocks",
    unit: clocks,
    definition: "Clocks of its ranks (or banks that take turns) in a refresh.",
  },
  { name: "dramActivePowerDownClocks", unit: clocks, definition: "Clocks of its ranks powered down with an open row." },
  {
    name: "dramPrechargePowerDownClocks",
    unit: clocks,
    definition: "Clocks of its ranks powered down without an open row.",
  },
];

/** Figures of an external memory at a cycle, in the order and with the names of `dramStatistics`. */
export function dramFigures(dram: ExternalDram | undefined, region: number, cycle: number): Figures {
  const channels = dram?.channelCount(region) ?? 0;
  if (dram === undefined || channels === 0) return Object.fromEntries(dramStatistics.map(({ name }) => [name, 0]));
  const counts = dram.counts(region, cycle);
  const of = (name: keyof typeof dramCount): number => counts[dramCount[name]] ?? 0;
  const channelClocks = channels * dram.tickAt(cycle);
  const average = (sum: number): number => (channelClocks === 0 ? 0 : sum / channelClocks);
  const states = of("activeStandby") + of("refreshing") + of("activePowerDown") + of("prechargePowerDown");
  return {
    dramReads: of("reads"),
    dramWrites: of("writes"),
    dramRowHits: of("rowHits"),
    dramRowMisses: of("rowMisses"),
    dramRowConflicts: of("rowConflicts"),
    dramActivates: of("activates"),
    dramPrecharges: of("precharges"),
    dramRefreshes: of("refreshes"),
    dramBusUtilization: average(of("busBusy")),
    dramQueueLength: average(of("queued")),
    dramActiveStandbyClocks: of("activeStandby"),
    // A refresh that has begun is counted whole, and may end later than now.
    dramPrechargeStandbyClocks: Math.max(0, dram.ranksPerChannel * channelClocks - states),
    dramRefreshingClocks: of("refreshing"),
    dramActivePowerDownClocks: of("activePowerDown"),
    dramPrechargePowerDownClocks: of("prechargePowerDown"),
  };
}
