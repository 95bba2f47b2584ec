import type { AreaTable } from "@kpu-sim/formats";
import { KpuError, nearestHint } from "@kpu-sim/machine";

/** Area of the SRAM of 256 KB that the exercises have, for each of its KB. */
const sramUm2PerKb = 707_084 / 256;

/** Tables by name; what has no published figure is not in them. */
export const areaTables: Readonly<Record<"timeloop_40nm", AreaTable>> = {
  timeloop_40nm: {
    name: "timeloop_40nm",
    description:
      "40 nm. An element is its 8-bit multiplier-accumulator alone; memories are SRAM, in proportion to one of 256 KB with 64-bit words.",
    source: "Timeloop 4cf6d4c, exercises 2d55108, reference outputs: 332.25 um2 and 707084.00 um2.",
    elementUm2: { 8: 332.25 },
    memoryUm2PerKb: { l3: sramUm2PerKb, l2: sramUm2PerKb, scratchpad: sramUm2PerKb },
  },
};

/** A table by a name from outside. Errors: KPU_ARGUMENT with the nearest. */
export function areaTableNamed(name: string): AreaTable {
  const found = Object.values(areaTables).find((table) => table.name === name);
  if (found !== undefined) return found;
  const names = Object.keys(areaTables);
  throw new KpuError(
    "KPU_ARGUMENT",
    `there is no area table '${name.slice(0, 64)}'; there are ${names.join(", ")}${nearestHint(name, names)}`,
  );
}

/** Checks a table that comes from outside. Errors: KPU_CONFIG for an area that is negative or no number. */
export function requireAreaTable(table: AreaTable): AreaTable {
  for (const [section, areas] of Object.entries({
    elementUm2: table.elementUm2,
    memoryUm2PerKb: table.memoryUm2PerKb,
    unitUm2: table.unitUm2 ?? {},
  })) {
    for (const [what, area] of Object.entries(areas)) {
      if (Number.isFinite(area) && area >= 0) continue;
      const where = `${section} of ${what}`;
      throw new KpuError(
        "KPU_CONFIG",
        `area table '${table.name}': ${where} must be a number from 0 (um2), got ${area}`,
        {
          what: where,
        },
      );
    }
  }
  return table;
}
