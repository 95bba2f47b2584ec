import {
  checkEnergyTable,
  type EnergyReport,
  type EnergyTable,
  energyOf,
  energyTableNamed,
  type Machine,
} from "kpu-sim";
import { namedOrFile } from "../named-or-file.ts";
import { table } from "../terminal/table.ts";
import { percent, spelledOut } from "./report-lines.ts";

/** The table that `--energy` names: a known one, or a file. Errors: KpuError, UsageError, CheckFailed with everything that is wrong. */
export function energyTableOf(name: string): EnergyTable {
  return namedOrFile(name, energyTableNamed, checkEnergyTable);
}

/** What a run has used, for `--json` and for people; undefined where nobody asked. Errors: KpuError for products that the table cannot account for. */
export function accountOf(
  machine: Machine,
  energyTable: EnergyTable | undefined,
): { readonly report: EnergyReport; readonly text: string } | undefined {
  if (energyTable === undefined) return undefined;
  const report = energyOf(machine, energyTable);
  const { unit, totalPj, averageMw, pjPerOperation, parts } = report;
  const rows = parts
    .filter(({ dynamicPj, staticPj }) => dynamicPj + staticPj > 0)
    .map(({ component, dynamicPj, staticPj }) => {
      const share = percent((dynamicPj + staticPj) / totalPj);
      return [spelledOut(component), dynamicPj.toFixed(0), staticPj.toFixed(0), share];
    });
  const each = pjPerOperation === undefined ? "" : `, ${pjPerOperation.toFixed(3)} ${unit} an operation`;
  const total =
    unit === "pJ" ? `${(totalPj / 1e6).toFixed(3)} uJ, ${averageMw.toFixed(2)} mW` : `${totalPj.toFixed(0)} ${unit}`;
  const head = `\nEnergy (${energyTable.name}): ${total}${each}\n`;
  const commands = Object.entries(report.dram ?? {}).map(([name, pj]) => [name.replace(/Pj$/, ""), pj.toFixed(0)]);
  const dram = commands.length === 0 ? "" : `\nDRAM, pJ:\n${table(["commands", "pJ"], commands)}`;
  const components = table(["component", `dynamic, ${unit}`, `static, ${unit}`, "of all"], rows);
  return { report, text: head + components + dram + dramNote(machine, report) + operationLines(report) };
}

/** Why external memory that is DRAM is not accounted for by its commands. */
function dramNote({ config }: Machine, { dram, unit }: EnergyReport): string {
  if (config.fidelity !== "cycle" || dram !== undefined || unit !== "pJ") return "";
  const { dramPart, dramFigures, dramRefresh } = config.externalMemory;
  const what =
    dramFigures !== "" ? "figures of its own" : dramRefresh === "per_bank" ? "refreshes bank by bank" : dramPart;
  return `\nExternal memory is accounted for by the byte: no currents are known of ${what}.\n`;
}

/** Dynamic energy by what was carried out. */
function operationLines({ operations, dynamicPj: all, unit }: EnergyReport): string {
  const hasLinks = operations.some(({ linksPj }) => linksPj > 0);
  const rows = operations
    .filter(({ completed }) => completed > 0)
    .map(({ operation, completed, memoriesPj, linksPj, unitPj, dynamicPj }) => {
      const energies = hasLinks ? [memoriesPj, linksPj, unitPj] : [memoriesPj, unitPj];
      const share = percent(all === 0 ? 0 : dynamicPj / all);
      return [spelledOut(operation), completed.toString(), ...energies.map((pj) => pj.toFixed(0)), share];
    });
  const parts = hasLinks ? ["memories", "links", "unit"] : ["memories", "unit"];
  return `\n${table(["operation", "completed", ...parts.map((part) => `${part}, ${unit}`), "of dynamic"], rows)}`;
}
