import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { closingLine, countsOf, junitCounts, vitestCounts } from "./test-counts.mjs";

const folder = mkdtempSync(join(tmpdir(), "kpu-counts-"));
afterAll(() => rmSync(folder, { recursive: true }));

function report(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe("counts of test reports", () => {
  it("reads vitest's, in which skipped and planned tests stand apart", () => {
    const text = JSON.stringify({ numPassedTests: 7, numFailedTests: 2, numPendingTests: 1, numTodoTests: 3 });
    expect(vitestCounts(report("vitest.json", text))).toEqual({ passed: 7, failed: 2, skipped: 4 });
  });

  it("reads pytest's, in which all tests are counted together and errors apart from failures", () => {
    const head = '<testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1.5">';
    const text = `<?xml version="1.0"?><testsuites name="pytest tests">${head}<testcase name="a"/></testsuite></testsuites>`;
    expect(junitCounts(report("pytest.xml", text))).toEqual({ passed: 4, failed: 3, skipped: 3 });
  });

  it("has no counts when the runner wrote no report", () => {
    expect(vitestCounts(join(folder, "missing"))).toBeUndefined();
    expect(junitCounts(join(folder, "missing"))).toBeUndefined();
  });
});

describe("what a suite counts as", () => {
  it("is one test when it has no report", () => {
    expect(countsOf(true, undefined)).toEqual({ passed: 1, failed: 0, skipped: 0 });
    expect(countsOf(false, undefined)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it("is a failure when the runner ended badly although no test failed", () => {
    expect(countsOf(false, { passed: 5, failed: 0, skipped: 0 })).toEqual({ passed: 5, failed: 1, skipped: 0 });
    expect(countsOf(false, { passed: 5, failed: 3, skipped: 0 }).failed).toBe(3);
  });
});

describe("the closing line", () => {
  it("names skipped tests only when there are some", () => {
    expect(closingLine({ passed: 5, failed: 0, skipped: 0 })).toBe("5 passed, 0 failed");
    expect(closingLine({ passed: 5, failed: 1, skipped: 2 })).toBe("5 passed, 1 failed, 2 skipped");
  });
});
