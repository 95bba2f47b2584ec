// Reads from a test runner's report how many tests passed, failed and were skipped.
import { existsSync, readFileSync } from "node:fs";

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * Counts of vitest's JSON report; undefined when the runner wrote none.
 * @param {string} file
 * @returns {Counts | undefined}
 */
export function vitestCounts(file) {
  if (!existsSync(file)) return undefined;
  const report = JSON.parse(readFileSync(file, "utf8"));
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * Counts of pytest's JUnit report, which holds one test suite; undefined when the runner wrote none.
 * @param {string} file
 * @returns {Counts | undefined}
 */
export function junitCounts(file) {
  if (!existsSync(file)) return undefined;
  const head = /<testsuite [^>]*>/.exec(readFileSync(file, "utf8"))?.[0] ?? "";
  const count = (/** @type {string} */ key) => Number(new RegExp(` ${key}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const failed = count("failures") + count("errors");
  const skipped = count("skipped");
  return { passed: count("tests") - failed - skipped, failed, skipped };
}

/**
 * What a suite counts as: its report's figures, or itself as one test. A suite that ended badly without a failed test
 * (a crash, a broken configuration) is a failure all the same.
 * @param {boolean} isGood
 * @param {Counts | undefined} reported
 * @returns {Counts}
 */
export function countsOf(isGood, reported) {
  if (reported === undefined) return { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, skipped: 0 };
  return !isGood && reported.failed === 0 ? { ...reported, failed: 1 } : reported;
}

/**
 * The line that ends a run.
 * @param {Counts} sum
 */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
