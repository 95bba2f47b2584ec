import { execSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const example = readFileSync(`${root}/examples/typescript/systolic-array.ts`, "utf8");
const page = readFileSync(`${root}/docs/systolic-arrays.md`, "utf8");
const [, shown = "", promised = ""] = /```ts\n(.*?)```\n\n```text\n(.*?)```/s.exec(page) ?? [];

test("the page shows the example as it is, and what it prints", async () => {
  expect(shown).not.toBe("");
  expect(example.endsWith(`\n${shown}`)).toBe(true);
  const lines: unknown[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((line: unknown) => {
    lines.push(line);
  });
  await import("../../examples/typescript/systolic-array.ts");
  log.mockRestore();
  expect(`${lines.join("\n")}\n`).toBe(promised);
});

test("it runs by the command that it gives", () => {
  const command = /^\/\/ {3}(npx .*)$/m.exec(example)?.[1] ?? "the command is missing";
  expect(execSync(command, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })).toBe(promised);
});
