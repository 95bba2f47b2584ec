import { expect } from "vitest";
import type { HazardUnderTest, RegionUnderTest } from "../machine-under-test.ts";
import type { ProgramDriver } from "./driver.ts";
import type { RandomProgram } from "./programs.ts";

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

/** NaN has many bit patterns and the rules name none, so two NaN are equal; all other bytes must be. */
function sameBytes(a: Uint8Array, b: Uint8Array, program: RandomProgram, offset: number): boolean {
  if (a.length !== b.length) {
    return false;
  }
  const [viewA, viewB] = [new DataView(a.buffer, a.byteOffset), new DataView(b.buffer, b.byteOffset)];
  const isNotANumber = (view: DataView, at: number): boolean =>
    at >= 0 && at + 4 <= a.length && Number.isNaN(view.getFloat32(at, true));
  return a.every((byte, index) => {
    if (byte === b[index]) {
      return true;
    }
    const wordStart = index - ((offset + index - program.skew + 4) % 4);
    return program.granule === 4 && isNotANumber(viewA, wordStart) && isNotANumber(viewB, wordStart);
  });
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

function expectSameMemories(
  actual: ProgramDriver,
  expected: ProgramDriver,
  program: RandomProgram,
  when: string,
): void {
  for (const [index, region] of actual.regions.entries()) {
    for (const [offset, count] of windowsOf(region, program.windowBytes)) {
      const [got, wanted] = [region.read(offset, count), expected.regions[index]?.read(offset, count)];
      if (wanted === undefined || !sameBytes(got, wanted, program, offset)) {
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
      // Not-a-number is not zero either.
      const clean = words.every((word) => word === 0);
      expect(clean, `region ${index} between its windows`).toBe(true);
    }
  }
}

export function expectSame(actual: ProgramDriver, expected: ProgramDriver, program: RandomProgram, when: string): void {
  expect(actual.journal, `journal, ${when}`).toEqual(expected.journal);
  expect(actual.state(), `state, ${when}`).toBe(expected.state());
  expect(hazardLines(actual.machine.hazards), `hazards, ${when}`).toEqual(hazardLines(expected.machine.hazards));
  expectSameMemories(actual, expected, program, when);
}
