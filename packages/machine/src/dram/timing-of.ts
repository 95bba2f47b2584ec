import type { DramPart, DramTiming } from "./dram-part.ts";

/** A row of a published table under its standard names, in clock cycles; what follows from others may be left out. */
export type TimingRow = {
  readonly BL: number;
  readonly CL: number;
  readonly CWL: number;
  readonly RCD: number;
  readonly RCDWR?: number;
  readonly RP: number;
  readonly RPab?: number;
  readonly RAS: number;
  readonly RC?: number;
  readonly RTP: number;
  readonly WR: number;
  readonly CCD_S: number;
  readonly CCD_L?: number;
  readonly CCD_S_WR?: number;
  readonly CCD_L_WR?: number;
  readonly WTR_S: number;
  readonly WTR_L?: number;
  readonly RTW?: number;
  readonly RTRS: number;
  readonly RRD_S: number;
  readonly RRD_L?: number;
  readonly FAW?: number;
  readonly AW32?: number;
  readonly PPD?: number;
  readonly REFI: number;
  readonly RFC: number;
};

/** A part as its published table has it. */
export type DramTable = Omit<DramPart, "timing"> & { readonly row: TimingRow };

/** The part that a table stands for. */
export function partOf({ row, ...others }: DramTable): DramPart {
  return { ...others, timing: timingOf(row) };
}

/**
 * The timing that a table stands for: a burst keeps the bus busy whatever tCCD says, a bus turns round for a write after a read in
 * CL + BL - CWL + tRTRS where no tRTW is given, and four activates follow each other at tRRD where no tFAW is.
 */
function timingOf(row: TimingRow): DramTiming {
  const { BL, CL, CWL, RCD, RP, RAS, CCD_S, WTR_S, RTRS, RRD_S } = row;
  const shortCcd = Math.max(BL, CCD_S);
  const longCcd = Math.max(shortCcd, row.CCD_L ?? CCD_S);
  const shortWrite = Math.max(shortCcd, row.CCD_S_WR ?? CCD_S);
  return {
    burst: BL,
    readLatency: CL,
    writeLatency: CWL,
    activateToRead: RCD,
    activateToWrite: row.RCDWR ?? RCD,
    activateToPrecharge: RAS,
    activateToActivate: Math.max(row.RC ?? 0, RAS + RP),
    precharge: RP,
    prechargeAll: row.RPab ?? RP,
    readToPrecharge: row.RTP,
    writeRecovery: row.WR,
    readToReadS: shortCcd,
    readToReadL: longCcd,
    writeToWriteS: shortWrite,
    writeToWriteL: Math.max(longCcd, row.CCD_L_WR ?? longCcd),
    writeToReadS: WTR_S,
    writeToReadL: row.WTR_L ?? WTR_S,
    readToWrite: row.RTW ?? Math.max(1, CL + BL - CWL + RTRS),
    rankSwitch: RTRS,
    activateS: RRD_S,
    activateL: row.RRD_L ?? RRD_S,
    fourActivates: row.FAW ?? 4 * RRD_S,
    thirtyTwoActivates: row.AW32 ?? 0,
    prechargeToPrecharge: row.PPD ?? 1,
    refreshInterval: row.REFI,
    refresh: row.RFC,
  };
}
