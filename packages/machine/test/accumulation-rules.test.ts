import { describe, expect, it } from "vitest";
import { implementations } from "./implementations.ts";
import type { MachineUnderTest, RegionUnderTest } from "./machine-under-test.ts";

function writeFloats(region: RegionUnderTest, offset: number, values: readonly number[]): void {
  region.write(offset, new Uint8Array(Float32Array.from(values).buffer));
}

function readFloats(region: RegionUnderTest, offset: number, count: number): readonly number[] {
  return [...new Float32Array(region.read(offset, 4 * count).buffer)];
}

function bitsAt(region: RegionUnderTest, offset: number): number {
  return new DataView(region.read(offset, 4).buffer).getUint32(0, true);
}

/** 2 x 2 by 2 x 2: A at 0, B at 16, C at 32 of scratchpad 0. */
const square = { scratchpad: 0, m: 2, n: 2, k: 2, a: 0, b: 16, c: 32 };
const single = { scratchpad: 0, m: 1, n: 1, k: 1, a: 0, b: 4, c: 8 };
const oddNan = 0xffab_cdef;

function kinds(machine: MachineUnderTest): readonly (readonly unknown[])[] {
  return machine.hazards.map(({ kind, address, bytes }) => [kind, address - machine.scratchpad(0).base, bytes]).sort();
}

function load(machine: MachineUnderTest, offset: number, bytes: number): void {
  const [source, destination] = [machine.external(0).base, machine.scratchpad(0).base + offset];
  machine.dma(0).transfer({ source, destination, bytes });
}

