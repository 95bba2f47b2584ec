import { describe, expect, it } from "vitest";
import { KpuError } from "../errors.ts";
import { channelBytes, checkDramPart, type DramPart, type DramTiming } from "./dram-part.ts";
import { dramPartNamed, dramParts } from "./dram-parts.ts";

const ddr4 = dramPartNamed("DDR4-2400");

function faultsOf(part: DramPart): string {
  try {
    checkDramPart(part);
  } catch (error) {
    if (error instanceof KpuError) return `${error.code} ${error.message}`;
    throw error;
  }
  return "";
}

describe("a part of DRAM", () => {
  it.each(dramParts)("$name makes sense and says where its figures are from", (part) => {
    expect(faultsOf(part)).toBe("");
    expect(part.source).toMatch(/Ramulator 2.1|DRAMsim3/);
  });

  it("may have a tCCD_L that is just its burst, as HBM3 at 6.4 Gb/s", () => {
    const part = dramPartNamed("HBM3-6400");
    const { burst } = part.timing;
    expect(faultsOf({ ...part, timing: { ...part.timing, readToReadL: burst, writeToWriteL: burst } })).toBe("");
  });

  const changes: readonly (readonly [Partial<DramTiming>, string])[] = [
    [{ activateToActivate: 53 }, "activateToActivate (53) is less than activateToPrecharge + precharge - 1 (54)"],
    [{ fourActivates: 3 }, "fourActivates (3) is less than activateS (4)"],
    [{ thirtyTwoActivates: 20 }, "thirtyTwoActivates (20) is less than fourActivates (26)"],
    [{ readToReadS: 3 }, "readToReadS (3) is less than burst (4)"],
    [{ readToReadL: 3 }, "readToReadL (3) is less than readToReadS (4)"],
    [{ writeToReadL: 2 }, "writeToReadL (2) is less than writeToReadS (3)"],
    [{ readToWrite: 7 }, "readToWrite (7) is less than readLatency + burst - writeLatency (8)"],
    [{ refreshInterval: 400 }, "refreshInterval (400) is less than refresh + prechargeAll (449)"],
    [{ burst: 0 }, "timing.burst is 0: it must be a whole number of clock cycles from 1 to 2**30"],
    [{ precharge: -1 }, "timing.precharge is -1"],
    [{ readLatency: 2.5 }, "timing.readLatency is 2.5"],
  ];
  it.each(changes)("with %j contradicts itself", (change, text) => {
    const faults = faultsOf({ ...ddr4, timing: { ...ddr4.timing, ...change } });
    expect(faults).toContain("KPU_CONFIG DRAM part 'DDR4-2400'");
    expect(faults).toContain(text);
  });

  it("has a clock, and powers of two of everything", () => {
    expect(faultsOf({ ...ddr4, clockPs: 0, rows: 3, burstBytes: 0 })).toMatch(
      /clockPs is 0.*rows is 3.*burstBytes is 0/,
    );
    expect(faultsOf({ ...ddr4, rowBytes: 32 })).toContain("rowBytes (32) is less than burstBytes (64)");
    expect(channelBytes(ddr4)).toBe(8 * 2 ** 30);
  });
});
