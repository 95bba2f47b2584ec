import { KpuError } from "@kpu-sim/machine";
import { type Report, requireNoErrors } from "./findings.ts";

/** The outcome of a check, and what was read if there was no error. */
export type CheckedTable<Table> = Report & { readonly table: Table | undefined };

/** A table without errors. Errors: KPU_CONFIG with everything that is wrong, each with line and column. */
export function requireTable<Table>(what: string, { table, ...report }: CheckedTable<Table>): Table {
  requireNoErrors(what, report);
  if (table === undefined) throw new KpuError("KPU_CONFIG", `${what} says nothing`);
  return table;
}
