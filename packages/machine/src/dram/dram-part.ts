import { KpuError } from "../errors.ts";

/**
 * Timing of a DRAM, in its clock cycles (of `clockPs`). `S` counts between different bank groups of a rank, `L` within one group. A part
 * without bank groups has equal figures for both.
 */
export type DramTiming = {
  /** Cycles that one burst is on the data bus. */
  readonly burst: number;
  /** Read command to first data (CL, RL), write command to first data (CWL, WL). */
  readonly readLatency: number;
  readonly writeLatency: number;
  /** Activate to read, to write, to precharge, to activate of the same bank (tRCD, tRAS, tRC). */
  readonly activateToRead: number;
  readonly activateToWrite: number;
  readonly activateToPrecharge: number;
  readonly activateToActivate: number;
  /** Precharge to activate (tRP), and the same after all banks were precharged at once. */
  readonly precharge: number;
  readonly prechargeAll: number;
  /** Read to precharge (tRTP); end of written data to precharge (tWR). */
  readonly readToPrecharge: number;
  readonly writeRecovery: number;
  /** Read to read and write to write (tCCD). */
  readonly readToReadS: number;
  readonly readToReadL: number;
  readonly writeToWriteS: number;
  readonly writeToWriteL: number;
  /** End of written data to read (tWTR), and read command to write command within a rank. */
  readonly writeToReadS: number;
  readonly writeToReadL: number;
  readonly readToWrite: number;
  /** Idle bus cycles between bursts of different ranks (tRTRS). */
  readonly rankSwitch: number;
  /** Activate to activate of different banks (tRRD). */
  readonly activateS: number;
  readonly activateL: number;
  /** Window in which a rank is activated four times at most (tFAW), and 32 times (t32AW; 0 for parts without). */
  readonly fourActivates: number;
  readonly thirtyTwoActivates: number;
  /** Precharge to precharge of different banks (tPPD). */
  readonly prechargeToPrecharge: number;
  /** Between refreshes of a rank, and how long one takes (tREFI, tRFC). */
  readonly refreshInterval: number;
  readonly refresh: number;
};

/** Refreshing bank after bank, where a part can. */
type BankRefreshTiming = {
  /** Between refreshes of a rank's banks (tREFIpb), and how long a bank is refreshed (tRFCpb). */
  readonly interval: number;
  readonly refresh: number;
  /** To the refresh of another bank, and to an activate of another bank (tRREFD). */
  readonly toRefresh: number;
  readonly toActivate: number;
};

/** Leaving a rank without its clock. */
type PowerDownTiming = {
  /** At least so long (tCKE), and from its end to the first command (tXP). */
  readonly minimum: number;
  readonly exit: number;
};

/** One channel of a kind of DRAM: its organisation and its timing. */
export type DramPart = {
  readonly name: string;
  /** Where the figures come from. */
  readonly source: string;
  /** Clock period in picoseconds: a positive decimal number. */
  readonly clockPs: number;
  /** Powers of two. Ranks of HBM are stack ids. */
  readonly ranks: number;
  readonly bankGroups: number;
  readonly banksPerGroup: number;
  readonly rows: number;
  /** Bytes of a row, and of a burst, over all devices of the channel. */
  readonly rowBytes: number;
  readonly burstBytes: number;
  /** Row and column commands have a bus each, so that both may be given in one cycle. */
  readonly hasTwoCommandBuses: boolean;
  readonly timing: DramTiming;
  readonly bankRefresh?: BankRefreshTiming | undefined;
  readonly powerDown?: PowerDownTiming | undefined;
};

/** Bytes of a channel. */
export function channelBytes({ ranks, bankGroups, banksPerGroup, rows, rowBytes }: DramPart): number {
  return ranks * bankGroups * banksPerGroup * rows * rowBytes;
}

/** Bytes per second that the data bus of a channel can move at most. */
export function peakBytesPerSecond({ burstBytes, clockPs, timing }: DramPart): number {
  return (burstBytes * 1e12) / (clockPs * Math.max(timing.burst, timing.readToReadS));
}

