import { expect } from "vitest";
import type { HazardUnderTest, RegionUnderTest } from "../machine-under-test.ts";
import type { ProgramDriver } from "./driver.ts";
import type { RandomProgram } from "./program.ts";

/**
 * Records in the order in which their later works started. Within one start the rules give no order, so there the records are sorted.
 */
function hazardLines(hazards: readonly HazardUnderTest[]): readonly (readonly string[])[] {
  const starts: { readonly sequence: number; readonly lines: string[] }[] = [];
  for (const { kind, earlier, later, address, bytes, fromCycle, untilCycle } of hazards) {
    const line = `${kind} ${earlier.unit} #${earlier.sequence} ${later.unit} #${later.sequence} ${address}+${bytes} ${fromCycle}-${untilCycle}`;
    const last = starts.at(-1);
    if (last?.sequence === later.sequence) {
      last.lines.push(line);
    } else {
      starts.push({ sequence: later.sequence, lines: [line] });
    }
  }
  return starts.map(({ lines }) => lines.sort());
}

/** Also of a NaN: a transfer keeps its bits, and a product has only one (rule 32). */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) {
    return false;
  }
  // A plain loop: with a callback for each byte this would be most of a test's time.
  for (let index = 0; index < a.length; index += 1) {
    if (a[index] !== b[index]) {
      return false;
    }
  }
  return true;
}

/** Start and length of the one or two windows of a region. */
function windowsOf(region: RegionUnderTest, windowBytes: number): readonly (readonly [number, number])[] {
  const { capacityBytes } = region;
  if (capacityBytes <= 2 * windowBytes) {
    return [[0, capacityBytes]];
  }
  return [
    [0, windowBytes],
    [capacityBytes - windowBytes, windowBytes],
  ];
}

export function expectSameMemories(
  actual: ProgramDriver,
  expected: ProgramDriver,
  program: RandomProgram,
  when: string,
): void {
  for (const [index, region] of actual.regions.entries()) {
    for (const [offset, count] of windowsOf(region, program.windowBytes)) {
      const [got, wanted] = [region.read(offset, count), expected.regions[index]?.read(offset, count)];
      if (wanted === undefined || !sameBytes(got, wanted)) {
        expect(got, `region ${index} from ${offset}, ${when}`).toEqual(wanted);
      }
    }
  }
}

/** Nothing is ever written between the windows. */
export function expectCleanBetweenWindows(driver: ProgramDriver, { windowBytes }: RandomProgram): void {
  for (const [index, region] of driver.regions.entries()) {
    const between = region.capacityBytes - 2 * windowBytes;
    if (between > 0) {
      const words = new Float64Array(region.read(windowBytes, between).buffer);
      // A plain loop, as above.
      let dirty = 0;
      for (const word of words) {
        dirty += word === 0 ? 0 : 1;
      }
      expect(dirty, `written words of region ${index} between its windows`).toBe(0);
    }
  }
}

export function expectSame(actual: ProgramDriver, expected: ProgramDriver, program: RandomProgram, when: string): void {
  expect(actual.journal, `journal, ${when}`).toEqual(expected.journal);
  expect(actual.state(), `state, ${when}`).toBe(expected.state());
  expect(hazardLines(actual.machine.hazards), `hazards, ${when}`).toEqual(hazardLines(expected.machine.hazards));
  expectSameMemories(actual, expected, program, when);
}
