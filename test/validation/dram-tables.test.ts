import { expect, test } from "vitest";
import { dramPartNamed } from "../../packages/machine/src/dram/dram-parts.ts";
import {
  hasReferenceData,
  textOf,
  whyReferenceDataIsMissing,
} from "../../packages/machine/test/published/reference-data.ts";
import { ramulator } from "./dram-figures.ts";

type Table = { readonly timing: Record<string, number>; readonly expected: Record<string, number> };

test.skipIf(!hasReferenceData)(
  `Ramulator's tables say what our parts and the cited figures say${whyReferenceDataIsMissing}`,
  () => {
    const tables: Record<string, Table> = JSON.parse(textOf("ramulator2/resolved_specs.json"));
    for (const { name, unloadedClocks } of ramulator) {
      const table = tables[name.split("-")[0] ?? ""];
      const { timing, clockPs } = dramPartNamed(name);
      expect(table?.expected["unloaded_latency_cycles"]).toBe(unloadedClocks);
      expect(table?.timing["tCK_ps"]).toBe(clockPs);
      const pairs = [
        ["nRAS", timing.activateToPrecharge],
        ["nRP", timing.precharge],
        ["nREFI", timing.refreshInterval],
        ["nCWL", timing.writeLatency],
        ["nFAW", timing.fourActivates],
        ["nWR", timing.writeRecovery],
        ["nRRDL", timing.activateL],
        ["nCCDL_WR", timing.writeToWriteL],
        ["nWTRL", timing.writeToReadL],
      ] as const;
      for (const [key, own] of pairs) {
        if (table?.timing[key] !== undefined) expect([name, key, own]).toEqual([name, key, table.timing[key]]);
      }
    }
  },
);