/** Refuses a part whose figures cannot be. All that is wrong is said at once. Errors: KPU_CONFIG. */
export function checkDramPart(part: DramPart): DramPart {
  const faults = [...figureFaults(part), ...relationFaults(part.timing)];
  if (faults.length === 0) return part;
  const { name } = part;
  throw new KpuError("KPU_CONFIG", `DRAM part '${name}': ${faults.join("; ")}`, { reason: "value", faults });
}

const mostClocks = 2 ** 30;
const mayBeZero: readonly string[] = ["rankSwitch", "thirtyTwoActivates", "writeRecovery"];

function figureFaults(part: DramPart): string[] {
  const faults: string[] = [];
  if (!(part.clockPs > 0 && Number.isFinite(part.clockPs))) {
    faults.push(`clockPs is ${part.clockPs}: it must be a positive number of picoseconds`);
  }
  for (const key of ["ranks", "bankGroups", "banksPerGroup", "rows", "rowBytes", "burstBytes"] as const) {
    const value = part[key];
    const isPower = Number.isInteger(value) && value > 0 && value <= mostClocks && (value & (value - 1)) === 0;
    if (!isPower) faults.push(`${key} is ${value}: it must be a power of two from 1 to 2**30`);
  }
  if (part.rowBytes < part.burstBytes) {
    faults.push(`rowBytes (${part.rowBytes}) is less than burstBytes (${part.burstBytes})`);
  }
  const sections = { timing: part.timing, bankRefresh: part.bankRefresh, powerDown: part.powerDown };
  for (const [section, figures] of Object.entries(sections)) {
    for (const [key, value] of Object.entries(figures ?? {})) {
      const least = mayBeZero.includes(key) ? 0 : 1;
      if (Number.isInteger(value) && value >= least && value <= mostClocks) continue;
      faults.push(`${section}.${key} is ${value}: it must be a whole number of clock cycles from ${least} to 2**30`);
    }
  }
  return faults;
}

/** Equal figures are no contradiction: tCCD_L of HBM3 is just its burst. Rows of a table are rounded each by itself, so tRC may be one short. */
function relationFaults(timing: DramTiming): string[] {
  const faults: string[] = [];
  const atLeast = (name: string, value: number, of: string, least: number): void => {
    if (value < least) faults.push(`${name} (${value}) is less than ${of} (${least})`);
  };
  const t = timing;
  atLeast(
    "activateToActivate",
    t.activateToActivate,
    "activateToPrecharge + precharge - 1",
    t.activateToPrecharge + t.precharge - 1,
  );
  atLeast("activateToPrecharge", t.activateToPrecharge, "activateToRead", t.activateToRead);
  atLeast("fourActivates", t.fourActivates, "activateS", t.activateS);
  if (t.thirtyTwoActivates > 0) {
    atLeast("thirtyTwoActivates", t.thirtyTwoActivates, "fourActivates", t.fourActivates);
  }
  atLeast("activateL", t.activateL, "activateS", t.activateS);
  atLeast("readToReadS", t.readToReadS, "burst", t.burst);
  atLeast("readToReadL", t.readToReadL, "readToReadS", t.readToReadS);
  atLeast("writeToWriteS", t.writeToWriteS, "burst", t.burst);
  atLeast("writeToWriteL", t.writeToWriteL, "writeToWriteS", t.writeToWriteS);
  atLeast("writeToReadL", t.writeToReadL, "writeToReadS", t.writeToReadS);
  const turn = t.readLatency + t.burst - t.writeLatency;
  atLeast("readToWrite", t.readToWrite, "readLatency + burst - writeLatency", turn);
  atLeast("prechargeAll", t.prechargeAll, "precharge", t.precharge);
  atLeast("refreshInterval", t.refreshInterval, "refresh + prechargeAll", t.refresh + t.prechargeAll);
  return faults;
}
