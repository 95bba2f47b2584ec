import { flattenConfig, Machine } from "kpu-sim";
import { describe, expect, test } from "vitest";
import { editedRun } from "./edited-run.ts";
import { differences, relativeText } from "./totals.ts";

const config = flattenConfig({});

describe("editedRun", () => {
  test("takes what was edited, and says so in the title", () => {
    const run = editedRun("One", config, { kind: "transfer", bytes: 64 }, { l2_bank_count: "4", bytes: "128" });
    expect(run.title).toBe("One; with l2_bank_count 4, bytes 128");
    expect(run.config.l2Banks?.count).toBe(4);
    expect(run.program).toEqual({ kind: "transfer", bytes: 128 });
  });

  test("keeps the first title when an edited run is edited again, and stays the same without edits", () => {
    const first = editedRun("One", config, { kind: "transfer", bytes: 64 }, { bytes: "65" });
    expect(editedRun(first.title, config, first.program, { bytes: "66" }).title).toBe("One; with bytes 66");
    expect(editedRun("One", config, first.program, { l2_bank_count: "8" }).title).toBe("One");
  });

  test("edits a product: sizes, tiles that are to be chosen, buffers", () => {
    const program = { kind: "matmul", request: { m: 8, n: 8, k: 8, tileM: 4 } } as const;
    const run = editedRun("P", config, program, { m: "16", tileM: "", doubleBuffer: "false" });
    expect(run.program).toMatchObject({ request: { m: 16, n: 8, k: 8, tileM: undefined, doubleBuffer: false } });
    expect(run.title).toBe("P; with one buffer, m 16, tileM chosen");
  });

  test("refuses what does not fit a field", () => {
    expect(() => editedRun("One", config, { kind: "transfer", bytes: 64 }, { l2_bank_count: "2.5" })).toThrow(
      /l2_bank_count/,
    );
  });
});

describe("differences", () => {
  test("adds up counts over components, and leaves out what is equal", () => {
    const [one, other] = [new Machine(), new Machine()];
    for (const id of [0, 1]) {
      other.dma(id).transfer({ source: other.external(id).base, destination: other.l3(id).base, bytes: 100 });
    }
    other.runUntilIdle();
    const found = differences(one.statistics(), other.statistics());
    expect(found.find(({ kind, name }) => kind === "dma" && name === "bytesMoved")).toMatchObject({
      before: 0,
      after: 200,
    });
    expect(found.some(({ name }) => name === "capacityBytes")).toBe(false);
    expect(differences(one.statistics(), new Machine().statistics())).toEqual([]);
    expect(found.find(({ kind, name }) => kind === "dma" && name === "utilization")).toMatchObject({ after: 1 });
  });

  test("relative changes have a sign", () => {
    expect(relativeText({ before: 200, after: 175 })).toBe("-12.5 %");
    expect(relativeText({ before: 2, after: 3 })).toBe("+50.0 %");
    expect(relativeText({ before: 0, after: 3 })).toBe("new");
  });
});
