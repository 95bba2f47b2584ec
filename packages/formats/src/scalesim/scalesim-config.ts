import type { Dataflow } from "@kpu-sim/machine";
import type { Finding } from "../text/findings.ts";

/** `calc`: memories never stall the array, and the bandwidth that takes is reported; `user`: the given bandwidth, with stalls. */
export type InterfaceBandwidth = "calc" | "user";

/** What a configuration of SCALE-Sim says, as far as its reports depend on it. Sizes of memories are in KB of 1024 one-byte words. */
export type ScaleSimConfig = {
  readonly runName: string;
  readonly arrayHeight: number;
  readonly arrayWidth: number;
  readonly ifmapSramKb: number;
  readonly filterSramKb: number;
  readonly ofmapSramKb: number;
  readonly dataflow: Dataflow;
  readonly interfaceBandwidth: InterfaceBandwidth;
  /** Words a cycle with mode `user`: what is written, and what each read buffer is filled with. */
  readonly ofmapBandwidth: number;
  readonly ifmapBandwidth: number;
  readonly filterBandwidth: number;
};

/** What a file has, and everything that is wrong with it; the configuration only where nothing is. */
export type ScaleSimConfigReport = {
  readonly config: ScaleSimConfig | undefined;
  readonly errors: readonly Finding[];
};

const mostTextLength = 2 ** 20;
const mostSide = 4096;
const mostKb = 2 ** 20;
const mostBandwidth = 2 ** 16;

const dataflows: Readonly<Record<string, Dataflow>> = {
  os: "output_stationary",
  ws: "weight_stationary",
  is: "input_stationary",
};

/** Reads a configuration of SCALE-Sim (.cfg): sections in brackets, `key: value` or `key = value`, comments from # or ; on. */
export function checkScaleSimConfig(text: string): ScaleSimConfigReport {
  if (text.length > mostTextLength) {
    return {
      config: undefined,
      errors: [error(1, `the file has ${text.length} characters, more than ${mostTextLength}`)],
    };
  }
  const errors: Finding[] = [];
  const values = valuesOf(text, errors);
  const whole = (section: string, key: string, most: number, otherwise?: number): number => {
    const entry = values.get(`${section}.${key.toLowerCase()}`);
    if (entry === undefined && otherwise !== undefined) return otherwise;
    if (entry === undefined) errors.push(error(1, `[${section}] has no ${key}: give a whole number from 1 to ${most}`));
    else if (!/^\d+$/.test(entry.value) || Number(entry.value) < 1 || Number(entry.value) > most) {
      errors.push(error(entry.line, `${key} must be a whole number from 1 to ${most}, got '${entry.value}'`));
    } else return Number(entry.value);
    return 1;
  };
  const word = <T>(section: string, key: string, choices: Readonly<Record<string, T>>, otherwise: T): T => {
    const entry = values.get(`${section}.${key.toLowerCase()}`);
    const found = entry === undefined ? undefined : choices[entry.value.toLowerCase()];
    if (found !== undefined) return found;
    const names = Object.keys(choices).join(", ");
    if (entry === undefined) errors.push(error(1, `[${section}] has no ${key}: give one of ${names}`));
    else errors.push(error(entry.line, `${key} must be one of ${names}, got '${entry.value}'`));
    return otherwise;
  };
  const isOff = (section: string, key: string, why: string): void => {
    const entry = values.get(`${section}.${key.toLowerCase()}`);
    if (entry !== undefined && /^(true|yes|on|1)$/i.test(entry.value)) errors.push(error(entry.line, `${key}: ${why}`));
  };
  const preset = "architecture_presets";
  const interfaceBandwidth = word<InterfaceBandwidth>(
    "run_presets",
    "InterfaceBandwidth",
    { calc: "calc", user: "user" },
    "calc",
  );
  const isUser = interfaceBandwidth === "user";
  const ofmapBandwidth = whole(preset, "Bandwidth", mostBandwidth, isUser ? undefined : 10);
  const config: ScaleSimConfig = {
    runName: values.get("general.run_name")?.value ?? "run",
    arrayHeight: whole(preset, "ArrayHeight", mostSide),
    arrayWidth: whole(preset, "ArrayWidth", mostSide),
    ifmapSramKb: whole(preset, "IfmapSramSzkB", mostKb),
    filterSramKb: whole(preset, "FilterSramSzkB", mostKb),
    ofmapSramKb: whole(preset, "OfmapSramSzkB", mostKb),
    dataflow: word(preset, "Dataflow", dataflows, "output_stationary"),
    interfaceBandwidth,
    ofmapBandwidth,
    ifmapBandwidth: whole("layout", "IfmapSRAMBankBandwidth", mostBandwidth, ofmapBandwidth),
    filterBandwidth: whole("layout", "FilterSRAMBankBandwidth", mostBandwidth, ofmapBandwidth),
  };
  isOff("layout", "IfmapCustomLayout", "layouts of banks are not supported");
  isOff("layout", "FilterCustomLayout", "layouts of banks are not supported");
  isOff("sparsity", "SparsitySupport", "only dense layers are supported");
  isOff("run_presets", "UseRamulatorTrace", "traces of another simulator's DRAM are not supported");
  return { config: errors.length === 0 ? config : undefined, errors };
}

type Entry = { readonly value: string; readonly line: number };

function valuesOf(text: string, errors: Finding[]): ReadonlyMap<string, Entry> {
  const values = new Map<string, Entry>();
  let section = "";
  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    const heading = /^\[([^\]]+)\]$/.exec(line)?.[1];
    if (heading !== undefined) {
      section = heading.trim().toLowerCase();
      continue;
    }
    const [, key, value] = /^([^:=]+?)\s*[:=]\s*(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined)
      errors.push(error(index + 1, `'${line.slice(0, 80)}' is no 'key: value'`));
    else values.set(`${section}.${key.toLowerCase()}`, { value: value.trim(), line: index + 1 });
  }
  return values;
}

function error(line: number, message: string): Finding {
  return { path: "", line, column: 1, message };
}
