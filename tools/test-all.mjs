// Runs every suite and ends with a line "N passed, N failed": node tools/test-all.mjs [--only NAME[,NAME...]] [--list]
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { preparePython, pythonFile } from "./python-environment.mjs";
import { closingLine, countsOf, junitCounts, vitestCounts } from "./test-counts.mjs";

/**
 * A suite runs a command or a function; `counts` reads its report, without it the suite counts as one test.
 * @typedef {{ name: string, run: () => boolean, counts?: () => import("./test-counts.mjs").Counts | undefined }} Suite
 */

const root = fileURLToPath(new URL("..", import.meta.url));
const results = mkdtempSync(join(tmpdir(), "kpu-tests-"));

// A log file is for people and scripts to read: no colour codes in it.
const env = process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: "1" };

/** @type {(file: string, ...args: string[]) => () => boolean} */
const command =
  (file, ...args) =>
  () => {
    const { status, error } = spawnSync(file, args, { cwd: root, env, stdio: "inherit" });
    if (error !== undefined) console.error(error.message);
    return status === 0;
  };

/** @type {(name: string, ...args: string[]) => () => boolean} */
const tool = (name, ...args) => command(join(root, "node_modules", ".bin", name), ...args);

/** @type {(...args: string[]) => () => boolean} */
const python = (...args) => command(pythonFile(root), ...args);

/** @type {(name: string, folder: string) => Suite} */
const pytest = (name, folder) => {
  const report = join(results, `${name}.xml`);
  return {
    name,
    run: python("-m", "pytest", "-q", folder, `--junit-xml=${report}`),
    counts: () => junitCounts(report),
  };
};

const vitestReport = join(results, "vitest.json");

/**
 * In the order in which they run.
 * @type {Suite[]}
 */
const suites = [
  { name: "types", run: tool("tsc", "-b") },
  { name: "biome", run: tool("biome", "ci", ".") },
  { name: "boundaries", run: tool("depcruise", "packages") },
  { name: "knip", run: tool("knip") },
  ...["machine", "formats", "program", "system", "kpu-sim", "cli"].map((name) => ({
    name: `publint-${name}`,
    run: tool("publint", `packages/${name}`, "--strict"),
  })),
  {
    name: "vitest",
    run: tool("vitest", "run", "--reporter=default", "--reporter=json", `--outputFile=${vitestReport}`),
    counts: () => vitestCounts(vitestReport),
  },
  { name: "bundle", run: command(process.execPath, "tools/bundle-engine.mjs") },
  { name: "python-environment", run: makePythonEnvironment },
  { name: "ruff", run: python("-m", "ruff", "check", ".") },
  { name: "ruff-format", run: python("-m", "ruff", "format", "--check", ".") },
  { name: "mypy", run: python("-m", "mypy") },
  { name: "stubtest", run: python("-m", "mypy.stubtest", "stillwater_kpu", "stillwater_toplevel") },
  pytest("pytest", "python/tests"),
  pytest("e2e", "test/e2e"),
];

/**
 * Those that run only when they are named: they take minutes, or need a tool that nobody else does.
 * @type {Suite[]}
 */
const optionalSuites = [{ name: "rtl", run: compareWithVerilog }];

const { values } = parseArgs({ options: { only: { type: "string" }, list: { type: "boolean", default: false } } });
const all = [...suites, ...optionalSuites];
const names = all.map(({ name }) => name);
const wanted = values.only?.split(",") ?? suites.map(({ name }) => name);
const unknown = wanted.filter((name) => !names.includes(name));
if (values.list) {
  console.log(names.join("\n"));
} else if (unknown.length > 0) {
  console.error(`unknown suite ${unknown.join(", ")}; known are ${names.join(", ")}`);
  process.exitCode = 2;
} else {
  process.exitCode = runSuites(all.filter(({ name }) => wanted.includes(name)));
}
rmSync(results, { recursive: true });

/** @param {Suite[]} selected */
function runSuites(selected) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const failedSuites = [];
  for (const suite of selected) {
    console.log(`\n=== ${suite.name} ===`);
    const start = performance.now();
    const counts = countsOf(suite.run(), suite.counts?.());
    sum.passed += counts.passed;
    sum.failed += counts.failed;
    sum.skipped += counts.skipped;
    if (counts.failed > 0) failedSuites.push(suite.name);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`--- ${suite.name}: ${closingLine(counts)} (${seconds} s)`);
  }
  if (failedSuites.length > 0) console.log(`\nfailed: ${failedSuites.join(", ")}`);
  console.log(`\n${closingLine(sum)}`);
  return sum.failed > 0 || sum.passed === 0 ? 1 : 0;
}

/** Arrays in Verilog beside those of the machine (test/rtl), where Verilator is installed. */
function compareWithVerilog() {
  if (spawnSync("verilator", ["--version"]).status !== 0) {
    console.log("skipped: Verilator is not installed");
    return true;
  }
  const bin = join(root, "node_modules", ".bin", "vitest");
  const variables = { ...env, KPU_RTL: "1" };
  return (
    spawnSync(bin, ["run", "test/validation", "-t", "rtl"], { cwd: root, env: variables, stdio: "inherit" }).status ===
    0
  );
}

function makePythonEnvironment() {
  try {
    preparePython(root);
    return true;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return false;
  }
}
