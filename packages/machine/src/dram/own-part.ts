import { nearestHint } from "../config/nearest-name.ts";
import { KpuError } from "../errors.ts";
import { checkDramPart, type DramPart } from "./dram-part.ts";
import { dramPartNamed, dramTables } from "./dram-parts.ts";
import { type DramTable, partOf, type TimingRow } from "./timing-of.ts";

/** Organisation and clock under the names of configurations. */
const organisation = {
  clock_ps: "clockPs",
  ranks: "ranks",
  bank_groups: "bankGroups",
  banks_per_group: "banksPerGroup",
  rows: "rows",
  row_bytes: "rowBytes",
  burst_bytes: "burstBytes",
} as const;

/** Timing under the standard's names, in clock cycles. */
const timing: Readonly<Record<string, keyof TimingRow>> = {
  ...{ BL: "BL", CL: "CL", CWL: "CWL", tRCD: "RCD", tRCDWR: "RCDWR", tRP: "RP", tRPab: "RPab", tRAS: "RAS", tRC: "RC" },
  ...{ tRTP: "RTP", tWR: "WR", tCCD_S: "CCD_S", tCCD_L: "CCD_L", tCCD_S_WR: "CCD_S_WR", tCCD_L_WR: "CCD_L_WR" },
  ...{ tWTR_S: "WTR_S", tWTR_L: "WTR_L", tRTW: "RTW", tRTRS: "RTRS", tRRD_S: "RRD_S", tRRD_L: "RRD_L", tFAW: "FAW" },
  ...{ t32AW: "AW32", tPPD: "PPD", tREFI: "REFI", tRFC: "RFC" },
};

const bankRefresh = { tREFIpb: "interval", tRFCpb: "refresh", tpbR2pbR: "toRefresh", tpbR2act: "toActivate" } as const;
const powerDown = { tCKE: "minimum", tXP: "exit" } as const;

/** What a configuration may say of its DRAM instead of what the named part has, by name. */
export const dramFigureNames: readonly string[] = [organisation, timing, bankRefresh, powerDown].flatMap((names) =>
  Object.keys(names),
);

/** Names of a part's own timing in the standard's words, for messages. */
const standardNames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ burst: "BL", readLatency: "CL", writeLatency: "CWL", activateToRead: "tRCD", activateToWrite: "tRCDWR" },
    ...{ activateToPrecharge: "tRAS", activateToActivate: "tRC", precharge: "tRP", prechargeAll: "tRPab" },
    ...{ readToPrecharge: "tRTP", writeRecovery: "tWR", readToReadS: "tCCD_S", readToReadL: "tCCD_L" },
    ...{ writeToWriteS: "tCCD_S_WR", writeToWriteL: "tCCD_L_WR", writeToReadS: "tWTR_S", writeToReadL: "tWTR_L" },
    ...{ readToWrite: "tRTW", rankSwitch: "tRTRS", activateS: "tRRD_S", activateL: "tRRD_L", fourActivates: "tFAW" },
    ...{ thirtyTwoActivates: "t32AW", prechargeToPrecharge: "tPPD", refreshInterval: "tREFI", refresh: "tRFC" },
    ...Object.fromEntries(Object.entries(organisation).map(([name, key]) => [key, name])),
  }),
);
const sectionNames: ReadonlyMap<string, string> = new Map([
  ...Object.entries(bankRefresh).map(([name, key]): [string, string] => [`bankRefresh.${key}`, name]),
  ...Object.entries(powerDown).map(([name, key]): [string, string] => [`powerDown.${key}`, name]),
]);

const mostText = 2000;

/** The part of a configuration: the named one, with its own figures instead. Errors: KPU_CONFIG, with all `faults` in the details. */
export function dramPartOf(memory: { readonly dramPart: string; readonly dramFigures: string }): DramPart {
  if (memory.dramFigures === "") return dramPartNamed(memory.dramPart);
  const { part, faults } = readOwnPart(memory.dramPart, memory.dramFigures);
  if (faults.length > 0) throw new KpuError("KPU_CONFIG", faults.join("; "), { reason: "value", faults });
  return part;
}

/** What is wrong with figures such as `tRCD=24, tRP=24`, each fault beginning with the field's name; nothing where they make a part. */
export function dramFigureFaults(name: string, figures: string): readonly string[] {
  return figures === "" ? [] : readOwnPart(name, figures).faults;
}

