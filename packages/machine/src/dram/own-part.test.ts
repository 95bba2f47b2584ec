import { describe, expect, it } from "vitest";
import { Machine } from "../machine.ts";
import type { DramPart } from "./dram-part.ts";
import { dramPartNames, dramParts, dramTables } from "./dram-parts.ts";
import { dramFigureFaults, dramFigureNames, dramPartOf } from "./own-part.ts";

/** All that a part's resolved timing says, under the names of configurations. */
function figuresOf({ timing: t, bankRefresh, powerDown, ...part }: DramPart): string {
  const figures: Record<string, number> = {
    clock_ps: part.clockPs,
    ranks: part.ranks,
    bank_groups: part.bankGroups,
    banks_per_group: part.banksPerGroup,
    rows: part.rows,
    row_bytes: part.rowBytes,
    burst_bytes: part.burstBytes,
    ...{ BL: t.burst, CL: t.readLatency, CWL: t.writeLatency, tRCD: t.activateToRead, tRCDWR: t.activateToWrite },
    ...{ tRP: t.precharge, tRPab: t.prechargeAll, tRAS: t.activateToPrecharge, tRC: t.activateToActivate },
    ...{ tRTP: t.readToPrecharge, tWR: t.writeRecovery, tCCD_S: t.readToReadS, tCCD_L: t.readToReadL },
    ...{ tCCD_S_WR: t.writeToWriteS, tCCD_L_WR: t.writeToWriteL, tWTR_S: t.writeToReadS, tWTR_L: t.writeToReadL },
    ...{ tRTW: t.readToWrite, tRTRS: t.rankSwitch, tRRD_S: t.activateS, tRRD_L: t.activateL, tFAW: t.fourActivates },
    ...{ t32AW: t.thirtyTwoActivates, tPPD: t.prechargeToPrecharge, tREFI: t.refreshInterval, tRFC: t.refresh },
  };
  if (bankRefresh !== undefined) {
    const { interval, refresh, toRefresh, toActivate } = bankRefresh;
    Object.assign(figures, { tREFIpb: interval, tRFCpb: refresh, tpbR2pbR: toRefresh, tpbR2act: toActivate });
  }
  if (powerDown !== undefined) Object.assign(figures, { tCKE: powerDown.minimum, tXP: powerDown.exit });
  return Object.entries(figures)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ");
}

describe("a part of one's own", () => {
  it.each(dramParts)("can be all that $name is, whatever part it starts from", (target) => {
    for (const { name, source, hasTwoCommandBuses, bankRefresh, powerDown } of dramParts) {
      const own = dramPartOf({ dramPart: name, dramFigures: figuresOf(target) });
      expect(own).toEqual({
        ...target,
        name,
        source,
        hasTwoCommandBuses,
        bankRefresh: target.bankRefresh ?? bankRefresh,
        powerDown: target.powerDown ?? powerDown,
      });
    }
  });

  it("is said in every figure that a part has", () => {
    const all = dramParts.map(figuresOf).join(", ").split(", ");
    expect(new Set(all.map((each) => each.split("=")[0]))).toEqual(new Set(dramFigureNames));
    expect(dramTables.map(({ name }) => name)).toEqual(dramPartNames);
  });

  it("keeps what is not said, and derives what its table derives", () => {
    const { timing } = dramPartOf({ dramPart: "DDR4-3200", dramFigures: "tRAS=60 CL=30" });
    expect(timing).toMatchObject({
      activateToPrecharge: 60,
      activateToActivate: 82,
      readLatency: 30,
      activateToRead: 22,
    });
    expect(timing.readToWrite).toBe(30 + 4 - 16 + 1);
  });

  const faults: readonly (readonly [string, string])[] = [
    ["tRAS=60", "tRC (55) is less than tRAS + tRP (60 + 16)"],
    ["tRC=50", "tRC (50) is less than tRAS + tRP (39 + 16)"],
    ["tFAW=3", "tFAW (3) is less than tRRD_S (4)"],
    ["tCCD_L=2", "tCCD_L (2) is less than tCCD_S (4)"],
    ["tRRD_L=1", "tRRD_L (1) is less than tRRD_S (4)"],
    ["tREFI=100", "tREFI (100) is less than tRFC + tRPab"],
    ["tRTW=2", "tRTW (2) is less than CL + BL - CWL"],
    ["tRP=0", "tRP is 0: it must be a whole number of clock cycles from 1 to 2**30"],
    ["tWR=2.5", "tWR is 2.5: it must be a whole number"],
    ["clock_ps=0", "clock_ps is 0: it must be a positive number of picoseconds"],
    ["rows=1000", "rows is 1000: it must be a power of two"],
    ["tRDC=20", "there is no figure 'tRDC'"],
    ["tRCD", "'tRCD' is not name=figure"],
    ["tRCD=-4", "'tRCD=-4' is not name=figure"],
    ["CL=20, CL=21", "CL is given twice"],
    ["tXP=10", "tXP needs tCKE as well: the part has none"],
    ["tCKE=0 tXP=10", "tCKE is 0: it must be a whole number of clock cycles"],
    [" ".repeat(2001), "has 2001 characters"],
  ];
  it.each(faults)("with %j is refused", (dramFigures, text) => {
    const said = dramFigureFaults("DDR4-2400", dramFigures);
    expect(said.join("\n")).toContain(`dram_figures: ${text}`);
    expect(() => new Machine({ externalMemory: { dramPart: "DDR4-2400", dramFigures } })).toThrow(said[0]);
  });

  it("says all that is wrong at once", () => {
    expect(dramFigureFaults("DDR4-2400", "tRC=50, tFAW=3")).toHaveLength(2);
  });

  it("takes the time of its figures", () => {
    const cyclesWith = (dramFigures: string): number => {
      const machine = new Machine({ fidelity: "cycle", externalMemory: { dramPart: "DDR4-3200", dramFigures } });
      const [bank, pad] = [machine.external(0), machine.scratchpad(0)];
      machine.dma(0).transfer({ source: bank.base, destination: pad.base, bytes: 64 });
      machine.runUntilIdle();
      return machine.cycle;
    };
    // Clocks of 1 ns: what CL takes longer, the transfer does.
    expect(cyclesWith("clock_ps=1000, CL=42") - cyclesWith("clock_ps=1000, CL=22")).toBe(20);
    expect(cyclesWith("")).toBe(cyclesWith("CL=22"));
  });
});
