// Runs every suite and ends with a line "N passed, N failed": node tools/test-all.mjs [--only NAME[,NAME...]] [--list]
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { preparePython, pythonFile } from "./python-environment.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const results = mkdtempSync(join(tmpdir(), "kpu-tests-"));
const bin = (name) => join(root, "node_modules", ".bin", name);
const python = (...args) => [pythonFile(root), ...args];
const junit = (name) => `--junit-xml=${join(results, `${name}.xml`)}`;
const vitestReport = join(results, "vitest.json");

/** Suites in the order in which they run. `counts` reads how many tests passed; without it a suite counts as one. */
const suites = [
  { name: "types", command: [bin("tsc"), "-b"] },
  { name: "biome", command: [bin("biome"), "ci", "."] },
  { name: "boundaries", command: [bin("depcruise"), "packages"] },
  { name: "knip", command: [bin("knip")] },
  {
    name: "vitest",
    command: [bin("vitest"), "run", "--reporter=default", "--reporter=json", `--outputFile=${vitestReport}`],
    counts: vitestCounts,
  },
  { name: "bundle", command: [process.execPath, "tools/bundle-engine.mjs"] },
  { name: "python-environment", run: () => preparePython(root) },
  { name: "ruff", command: python("-m", "ruff", "check", ".") },
  { name: "ruff-format", command: python("-m", "ruff", "format", "--check", ".") },
  { name: "mypy", command: python("-m", "mypy") },
  { name: "stubtest", command: python("-m", "mypy.stubtest", "stillwater_kpu", "stillwater_toplevel") },
  {
    name: "pytest",
    command: python("-m", "pytest", "-q", "python/tests", junit("pytest")),
    counts: junitCounts("pytest"),
  },
  { name: "e2e", command: python("-m", "pytest", "-q", "test/e2e", junit("e2e")), counts: junitCounts("e2e") },
];

const { values } = parseArgs({ options: { only: { type: "string" }, list: { type: "boolean", default: false } } });
const wanted = values.only?.split(",");
if (values.list) {
  console.log(suites.map(({ name }) => name).join("\n"));
  process.exit(0);
}
const unknown = wanted?.filter((name) => suites.every((suite) => suite.name !== name)) ?? [];
if (unknown.length > 0) {
  console.error(`unknown suite ${unknown.join(", ")}; known are ${suites.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const sum = { passed: 0, failed: 0, skipped: 0 };
const failedSuites = [];
for (const suite of suites) {
  if (wanted !== undefined && !wanted.includes(suite.name)) continue;
  console.log(`\n=== ${suite.name} ===`);
  const start = performance.now();
  const isGood = suite.run === undefined ? runCommand(suite.command) : attempt(suite.run);
  const counts = suite.counts?.() ?? { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, skipped: 0 };
  // A suite that ended badly without a failed test (a crash, a broken configuration) is a failure all the same.
  if (!isGood && counts.failed === 0) counts.failed = 1;
  for (const key of Object.keys(sum)) sum[key] += counts[key];
  if (counts.failed > 0) failedSuites.push(suite.name);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`--- ${suite.name}: ${counts.passed} passed, ${counts.failed} failed, ${seconds} s`);
}
rmSync(results, { recursive: true });
if (failedSuites.length > 0) console.log(`\nfailed: ${failedSuites.join(", ")}`);
console.log(`\n${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ""}`);
process.exit(sum.failed > 0 || sum.passed === 0 ? 1 : 0);

function runCommand([file, ...args]) {
  const { status, error } = spawnSync(file, args, { cwd: root, stdio: "inherit" });
  if (error !== undefined) console.error(error.message);
  return status === 0;
}

function attempt(run) {
  try {
    run();
    return true;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return false;
  }
}

function vitestCounts() {
  if (!existsSync(vitestReport)) return undefined;
  const report = JSON.parse(readFileSync(vitestReport, "utf8"));
  return { passed: report.numPassedTests, failed: report.numFailedTests, skipped: report.numPendingTests };
}

/** Reads the totals in the head of a JUnit report; pytest writes one test suite into it. */
function junitCounts(name) {
  return () => {
    const file = join(results, `${name}.xml`);
    if (!existsSync(file)) return undefined;
    const head = /<testsuite [^>]*>/.exec(readFileSync(file, "utf8"))?.[0] ?? "";
    const count = (key) => Number(new RegExp(` ${key}="(\\d+)"`).exec(head)?.[1] ?? 0);
    const failed = count("failures") + count("errors");
    return { passed: count("tests") - failed - count("skipped"), failed, skipped: count("skipped") };
  };
}
