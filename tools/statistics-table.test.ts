import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type ComponentKind, statisticDefinitions } from "@kpu-sim/machine";
import { expect, test } from "vitest";
import { statisticsTables, withStatisticsTables } from "./statistics-table.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

test("the tables of statistics in the guide are those of the machine", () => {
  const { status, stderr } = spawnSync(process.execPath, ["tools/statistics-table.mjs", "--check"], {
    cwd: root,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

test("a page with other tables is found out", () => {
  const text = readFileSync(`${root}/docs/observing.md`, "utf8");
  const more = { ...statisticDefinitions, machine: [{ name: "moons", unit: "moons", definition: "How many." }] };
  expect(withStatisticsTables(text, more)).not.toBe(text);
  expect(withStatisticsTables(text, more)).toContain("| `moons` | moons | How many. |");
});

test("every kind of component has a table that fits", () => {
  const tables = statisticsTables(statisticDefinitions);
  const alike: readonly (readonly ComponentKind[])[] = [
    ["machine"],
    ["host", "l3", "l2", "scratchpad"],
    ["external"],
    ["dma", "blockMover", "streamer"],
    ["tile"],
    ["vector"],
  ];
  expect(alike.flat().toSorted()).toEqual(Object.keys(statisticDefinitions).toSorted());
  for (const [shown, ...others] of alike) {
    for (const kind of [shown, ...others]) {
      if (kind === undefined || shown === undefined) throw new Error("no such kind");
      expect(statisticDefinitions[kind]).toEqual(statisticDefinitions[shown]);
      expect(tables).toContain(`\`${kind}\``);
    }
  }
});
