import type { Command } from "commander";
import { run } from "../run/run.ts";
import { addRunOptions, type RunOptions } from "../run/run-options.ts";
import { statisticsCsv } from "../statistic-rows.ts";
import { CheckFailed, type Terminal } from "../terminal/terminal.ts";

type OutputOptions = { readonly json?: boolean; readonly csv?: boolean; readonly stats?: boolean };

export function addRunCommand(program: Command, terminal: Terminal): void {
  addRunOptions(program.command("run"))
    .description("simulate a workload file or a tiled matrix product on a machine and say where the cycles went")
    .option("--json", "the whole report as JSON")
    .option("--csv", "every figure of every component as comma-separated values")
    .option("--stats", "the statistics of the machine as well")
    .addHelpText(
      "after",
      `
Examples:
  kpu run -m 1024x1024x1024
  kpu run -m 512x512x512 --preset edge_ai --trace run.pftrace
  kpu run -m 256x256x256 --set dma_engine_count=4 --no-double-buffer --json
  kpu run workload.yaml --trace run.kputrace

A workload that does not give what it expects ends with exit code 1.`,
    )
    .action(async (file: string | undefined, options: RunOptions & OutputOptions) => {
      const { machine, report, text, isGood } = await run(file, options, terminal);
      if (options.json) terminal.out(`${JSON.stringify(report, undefined, 2)}\n`);
      else if (options.csv) terminal.out(statisticsCsv(machine.statistics()));
      else terminal.out(text());
      if (options.stats) terminal.out(`\n${machine.statisticsText()}\n`);
      if (!isGood) throw new CheckFailed("the workload did not give what it expects");
    });
}
