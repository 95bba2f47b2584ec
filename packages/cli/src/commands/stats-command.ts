import type { Command } from "commander";
import { run } from "../run/run.ts";
import { addRunOptions, type RunOptions } from "../run/run-options.ts";
import { statisticRows, statisticsCsv } from "../statistic-rows.ts";
import { table } from "../terminal/table.ts";
import type { Terminal } from "../terminal/terminal.ts";

type StatsOptions = RunOptions & { readonly json?: boolean; readonly csv?: boolean };

export function addStatsCommand(program: Command, terminal: Terminal): void {
  addRunOptions(program.command("stats"))
    .description("simulate as `kpu run` does and show every figure of every component")
    .option("--json", "as JSON")
    .option("--csv", "as comma-separated values")
    .addHelpText("after", "\nExamples:\n  kpu stats -m 128x128x128\n  kpu stats -m 128x128x128 --csv > figures.csv")
    .action(async (file: string | undefined, options: StatsOptions) => {
      const { machine } = await run(file, options, terminal);
      const statistics = machine.statistics();
      if (options.json) terminal.out(`${JSON.stringify(statistics, undefined, 2)}\n`);
      else if (options.csv) terminal.out(statisticsCsv(statistics));
      else {
        const rows = statisticRows(statistics).map(([component, figure, value, unit]) => [
          component,
          figure,
          shown(value),
          unit,
        ]);
        terminal.out(table(["component", "figure", "value", "unit"], rows));
      }
    });
}

function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(4);
}