function readOwnPart(name: string, text: string): { readonly part: DramPart; readonly faults: readonly string[] } {
  const table = dramTables.find((each) => each.name === name);
  if (table === undefined) throw new RangeError(`no DRAM part '${name}'`);
  const faults: string[] = [];
  const given = readFigures(text, faults);
  const own = ownTable(table, given, faults);
  if (faults.length === 0) {
    faults.push(...rowFaults(own.row), ...partFaults(partOf(own)));
  }
  return { part: partOf(own), faults: faults.map((fault) => `dram_figures: ${fault}`) };
}

/** Figures by name, as `CL=24, tRCD=24` or with spaces between them. */
function readFigures(text: string, faults: string[]): ReadonlyMap<string, number> {
  const given = new Map<string, number>();
  if (text.length > mostText) {
    faults.push(`has ${text.length} characters: at most ${mostText} are read`);
    return given;
  }
  for (const each of text.split(/[\s,]+/).filter((part) => part !== "")) {
    const [, name, value] = /^([^=]+)=([0-9]+(?:\.[0-9]+)?)$/.exec(each) ?? [];
    if (name === undefined) faults.push(`'${each}' is not name=figure, as in tRCD=24`);
    else if (!dramFigureNames.includes(name)) {
      const hint = nearestHint(name, dramFigureNames) || `; there are ${dramFigureNames.join(", ")}`;
      faults.push(`there is no figure '${name}'${hint}`);
    } else if (given.has(name)) faults.push(`${name} is given twice`);
    else given.set(name, Number(value));
  }
  return given;
}

function ownTable(table: DramTable, given: ReadonlyMap<string, number>, faults: string[]): DramTable {
  return {
    ...table,
    ...chosen(organisation, given),
    row: { ...table.row, ...chosen(timing, given) },
    bankRefresh: section(bankRefresh, table.bankRefresh, given, faults),
    powerDown: section(powerDown, table.powerDown, given, faults),
  };
}

/** The given figures under the keys of a table. */
function chosen<Key extends string>(
  names: Readonly<Record<string, Key>>,
  given: ReadonlyMap<string, number>,
): Partial<Record<Key, number>> {
  const figures: Partial<Record<Key, number>> = {};
  for (const [name, key] of Object.entries(names)) {
    const value = given.get(name);
    if (value !== undefined) figures[key] = value;
  }
  return figures;
}

/** A section that a part may be without: then all of it has to be given, or nothing. */
function section<Key extends string>(
  names: Readonly<Record<string, Key>>,
  before: Readonly<Record<Key, number>> | undefined,
  given: ReadonlyMap<string, number>,
  faults: string[],
): Readonly<Record<Key, number>> | undefined {
  const own = Object.entries(names).filter(([name]) => given.has(name));
  if (own.length === 0) return before;
  const missing = Object.keys(names).filter((name) => !given.has(name));
  if (before === undefined && missing.length > 0) {
    faults.push(`${own.map(([name]) => name).join(", ")} needs ${missing.join(", ")} as well: the part has none`);
    return before;
  }
  const figures: Partial<Record<Key, number>> = { ...before, ...chosen(names, given) };
  return isWhole(figures, Object.values(names)) ? figures : before;
}

function isWhole<Key extends string>(
  figures: Partial<Record<Key, number>>,
  keys: readonly Key[],
): figures is Record<Key, number> {
  return keys.every((key) => figures[key] !== undefined);
}

/** Contradictions that a table's own leniency about rounding would hide. */
function rowFaults({ RC, RAS, RP, CCD_S, CCD_L, RRD_S, RRD_L }: TimingRow): string[] {
  const faults: string[] = [];
  // Rows of a table are rounded each by itself, so tRC may be one short.
  if (RC !== undefined && RC < RAS + RP - 1) faults.push(`tRC (${RC}) is less than tRAS + tRP (${RAS} + ${RP})`);
  if (CCD_L !== undefined && CCD_L < CCD_S) faults.push(`tCCD_L (${CCD_L}) is less than tCCD_S (${CCD_S})`);
  if (RRD_L !== undefined && RRD_L < RRD_S) faults.push(`tRRD_L (${RRD_L}) is less than tRRD_S (${RRD_S})`);
  return faults;
}

function partFaults(part: DramPart): string[] {
  try {
    checkDramPart(part);
    return [];
  } catch (error) {
    if (!(error instanceof KpuError)) throw error;
    const { faults } = error.details;
    return (Array.isArray(faults) ? faults.map(String) : [error.message]).map(inStandardNames);
  }
}

function inStandardNames(fault: string): string {
  return fault
    .replace(/\b(?:bankRefresh|powerDown)\.\w+/g, (name) => sectionNames.get(name) ?? name)
    .replace(/\btiming\.(\w+)/g, (_, name: string) => standardNames.get(name) ?? name)
    .replace(/\b[a-z]\w+\b/g, (name) => standardNames.get(name) ?? name);
}
