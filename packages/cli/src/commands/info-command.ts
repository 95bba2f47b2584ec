import type { Command } from "commander";
import {
  type AreaReport,
  type AreaTable,
  areaOf,
  areaTableNamed,
  areaTables,
  checkAreaTable,
  Machine,
  selfTest,
  version,
} from "kpu-sim";
import { addMachineOptions, type MachineOptions, machineOf } from "../machine-options.ts";
import { namedOrFile } from "../named-or-file.ts";
import { spelledOut } from "../run/report-lines.ts";
import { table } from "../terminal/table.ts";
import { CheckFailed, type Terminal } from "../terminal/terminal.ts";

export function addInfoCommand(program: Command, terminal: Terminal): void {
  addMachineOptions(program.command("info"))
    .description("versions, what runs the engine, and a self-test of a machine")
    .option("--area <table>", `area of the machine on its chip: ${Object.keys(areaTables).join(", ")} or a file`)
    .option("--json", "as JSON")
    .action((options: MachineOptions & { readonly json?: boolean; readonly area?: string }) => {
      const { name, config } = machineOf(options);
      const machine = new Machine(config);
      const area = options.area === undefined ? undefined : areaOf(machine.config, areaTableOf(options.area));
      const { checks } = selfTest(machine.config);
      const failed = checks.filter(({ passed }) => !passed);
      const facts = {
        version,
        node: process.version,
        executable: process.execPath,
        platform: `${process.platform} ${process.arch}`,
        machine: name === undefined || name === "" ? "default" : name,
        selfTest: `${checks.length - failed.length} of ${checks.length} checks passed`,
      };
      if (options.json) terminal.out(`${JSON.stringify({ ...facts, area, failed }, undefined, 2)}\n`);
      else for (const [what, value] of Object.entries(facts)) terminal.out(`${what}: ${value}\n`);
      if (area !== undefined && !options.json) terminal.out(areaText(area));
      if (failed.length > 0) throw new CheckFailed(failed.map((check) => `${check.name}: ${check.detail}`).join("\n"));
    });
}

/** The table that `--area` names: a known one, or a file. */
function areaTableOf(name: string): AreaTable {
  return namedOrFile(name, areaTableNamed, checkAreaTable);
}

function areaText({ table: name, parts, totalMm2, notCounted }: AreaReport): string {
  const rows = parts.map(({ component, count, mm2 }) => [spelledOut(component), count.toString(), mm2.toFixed(3)]);
  const head = `\nArea (${name}): ${totalMm2.toFixed(3)} mm2, without ${notCounted.join(", ")}\n`;
  return head + table(["component", "count", "mm2"], rows);
}
