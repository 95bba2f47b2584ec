import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";

const folder = new URL("../.github/workflows/", import.meta.url);
type Step = { readonly uses?: string; readonly run?: string };
type Job = { readonly "runs-on": string; readonly "timeout-minutes": number; readonly steps: readonly Step[] };
type Workflow = {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
};

const workflows = readdirSync(folder).map((name): [string, Workflow] => [
  name,
  parse(readFileSync(new URL(name, folder), "utf8"), { strict: true, uniqueKeys: true }),
]);

test.each(workflows)("%s may only read, ends in time, and uses actions of one version", (_, { permissions, jobs }) => {
  expect(permissions).toEqual({ contents: "read" });
  for (const job of Object.values(jobs)) {
    expect(job["timeout-minutes"]).toBeGreaterThan(0);
    expect(job.steps.length).toBeGreaterThan(1);
    for (const { uses, run } of job.steps) {
      expect([uses === undefined, run === undefined]).toContain(true);
      if (uses !== undefined) expect(uses).toMatch(/^actions\/[a-z-]+@v\d+\.\d+\.\d+$/);
    }
  }
});

test("the workflows run what the README and the package say", () => {
  const text = readFileSync(new URL("test.yml", folder), "utf8");
  const { scripts } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  expect(scripts.test).toBe("node tools/test-all.mjs");
  for (const command of ["npm ci", "npm test", "python test_dma.py"]) expect(text).toContain(`run: ${command}\n`);
});
