import {
  checkEnergyTable,
  type EnergyReport,
  type EnergyTable,
  energyOf,
  energyTableNamed,
  fileFormatOf,
  findingText,
  type Machine,
} from "kpu-sim";
import { textOf } from "../terminal/files.ts";
import { table } from "../terminal/table.ts";
import { CheckFailed } from "../terminal/terminal.ts";
import { percent } from "./report-lines.ts";

/** The table that `--energy` names: a known one, or a file. Errors: KpuError, UsageError, CheckFailed with everything that is wrong. */
export function energyTableOf(name: string): EnergyTable {
  const format = fileFormatOf(name);
  if (format === undefined) return energyTableNamed(name);
  const { table: found, errors } = checkEnergyTable(textOf(name), format);
  if (found !== undefined) return found;
  throw new CheckFailed(`${name}:\n${errors.map((error) => `  ${findingText(error)}`).join("\n")}`);
}

/** What a run has used, for `--json` and for people; undefined where nobody asked. Errors: KpuError for products that the table cannot account for. */
export function accountOf(
  machine: Machine,
  energyTable: EnergyTable | undefined,
): { readonly report: EnergyReport; readonly text: string } | undefined {
  if (energyTable === undefined) return undefined;
  const report = energyOf(machine, energyTable);
  const { totalPj, averageMw, pjPerOperation, parts } = report;
  const rows = parts
    .filter(({ dynamicPj, staticPj }) => dynamicPj + staticPj > 0)
    .map(({ component, dynamicPj, staticPj }) => {
      const share = percent((dynamicPj + staticPj) / totalPj);
      return [component, dynamicPj.toFixed(0), staticPj.toFixed(0), share];
    });
  const each = pjPerOperation === undefined ? "" : `, ${pjPerOperation.toFixed(3)} pJ an operation`;
  const head = `\nEnergy (${energyTable.name}): ${(totalPj / 1e6).toFixed(3)} uJ, ${averageMw.toFixed(2)} mW${each}\n`;
  const commands = Object.entries(report.dram ?? {}).map(([name, pj]) => [name.replace(/Pj$/, ""), pj.toFixed(0)]);
  const dram = commands.length === 0 ? "" : `\nDRAM, pJ:\n${table(["commands", "pJ"], commands)}`;
  const components = table(["component", "dynamic, pJ", "static, pJ", "of all"], rows);
  return { report, text: head + components + dram + operationLines(report) };
}

/** Dynamic energy by what was carried out. */
function operationLines({ operations, dynamicPj: all }: EnergyReport): string {
  const rows = operations
    .filter(({ completed }) => completed > 0)
    .map(({ operation, completed, memoriesPj, unitPj, dynamicPj }) => {
      const share = percent(all === 0 ? 0 : dynamicPj / all);
      return [operation, completed.toString(), memoriesPj.toFixed(0), unitPj.toFixed(0), share];
    });
  return `\n${table(["operation", "completed", "memories, pJ", "unit, pJ", "of dynamic"], rows)}`;
}
