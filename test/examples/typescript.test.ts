import { execSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs an example, which is a module that prints, and returns what it printed. */
async function printed(name: string): Promise<string> {
  const lines: unknown[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((...parts: readonly unknown[]) => {
    lines.push(parts.join(" "));
  });
  try {
    await import(`../../examples/typescript/${name}.ts`);
  } finally {
    log.mockRestore();
  }
  return lines.join("\n");
}

test("dma-transfer tells the seed's cycles", async () => {
  const output = await printed("dma-transfer");
  expect(output).toContain("complete at cycle 145");
  expect(output).toContain("all 256 values arrived: true");
});

test.each(["dma-transfer", "described-system", "matmul-pipeline", "stall-reasons"])(
  "%s runs by the command that it gives",
  (name) => {
    const source = readFileSync(`${root}/examples/typescript/${name}.ts`, "utf8");
    const command = /^\/\/ {3}(npx .*)$/m.exec(source)?.[1] ?? "the command is missing";
    expect(execSync(command, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })).toContain("cycle");
  },
);

test("matmul-pipeline overlaps movement and compute, with the right values", async () => {
  const output = await printed("matmul-pipeline");
  const [single = 0, double = 0] = [...output.matchAll(/buffers?: +(\d+) cycles/g)].map(([, cycles]) => Number(cycles));
  expect(double).toBeLessThan(single);
  expect(output).toContain("trace of the last product: 192 (expected 192)");
});

test("stall-reasons prints what the guide says", async () => {
  const guide = readFileSync(`${root}/docs/observing.md`, "utf8");
  const promised = /^```text\n(.*?)^```$/ms.exec(guide)?.[1] ?? "nothing";
  expect(await printed("stall-reasons")).toBe(promised.trimEnd());
});

test("described-system stands in the guide with what it prints", async () => {
  const guide = readFileSync(`${root}/docs/systems.md`, "utf8");
  const source = readFileSync(`${root}/examples/typescript/described-system.ts`, "utf8").replace(/^(\/\/.*\n)+/, "");
  expect(guide).toContain(`\`\`\`ts\n${source}\`\`\`\n\n\`\`\`text\n${await printed("described-system")}\n\`\`\`\n`);
});

test("the page's program writes its results into the page", async () => {
  const output = { textContent: "" };
  vi.stubGlobal("document", { getElementById: () => output });
  await import("../../examples/typescript/browser.ts");
  vi.unstubAllGlobals();
  expect(output.textContent).toContain("1024 bytes arrived at cycle 145: 1, 2, 3");
  expect(output.textContent).toContain("all passed");
});
