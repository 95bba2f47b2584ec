import type { EnergyTable } from "@kpu-sim/formats";
import { KpuError } from "@kpu-sim/machine";

/** Checks a table that comes from outside. Errors: KPU_CONFIG for a figure that is negative or no number, or a memory without any. */
export function requireEnergyTable(table: EnergyTable): EnergyTable {
  const check = (value: number, what: string): void => {
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) return;
    throw new KpuError("KPU_CONFIG", `energy table '${table.name}': ${what} must be a number from 0, got ${value}`, {
      what,
    });
  };
  for (const [format, pj] of Object.entries(table.multiplyAccumulatePj)) check(pj, `multiplyAccumulatePj of ${format}`);
  check(table.vectorElementPj, "vectorElementPj");
  for (const [kind, sizes] of Object.entries(table.memories)) {
    if (sizes.length === 0) check(Number.NaN, `memories: ${kind}`);
    for (const { readPjPerByte, writePjPerByte, upToKb = 0 } of sizes) {
      check(readPjPerByte, `readPjPerByte of ${kind}`);
      check(writePjPerByte, `writePjPerByte of ${kind}`);
      check(upToKb, `upToKb of ${kind}`);
    }
  }
  for (const [kind, pj] of Object.entries(table.moverPjPerByte)) check(pj, `moverPjPerByte of ${kind}`);
  for (const [kind, pj] of Object.entries(table.linkPjPerByte ?? {})) check(pj, `linkPjPerByte of ${kind}`);
  for (const [kind, mw] of Object.entries(table.staticMw)) check(mw, `staticMw of ${kind}`);
  return table;
}
