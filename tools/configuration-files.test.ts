import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { checkConfig } from "@kpu-sim/formats";
import { expect, test } from "vitest";
import { keyRows, withTables } from "./configuration-files.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

test("the published schemas and the tables of the guide are those of the code", () => {
  const { status, stderr } = spawnSync(process.execPath, ["tools/configuration-files.mjs", "--check"], {
    cwd: root,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

test("the published schemas refuse unknown keys in every group and say what each key means", () => {
  for (const name of ["kpu", "system", "workload"]) {
    const schema = JSON.parse(readFileSync(`${root}packages/formats/schema/${name}.schema.json`, "utf8"));
    expect(schema).toMatchObject({ $schema: expect.stringContaining("json-schema.org"), type: "object" });
    let groups = 0;
    const visit = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      if ("properties" in value) {
        expect(value).toMatchObject({ additionalProperties: false });
        groups++;
      }
      for (const inner of Object.values(value)) visit(inner);
    };
    visit(schema);
    expect(groups).toBeGreaterThan(10);
    for (const row of keyRows(schema)) expect(row).toMatch(/^\| `[\w.[\]]+` \|.*\| .+ \|$/);
  }
});

test("the complete example of the guide is a machine, as the guide says", () => {
  const text = readFileSync(`${root}docs/configuration-files.md`, "utf8");
  const [, example = ""] = text.match(/```yaml\n([\s\S]*?)```/) ?? [];
  const { errors, warnings, description } = checkConfig(example, "yaml");
  expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
  expect(description?.config.externalMemory.instances).toEqual([
    { capacityMb: 64, bandwidthGbps: 200, latencyCycles: 60 },
    { capacityMb: 1024, bandwidthGbps: 50, latencyCycles: 100 },
  ]);
  expect(description?.config.scratchpads.count).toBe(256);
});

test("a page with other tables is found out", () => {
  const text = readFileSync(`${root}docs/configuration-files.md`, "utf8");
  expect(withTables(text, { presets: "| moons |" })).not.toBe(text);
  expect(() => withTables(text, { moons: "" })).toThrow("no place for the table 'moons'");
});
