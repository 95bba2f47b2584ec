import { type DramActivity, type DramEnergy, dramCurrentsOf, dramEnergy } from "@kpu-sim/system";
import { dramPartNamed } from "../../packages/machine/src/dram/dram-parts.ts";
import type { ValidationRow } from "./validation-row.ts";

/**
 * What runs of DRAMsim3 counted (random traffic, 1,000,000 clocks, channel 0), and the energies that it prints: volts times milliamperes times
 * clocks, which it calls pJ.
 */
const runs: readonly { readonly part: string; readonly activity: DramActivity; readonly printed: DramEnergy }[] = [
  {
    part: "DDR4-3200",
    activity: activityOf([184_705, 122_366, 61_358, 160], 953_427 + 953_422, 46_573 + 46_578),
    printed: printed([1.24122e9, 5.45067e8, 2.30902e8, 1.70312e8], 4.75951e8 + 4.75948e8 + 1.65427e7 + 1.65445e7),
  },
  {
    part: "LPDDR4-2400",
    activity: activityOf([113_892, 75_066, 37_860, 230], 953_178 + 953_169, 46_822 + 46_831),
    printed: printed([9.54506e8, 5.64977e8, 2.63142e8, 1.00835e8], 2.15037e8 + 2.15035e8 + 7.64135e6 + 7.64282e6),
  },
  {
    part: "HBM2-x128",
    activity: activityOf([119_049, 79_203, 39_262, 256], 929_838, 70_162),
    printed: printed([9.85726e7, 6.36792e7, 4.19318e7, 1.5575e7], 6.13693e7 + 3.36778e6),
  },
  {
    part: "GDDR6-x128",
    activity: activityOf([75_538, 50_174, 25_378, 84], 914_686, 85_314),
    printed: printed([6.55912e8, 1.01331e8, 4.6594e7, 2.57191e7], 6.02595e8 + 5.52835e7),
  },
];

function activityOf(
  [activates, reads, writes, refreshes]: readonly [number, number, number, number],
  activeStandbyClocks: number,
  prechargeStandbyClocks: number,
): DramActivity {
  const powerDown = { activePowerDownClocks: 0, prechargePowerDownClocks: 0 };
  return { activates, reads, writes, refreshes, activeStandbyClocks, prechargeStandbyClocks, ...powerDown };
}

function printed(
  [activatePj, readPj, writePj, refreshPj]: readonly [number, number, number, number],
  backgroundPj: number,
): DramEnergy {
  return { activatePj, readPj, writePj, refreshPj, backgroundPj };
}

/** Six digits are printed. */
const asPrinted = 5e-6;

const names: Readonly<Record<keyof DramEnergy, string>> = {
  activatePj: "activates",
  readPj: "reads",
  writePj: "writes",
  refreshPj: "refreshes",
  backgroundPj: "standby",
};

/** Our energies of their counts, beside theirs. */
export function energyRows(): readonly ValidationRow[] {
  return runs.flatMap(({ part, activity, printed: theirs }) => {
    const currents = dramCurrentsOf(part);
    if (currents === undefined) throw new RangeError(`no currents of ${part}`);
    const ours = dramEnergy(currents, activity);
    const clockNs = dramPartNamed(part).clockPs / 1000;
    return (["activatePj", "readPj", "writePj", "refreshPj", "backgroundPj"] as const).map((key) => ({
      id: `dram energy ${part}: ${names[key]}`,
      quantity: `${part}: ${names[key]} of a run of random traffic`,
      source: "DRAMsim3 (29817593), our runs of it: what it prints, times the clock in ns",
      published: (theirs[key] * clockNs) / 1e6,
      ours: ours[key] / 1e6,
      unit: "uJ",
      tolerance: asPrinted,
      command: 'npx vitest run test/validation -t "dram energy"',
    }));
  });
}
