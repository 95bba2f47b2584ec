import { type FileFormat, fileFormatOf, findingText, type Report } from "kpu-sim";
import { textOf } from "./terminal/files.ts";
import { CheckFailed } from "./terminal/terminal.ts";

/** What a check of a file has found: a table, or what is wrong. */
type Checked<Table> = Report & { readonly table: Table | undefined };

/** The table that an option names: a known one, or a file. Errors: KpuError, UsageError, CheckFailed with everything that is wrong. */
export function namedOrFile<Table>(
  name: string,
  named: (name: string) => Table,
  check: (text: string, format: FileFormat) => Checked<Table>,
): Table {
  const format = fileFormatOf(name);
  if (format === undefined) return named(name);
  const { table, errors } = check(textOf(name), format);
  if (table !== undefined) return table;
  throw new CheckFailed(`${name}:\n${errors.map((error) => `  ${findingText(error)}`).join("\n")}`);
}
