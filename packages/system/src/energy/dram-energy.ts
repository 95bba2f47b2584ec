import { type DramPart, dramParts, type Figures } from "@kpu-sim/machine";

/** Supply currents of one device of a DRAM, mA, by the names of datasheets (IDD), its voltage, and how many devices a channel has. */
export type DramCurrents = {
  readonly part: string;
  readonly devices: number;
  readonly voltageV: number;
  /** One bank activated and precharged again and again. */
  readonly idd0: number;
  /** Standby and power-down, without and with open rows. */
  readonly idd2n: number;
  readonly idd2p: number;
  readonly idd3n: number;
  readonly idd3p: number;
  /** Bursts without gaps, and refreshes of all banks. */
  readonly idd4r: number;
  readonly idd4w: number;
  readonly idd5: number;
};

/** What the commands and the states of a DRAM have taken, pJ. */
export type DramEnergy = {
  readonly activatePj: number;
  readonly readPj: number;
  readonly writePj: number;
  readonly refreshPj: number;
  /** Standby and power-down. */
  readonly backgroundPj: number;
};

/** What is counted of a DRAM; states are clocks of its ranks. */
export type DramActivity = {
  readonly activates: number;
  readonly reads: number;
  readonly writes: number;
  readonly refreshes: number;
  readonly activeStandbyClocks: number;
  readonly prechargeStandbyClocks: number;
  readonly activePowerDownClocks: number;
  readonly prechargePowerDownClocks: number;
};

/** The currents in DRAMsim3's configurations of these parts (commit 29817593). */
const currents: readonly DramCurrents[] = [
  {
    ...{ part: "DDR4-3200", devices: 8, voltageV: 1.2 },
    ...{ idd0: 57, idd2n: 37, idd2p: 25, idd3n: 52, idd3p: 43, idd4r: 168, idd4w: 150, idd5: 250 },
  },
  {
    ...{ part: "LPDDR4-2400", devices: 4, voltageV: 1.2 },
    ...{ idd0: 80, idd2n: 34, idd2p: 25, idd3n: 47, idd3p: 41, idd4r: 243, idd4w: 228, idd5: 280 },
  },
  {
    ...{ part: "HBM2-x128", devices: 1, voltageV: 1.2 },
    ...{ idd0: 65, idd2n: 40, idd2p: 28, idd3n: 55, idd3p: 40, idd4r: 390, idd4w: 500, idd5: 250 },
  },
  {
    ...{ part: "GDDR6-x128", devices: 8, voltageV: 1.35 },
    ...{ idd0: 71, idd2n: 60, idd2p: 45, idd3n: 61, idd3p: 50, idd4r: 248, idd4w: 231, idd5: 286 },
  },
];

/** The currents of a part; undefined for one whose are not known. */
export function dramCurrentsOf(part: string): DramCurrents | undefined {
  return currents.find((each) => each.part === part);
}

/**
 * What each command takes beyond standby, and standby by state: voltage times current times time, as in Micron's TN-41-01 (Calculating
 * Memory System Power for DDR3), without what drivers and terminations of the bus take. Errors: RangeError for an unknown part.
 */
export function dramEnergy(currentsOfPart: DramCurrents, activity: DramActivity): DramEnergy {
  const { timing, clockPs } = partNamed(currentsOfPart.part);
  const { devices, voltageV, idd0, idd2n, idd2p, idd3n, idd3p, idd4r, idd4w, idd5 } = currentsOfPart;
  // V x mA x ns is pJ.
  const perClock = (devices * voltageV * clockPs) / 1000;
  const { activateToPrecharge, precharge, burst, refresh } = timing;
  const activate = idd0 * (activateToPrecharge + precharge) - idd3n * activateToPrecharge - idd2n * precharge;
  return {
    activatePj: perClock * activate * activity.activates,
    readPj: perClock * (idd4r - idd3n) * burst * activity.reads,
    writePj: perClock * (idd4w - idd3n) * burst * activity.writes,
    refreshPj: perClock * (idd5 - idd3n) * refresh * activity.refreshes,
    backgroundPj:
      perClock *
      (idd3n * activity.activeStandbyClocks +
        idd2n * activity.prechargeStandbyClocks +
        idd3p * activity.activePowerDownClocks +
        idd2p * activity.prechargePowerDownClocks),
  };
}

/** The sum over external memories, out of their statistics. While a rank is refreshed its standby is that with open rows. */
export function dramActivityOf(memories: readonly Figures[]): DramActivity {
  const total = (name: string): number => memories.reduce((sum, figures) => sum + (figures[name] ?? 0), 0);
  return {
    activates: total("dramActivates"),
    reads: total("dramReads"),
    writes: total("dramWrites"),
    refreshes: total("dramRefreshes"),
    activeStandbyClocks: total("dramActiveStandbyClocks") + total("dramRefreshingClocks"),
    prechargeStandbyClocks: total("dramPrechargeStandbyClocks"),
    activePowerDownClocks: total("dramActivePowerDownClocks"),
    prechargePowerDownClocks: total("dramPrechargePowerDownClocks"),
  };
}

function partNamed(name: string): DramPart {
  const part = dramParts.find((each) => each.name === name);
  if (part === undefined) throw new RangeError(`no DRAM part ${name}`);
  return part;
}
