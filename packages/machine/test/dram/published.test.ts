import { describe, expect, it } from "vitest";
import { DramChannel } from "../../src/dram/dram-channel.ts";
import { type DramPart, peakBytesPerSecond } from "../../src/dram/dram-part.ts";
import { dramPartNamed, dramParts } from "../../src/dram/dram-parts.ts";
import { hasReferenceData, textOf, whyReferenceDataIsMissing } from "../published/reference-data.ts";
import { alone, Dice, openPage, randomAccess, saturate } from "./traffic.ts";

/**
 * Figures of others. Latencies here count from the tick at which a request is at the controller to the end of its data: nRP + nRCD + nCL + nBL.
 * Ramulator 2.1's theory leaves the burst out; DRAMsim3 adds one clock in which the controller hands the data back.
 */

/** Ramulator 2.1 (commit c5b1c3a4), what its own tests expect: unloaded clocks, peak and refresh-limited GB/s of a standard's channel. */
const ramulator = [
  ["DDR3-1600", 27, 12.8, 12.488, 1],
  ["DDR4-2400", 48, 19.2, 18.228, 1],
  ["DDR5-4800", 102, 19.2, 17.57, 1],
  ["LPDDR5-6400", 47, 12.8, 11.956, 1],
  ["LPDDR6-10667", 211, 14.222, 12.607, 1],
  ["GDDR6-14000", 84, 28, 25.69, 1],
  ["GDDR7-28000", 84, 28.02, 24.83, 1],
  ["HBM1-2000", 42, 32, 30.416, 1],
  // A channel of these has two pseudo channels.
  ["HBM2-2000", 42, 32, 30.416, 2],
  ["HBM3-6400", 77, 51.2, 47.245, 2],
  ["HBM4-8000", 92, 64, 55.926, 2],
] as const;

/** DRAMsim3 (commit 29817593): clocks of lone reads, of 1,000,000 clocks of random traffic (two thirds reads) GB/s, and channels. */
const dramsim = [
  ["DDR4-3200", 71, 49, 18.67, 1],
  ["LPDDR4-2400", 56, 41, 17.42, 1],
  ["HBM2-x128", 45, 31, 60.8, 8],
  ["GDDR6-x128", 74, 50, 29.3, 1],
] as const;

/** Clocks of a lone read of a bank with another row open, and of one with none. */
function loneReads(part: DramPart): { readonly conflict: number; readonly closed: number; readonly hit: number } {
  const channel = new DramChannel(part, openPage);
  const first = alone(channel, 0, 1, false, 100) - 100;
  const conflict = alone(channel, 0, 2, false, 1100) - 1100;
  const hit = alone(channel, 0, 2, false, 2100) - 2100;
  return { closed: first, conflict, hit };
}

describe("a lone read", () => {
  it.each(ramulator)("of %s takes what Ramulator's theory says, %i clocks, and the burst", (name, clocks) => {
    const part = dramPartNamed(name);
    const { burst, precharge, readLatency } = part.timing;
    const { closed, conflict, hit } = loneReads(part);
    expect(conflict).toBe(clocks + burst);
    expect(closed).toBe(clocks + burst - precharge);
    expect(hit).toBe(readLatency + burst);
  });

  it.each(dramsim)(
    "of %s takes the %i or %i clocks of DRAMsim3 less the one to hand it back",
    (name, conflict, closed) => {
      expect(loneReads(dramPartNamed(name))).toMatchObject({ conflict: conflict - 1, closed: closed - 1 });
    },
  );
});

describe("bandwidth", () => {
  it.each(ramulator)("of %s is at most what refreshes leave: as published", (name, _, peak, limited, channels) => {
    const part = dramPartNamed(name);
    expect((channels * peakBytesPerSecond(part)) / 1e9 / peak).toBeCloseTo(1, 2);
    const { readToPrecharge, precharge, refresh, activateToRead, refreshInterval } = part.timing;
    const lost = readToPrecharge + precharge + refresh + activateToRead;
    // Published peaks come from the data rate, ours from the rounded clock.
    expect(((peakBytesPerSecond(part) * channels) / 1e9 / limited) * (1 - lost / refreshInterval)).toBeCloseTo(1, 2);
  });

  it.each(dramParts.map(({ name }) => name))(
    "of a stream of reads on %s is nearly what refreshes leave, and never more than the peak",
    (name) => {
      const part = dramPartNamed(name);
      const { readToPrecharge, prechargeAll, refresh, activateToRead, refreshInterval } = part.timing;
      const bursts = (part.ranks * 40 * refreshInterval) / part.timing.burst;
      // So deep that it sees the next rows of all banks in time.
      const channel = new DramChannel(part, { ...openPage, queueDepth: 64 });
      const { bytes, endTick } = saturate(channel, part, bursts, (index) => ({ burst: index, isWrite: false }));
      const perSecond = (bytes * 1e12) / (endTick * part.clockPs);
      // While one rank is refreshed a stream that goes on to the next rank could go on there, but its row is in this one: none may.
      const lost = part.ranks * (readToPrecharge + prechargeAll + refresh + activateToRead);
      // GDDR7 may activate a bank every 4 clocks, but has one burst of each in 2: after a refresh its 16 rows come slower than the stream.
      const share = name === "GDDR7-28000" ? 0.98 : 0.99;
      expect(perSecond).toBeGreaterThan(share * peakBytesPerSecond(part) * (1 - lost / refreshInterval));
      expect(perSecond).toBeLessThanOrEqual(peakBytesPerSecond(part));
    },
  );

  it.each(dramsim)("of random traffic on %s is near that of DRAMsim3", (name, _conflict, _closed, gbps, channels) => {
    const part = dramPartNamed(name);
    const channel = new DramChannel(part, openPage);
    const { bytes, endTick } = saturate(channel, part, 60_000, randomAccess(part, new Dice(7)), "rochrababgco");
    const own = (channels * bytes * 1e3) / (endTick * part.clockPs);
    // Its queues are per bank and its writes are drained by another rule; differences measured: -9, -4, -1 and -6 percent.
    expect(own / gbps).toBeGreaterThan(0.88);
    expect(own / gbps).toBeLessThan(1.05);
  });
});

type Table = { readonly timing: Record<string, number>; readonly expected: Record<string, number> };

describe.skipIf(!hasReferenceData)(`the published tables themselves${whyReferenceDataIsMissing}`, () => {
  it("say what the parts say", () => {
    const tables: Record<string, Table> = JSON.parse(textOf("ramulator2/resolved_specs.json"));
    for (const [name, clocks] of ramulator) {
      const table = tables[name.split("-")[0] ?? ""];
      const { timing, clockPs } = dramPartNamed(name);
      expect(table?.expected["unloaded_latency_cycles"]).toBe(clocks);
      expect(table?.timing["tCK_ps"]).toBe(clockPs);
      const pairs = [
        ["nRAS", timing.activateToPrecharge],
        ["nRP", timing.precharge],
        ["nREFI", timing.refreshInterval],
        ["nCWL", timing.writeLatency],
        ["nFAW", timing.fourActivates],
        ["nWR", timing.writeRecovery],
        ["nRRDL", timing.activateL],
        ["nCCDL_WR", timing.writeToWriteL],
        ["nWTRL", timing.writeToReadL],
      ] as const;
      for (const [key, own] of pairs) {
        if (table?.timing[key] !== undefined) expect([name, key, own]).toEqual([name, key, table.timing[key]]);
      }
    }
  });
});
