import type { Command } from "commander";
import {
  checkConfig,
  checkSystem,
  checkWorkload,
  configToText,
  createForMatmul,
  diffConfigs,
  diffText,
  findingText,
  isWorkloadText,
  presetNames,
  presets,
  type Report,
  systemPresetNames,
} from "kpu-sim";
import { addMachineOptions, formatOf, type MachineOptions, machineOf, readConfig } from "../machine-options.ts";
import { sizesOf } from "../run/product-run.ts";
import { textOf, writeWhole } from "../terminal/files.ts";
import { table } from "../terminal/table.ts";
import { CheckFailed, type Terminal, UsageError } from "../terminal/terminal.ts";

export function addConfigCommand(program: Command, terminal: Terminal): void {
  const config = program.command("config").description("check, show, make, convert and compare configuration files");
  config
    .command("validate <files...>")
    .description("say everything that is wrong or odd in files of machines and workloads, or of systems with --system")
    .option("--system", "the files describe systems of several KPUs")
    .action((files: readonly string[], { system = false }: { readonly system?: boolean }) => {
      const judged = files.map((file) => ({ file, ...reportOn(file, system) }));
      for (const { file, errors, warnings } of judged) {
        const verdict = errors.length > 0 ? "wrong" : warnings.length > 0 ? "valid, with warnings" : "valid";
        terminal.out(`${file}: ${verdict}\n`);
        for (const error of errors) terminal.out(`  error: ${findingText(error)}\n`);
        for (const warning of warnings) terminal.out(`  warning: ${findingText(warning)}\n`);
      }
      const wrong = judged.filter(({ errors }) => errors.length > 0).length;
      if (wrong > 0) throw new CheckFailed(`${wrong} of ${files.length} files are wrong`);
    });
  addMachineOptions(config.command("show"))
    .description("print a whole configuration, every field with its value")
    .option("--json", "as JSON instead of YAML")
    .action((options: MachineOptions & { readonly json?: boolean }) => {
      terminal.out(configToText(machineOf(options), options.json ? "json" : "yaml"));
    });
  addMachineOptions(config.command("generate <file>"))
    .description("write a configuration file; with --for-matmul one whose memories hold such a product")
    .option("--for-matmul <MxNxK>", "sizes of a product that has to fit")
    .action((file: string, { forMatmul, ...options }: MachineOptions & { readonly forMatmul?: string }) => {
      const isMade = forMatmul !== undefined;
      if (isMade && (options.preset !== undefined || options.config !== undefined || options.set !== undefined)) {
        throw new UsageError("give --for-matmul alone, or the options of a machine");
      }
      const description = isMade ? createForMatmul(...sizesOf(forMatmul, "--for-matmul")) : machineOf(options);
      write(file, configToText(description, formatOf(file)));
    });
  config
    .command("convert <from> <to>")
    .description("rewrite a file as YAML or JSON, by the suffix of the second name")
    .action((from: string, to: string) => write(to, configToText(readConfig(from), formatOf(to))));
  config
    .command("diff <a> <b>")
    .description("the fields in which two machines differ; names of files or of presets. Exit code 1 if there are any")
    .action((a: string, b: string) => {
      const differences = diffConfigs(named(a).config, named(b).config);
      terminal.out(diffText(differences));
      if (differences.length > 0) throw new CheckFailed("");
    });
  config
    .command("list")
    .description("the ready-made machines and systems")
    .action(() => {
      const rows = presetNames.map((name) => [name, "machine", presets[name].description ?? ""]);
      terminal.out(
        table(["preset", "of a", "description"], [...rows, ...systemPresetNames.map((name) => [name, "system", ""])]),
      );
    });
}

function named(name: string): ReturnType<typeof readConfig> {
  const preset = presetNames.find((each) => each === name);
  return preset === undefined ? readConfig(name) : presets[preset];
}

/** Workloads are checked as what they are: `kpu run` takes them. */
function reportOn(file: string, isSystem: boolean): Report {
  const [text, format] = [textOf(file), formatOf(file)];
  if (isWorkloadText(text)) return checkWorkload(text, format);
  return isSystem ? checkSystem(text, format) : checkConfig(text, format);
}

function write(file: string, text: string): void {
  writeWhole(file, (sink) => sink(new TextEncoder().encode(text)));
}