describe.each(implementations)("accumulating products (rule 32), $name", ({ create }) => {
  it("add to what C holds", () => {
    const machine = create();
    const scratchpad = machine.scratchpad(0);
    writeFloats(scratchpad, 0, [1, 2, 3, 4, 5, 6, 7, 8, 100, 200, 300, 400]);
    machine.tile(0).matmul({ ...square, accumulate: true });
    machine.runUntilIdle();
    expect(readFloats(scratchpad, 32, 4)).toEqual([119, 222, 343, 450]);
    machine.tile(0).matmul({ ...square, accumulate: false });
    machine.runUntilIdle();
    expect(readFloats(scratchpad, 32, 4)).toEqual([19, 22, 43, 50]);
  });

  it("begin at C, and do not add it in the end", () => {
    const machine = create();
    const scratchpad = machine.scratchpad(0);
    writeFloats(scratchpad, 0, [1, 1, 1, 1, 2 ** 24]);
    machine.tile(0).matmul({ ...single, k: 2, a: 0, b: 8, c: 16, accumulate: true });
    machine.runUntilIdle();
    // 2^24 + 1 rounds back to 2^24, twice; 2^24 + (1 + 1) would not.
    expect(readFloats(scratchpad, 16, 1)).toEqual([2 ** 24]);
    writeFloats(scratchpad, 0, [-0, 1, -0]);
    machine.tile(0).matmul({ ...single, accumulate: true });
    machine.runUntilIdle();
    expect(bitsAt(scratchpad, 8)).toBe(0x8000_0000);
  });

  it("are the same in pieces along k as in one, in every dataflow", () => {
    const machine = create({ computeTiles: { rows: 2, cols: 2 } });
    const scratchpad = machine.scratchpad(0);
    const [m, n, k] = [3, 2, 10];
    const a = Array.from({ length: m * k }, (_, index) => ((index * 7) % 97) / 7 - 6);
    const b = Array.from({ length: k * n }, (_, index) => ((index * 11) % 89) / 3 - 14);
    writeFloats(scratchpad, 0, a);
    writeFloats(scratchpad, 1024, b);
    machine.tile(0).matmul({ scratchpad: 0, m, n, k, a: 0, b: 1024, c: 2048 });
    machine.runUntilIdle();
    for (const dataflow of ["output_stationary", "weight_stationary", "input_stationary"] as const) {
      for (const [from, to] of [
        [0, 3],
        [3, 10],
      ] as const) {
        const piece = Array.from({ length: m }, (_, row) => a.slice(row * k + from, row * k + to)).flat();
        writeFloats(scratchpad, 4096, piece);
        machine.tile(0).matmul({
          scratchpad: 0,
          m,
          n,
          k: to - from,
          a: 4096,
          b: 1024 + 4 * n * from,
          c: 8192,
          accumulate: from > 0,
          dataflow,
        });
        machine.runUntilIdle();
      }
      expect(scratchpad.read(8192, 4 * m * n), dataflow).toEqual(scratchpad.read(2048, 4 * m * n));
    }
  });

  it("have one NaN, whichever C held before", () => {
    const machine = create();
    const scratchpad = machine.scratchpad(0);
    for (const [before, a, accumulate] of [
      [oddNan, 1, true],
      [0, Number.POSITIVE_INFINITY, true],
      [0, Number.POSITIVE_INFINITY, false],
    ] as const) {
      writeFloats(scratchpad, 0, [a, a === 1 ? 1 : 0]);
      scratchpad.write(8, new Uint8Array(Uint32Array.of(before).buffer));
      machine.tile(0).matmul({ ...single, accumulate });
      machine.runUntilIdle();
      expect(bitsAt(scratchpad, 8)).toBe(0x7fc0_0000);
    }
  });

  it("overwrite a NaN in C where they do not accumulate", () => {
    const machine = create();
    const scratchpad = machine.scratchpad(0);
    writeFloats(scratchpad, 0, [2, 3, Number.NaN]);
    machine.tile(0).matmul(single);
    machine.runUntilIdle();
    expect(readFloats(scratchpad, 8, 1)).toEqual([6]);
  });

  it("read C when they start and write it when they complete", () => {
    const machine = create();
    const scratchpad = machine.scratchpad(0);
    writeFloats(scratchpad, 0, [2, 3, 1]);
    machine.tile(0).matmul({ ...single, accumulate: true });
    writeFloats(scratchpad, 8, [10]);
    machine.step();
    writeFloats(scratchpad, 8, [50]);
    machine.runUntil(30);
    expect(readFloats(scratchpad, 8, 1)).toEqual([50]);
    machine.step();
    expect(readFloats(scratchpad, 8, 1)).toEqual([16]);
  });

  it("may have C in the place of an operand", () => {
    const machine = create();
    const scratchpad = machine.scratchpad(0);
    writeFloats(scratchpad, 0, [5]);
    machine.tile(0).matmul({ ...single, a: 0, b: 0, c: 0, accumulate: true });
    machine.runUntilIdle();
    expect(readFloats(scratchpad, 0, 1)).toEqual([30]);
    expect(machine.hazards).toEqual([]);
  });

  it("conflict with what writes and with what reads C; without accumulation only C's write does", () => {
    const machine = create();
    load(machine, 36, 8);
    machine.tile(0).matmul({ ...square, accumulate: true });
    machine.runUntilIdle();
    expect(kinds(machine)).toEqual([
      ["read-after-write", 36, 8],
      ["write-after-write", 36, 8],
    ]);
    const plain = create();
    load(plain, 36, 8);
    plain.tile(0).matmul(square);
    plain.runUntilIdle();
    expect(kinds(plain)).toEqual([["write-after-write", 36, 8]]);
    const later = create();
    later.tile(0).matmul({ ...square, accumulate: true });
    load(later, 36, 8);
    later.runUntilIdle();
    expect(kinds(later)).toEqual([
      ["write-after-read", 36, 8],
      ["write-after-write", 36, 8],
    ]);
  });

  it("conflict with each other on one C", () => {
    const machine = create();
    machine.tile(0).matmul({ ...square, accumulate: true });
    machine.tile(1).matmul({ ...square, accumulate: true });
    machine.runUntilIdle();
    expect(kinds(machine)).toEqual([
      ["read-after-write", 32, 16],
      ["write-after-read", 32, 16],
      ["write-after-write", 32, 16],
    ]);
  });

  it("follow each other on one tile without hazard, in no time at the functional level", () => {
    const machine = create({ fidelity: "functional" });
    const scratchpad = machine.scratchpad(0);
    writeFloats(scratchpad, 0, [2, 3, 1]);
    for (let round = 0; round < 4; round += 1) {
      machine.tile(0).matmul({ ...single, accumulate: true, queued: true });
    }
    machine.runUntilIdle();
    expect([machine.cycle, machine.hazards, readFloats(scratchpad, 8, 1)]).toEqual([0, [], [25]]);
  });
});
