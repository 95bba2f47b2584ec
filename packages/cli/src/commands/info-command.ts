import type { Command } from "commander";
import { Machine, selfTest, version } from "kpu-sim";
import { addMachineOptions, type MachineOptions, machineOf } from "../machine-options.ts";
import { CheckFailed, type Terminal } from "../terminal/terminal.ts";

export function addInfoCommand(program: Command, terminal: Terminal): void {
  addMachineOptions(program.command("info"))
    .description("versions, what runs the engine, and a self-test of a machine")
    .option("--json", "as JSON")
    .action((options: MachineOptions & { readonly json?: boolean }) => {
      const { name, config } = machineOf(options);
      const { checks } = selfTest(new Machine(config).config);
      const failed = checks.filter(({ passed }) => !passed);
      const facts = {
        version,
        node: process.version,
        executable: process.execPath,
        platform: `${process.platform} ${process.arch}`,
        machine: name === undefined || name === "" ? "default" : name,
        selfTest: `${checks.length - failed.length} of ${checks.length} checks passed`,
      };
      if (options.json) terminal.out(`${JSON.stringify({ ...facts, failed }, undefined, 2)}\n`);
      else for (const [what, value] of Object.entries(facts)) terminal.out(`${what}: ${value}\n`);
      if (failed.length > 0) throw new CheckFailed(failed.map((check) => `${check.name}: ${check.detail}`).join("\n"));
    });
}
