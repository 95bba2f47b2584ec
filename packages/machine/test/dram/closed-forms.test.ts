import { describe, expect, it } from "vitest";
import { DramChannel } from "../../src/dram/dram-channel.ts";
import { peakBytesPerSecond } from "../../src/dram/dram-part.ts";
import { dramPartNamed, dramParts } from "../../src/dram/dram-parts.ts";
import { alone, openPage, saturate } from "./traffic.ts";

/** What a part's own times say by arithmetic; figures that others have published are in test/validation. */
describe.each(dramParts.map(({ name }) => name))("%s", (name) => {
  const part = dramPartNamed(name);
  const { burst, precharge, readLatency, activateToRead, readToPrecharge, prechargeAll, refresh, refreshInterval } =
    part.timing;

  it("reads alone in the time of its commands and the burst", () => {
    const channel = new DramChannel(part, openPage);
    expect(alone(channel, 0, 1, false, 100) - 100).toBe(activateToRead + readLatency + burst);
    expect(alone(channel, 0, 2, false, 1100) - 1100).toBe(precharge + activateToRead + readLatency + burst);
    expect(alone(channel, 0, 2, false, 2100) - 2100).toBe(readLatency + burst);
  });

  it("streams reads at nearly what refreshes leave, and never at more than the peak", () => {
    const bursts = (part.ranks * 40 * refreshInterval) / burst;
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
  });
});
