import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  arrayAccesses,
  arrayCycles,
  decodeNumbers,
  encodeNumbers,
  isFloatFormat,
  Machine,
  matrixBytes,
  type NumberFormat,
  numberFormatNames,
  numberFormats,
} from "../src/index.ts";
import { fuzzParameters, fuzzTimeoutMs } from "./random/runs.ts";
import { dataflows } from "./systolic-shapes.ts";

/** The values of a matrix whose rows begin at whole bytes. */
function valuesOf(format: NumberFormat, bytes: Uint8Array, rows: number, cols: number): number[][] {
  const rowBytes = matrixBytes(format, 1, cols);
  return Array.from({ length: rows }, (_, row) =>
    Array.from(decodeNumbers(format, bytes.subarray(row * rowBytes, (row + 1) * rowBytes), cols)),
  );
}

/** A matrix in a format; NaNs as they are written, since their bits are part of the result. */
function bytesOf(format: NumberFormat, rows: readonly (readonly number[])[]): number[] {
  return rows.flatMap((row) => Array.from(encodeNumbers(format, isFloatFormat(format) ? Float32Array.from(row) : row)));
}

/** C += A B as docs/number-formats.md defines it, from the bytes of the operands, with plain loops. */
function definedProduct(
  formats: { readonly format: NumberFormat; readonly result: NumberFormat },
  { m, n, k }: { readonly m: number; readonly n: number; readonly k: number },
  a: Uint8Array,
  b: Uint8Array,
  c: Uint8Array | undefined,
): number[] {
  const [left, right] = [valuesOf(formats.format, a, m, k), valuesOf(formats.format, b, k, n)];
  const start = c === undefined ? undefined : valuesOf(formats.result, c, m, n);
  const isFloat = isFloatFormat(formats.format);
  const sums = Array.from({ length: m }, (_, i) =>
    Array.from({ length: n }, (__, j) => {
      let sum = start?.[i]?.[j] ?? 0;
      for (let p = 0; p < k; p++) {
        const [x, y] = [left[i]?.[p] ?? 0, right[p]?.[j] ?? 0];
        sum = isFloat ? Math.fround(sum + Math.fround(x * y)) : (sum + Math.imul(x, y)) | 0;
      }
      // A NaN leaves the array with one pattern.
      return Number.isNaN(sum) ? Number.NaN : sum;
    }),
  );
  return bytesOf(formats.result, sums);
}

const edge = fc.integer({ min: 1, max: 5 });
const size = fc.integer({ min: 1, max: 20 });
const anyBytes = fc.uint8Array({ minLength: 1700, maxLength: 1700 });

const randomCase = fc.record({
  format: fc.constantFrom(...numberFormatNames),
  result: fc.constantFrom(undefined, ...numberFormatNames),
  operandBits: fc.constantFrom(8, 16, 32),
  rows: edge,
  cols: edge,
  dataflow: fc.constantFrom(...dataflows),
  systolic: fc.boolean(),
  m: size,
  n: size,
  k: size,
  accumulate: fc.boolean(),
  a: anyBytes,
  b: anyBytes,
  c: anyBytes,
});

describe("products of every format", () => {
  test(
    "have the defined values, cycles and accesses with either array model",
    () => {
      fc.assert(
        fc.property(randomCase, (drawn) => {
          const { format, operandBits, rows, cols, dataflow, systolic, m, n, k, accumulate, a, b, c } = drawn;
          const { bits, accumulator } = numberFormats[format];
          fc.pre(bits <= operandBits);
          const sameKind = drawn.result === undefined || isFloatFormat(drawn.result) === isFloatFormat(format);
          const result = sameKind ? (drawn.result ?? accumulator) : accumulator;
          const [placeA, placeB, placeC] = [3, 3 + 1700, 3 + 3400];
          const [bytesA, bytesB] = [matrixBytes(format, m, k), matrixBytes(format, k, n)];
          const bytesC = matrixBytes(result, m, n);
          const expected = definedProduct({ format, result }, { m, n, k }, a, b, accumulate ? c : undefined);
          const shape = { rows, cols, dataflow, systolic };
          const words = Math.ceil((k * bits) / operandBits);
          for (const arrayModel of ["closed_form", "stepped"] as const) {
            const machine = new Machine({ computeTiles: { ...shape, arrayModel, operandBits } });
            const memory = machine.scratchpad(0);
            memory.write(placeA, a.subarray(0, bytesA));
            memory.write(placeB, b.subarray(0, bytesB));
            memory.write(placeC, c);
            const places = { scratchpad: 0, m, n, k, a: placeA, b: placeB, c: placeC };
            machine
              .tile(0)
              .matmul({ ...places, format, resultFormat: sameKind ? drawn.result : undefined, accumulate });
            machine.runUntilIdle();
            expect(Array.from(memory.read(placeC, bytesC))).toEqual(expected);
            // What lies behind C stays as it was.
            expect(Array.from(memory.read(placeC + bytesC, 8))).toEqual(Array.from(c.subarray(bytesC, bytesC + 8)));
            expect(machine.cycle).toBe(arrayCycles(shape, m, n, words));
            const tile = machine.statistics().tile[0] ?? {};
            expect(tile).toMatchObject(arrayAccesses(shape, { m, n, k: words, accumulate }));
            expect(tile["multiplyAccumulates"]).toBe(m * n * k);
            expect(tile["arrayEfficiency"]).toBeLessThanOrEqual(1);
            const moved = machine.statistics().scratchpad[0] ?? {};
            expect(moved["bytesRead"]).toBe(bytesA + bytesB + (accumulate ? bytesC : 0));
            expect(moved["bytesWritten"]).toBe(bytesC);
          }
        }),
        fuzzParameters(300),
      );
    },
    fuzzTimeoutMs,
  );

  test("survive a checkpoint between start and end, and are in a trace with their bytes", () => {
    const machine = new Machine({ computeTiles: { operandBits: 16 } });
    const memory = machine.scratchpad(0);
    memory.write(0, encodeNumbers("bfloat16", [1, 2, 3, 4]));
    machine.startTrace();
    machine.tile(0).matmul({ scratchpad: 0, m: 2, n: 2, k: 2, a: 0, b: 0, c: 64, format: "bfloat16" });
    machine.step();
    const checkpoint = machine.checkpoint();
    machine.runUntilIdle();
    expect(Array.from(memory.readFloat32(64, 4))).toEqual([7, 10, 15, 22]);
    memory.clear();
    machine.restore(checkpoint);
    machine.runUntilIdle();
    expect(Array.from(memory.readFloat32(64, 4))).toEqual([7, 10, 15, 22]);
    expect(machine.trace.event(0).bytes).toBe(8 + 8 + 16);
  });

  test("are refused where they do not fit, with nothing started", () => {
    const machine = new Machine({ computeTiles: { operandBits: 8 } });
    const tile = machine.tile(0);
    const places = { scratchpad: 0, m: 2, n: 2, k: 2, a: 0, b: 16, c: 32 };
    expect(() => tile.matmul(places)).toThrow(/operands of 8 bits, and float32 has 32: set operand_bits to 32/);
    expect(() => tile.matmul({ ...places, format: "int8", resultFormat: "float16" })).toThrow(/summed up in int32/);
    const end = machine.scratchpad(0).capacityBytes;
    expect(() => tile.matmul({ ...places, format: "int4", a: end - 1 })).toThrow(/2 x 2 int4, 2 bytes/);
    const unknown: unknown = JSON.parse('{"format": "int9"}');
    expect(() => Reflect.apply(tile.matmul, tile, [Object.assign({}, places, unknown)])).toThrow(/nearest is 'int8'/);
    expect(tile.isBusy).toBe(false);
    tile.matmul({ ...places, format: "int4", a: end - 2 });
    expect(tile.isBusy).toBe(true);
  });

  test("a machine's operands have 8, 16 or 32 bits, and streamers move as wide ones", () => {
    expect(() => new Machine({ computeTiles: { operandBits: 12 } })).toThrow(
      /operand_bits must be 8, 16 or 32, got 12/,
    );
    const cyclesOf = (operandBits: number): number => {
      const machine = new Machine({
        computeTiles: { operandBits },
        l2Banks: { latencyCycles: 0 },
        scratchpads: { latencyCycles: 0 },
      });
      machine
        .streamer(0)
        .transfer({ source: machine.l2(0).base, destination: machine.scratchpad(0).base, bytes: 1024 });
      machine.runUntilIdle();
      return machine.cycle;
    };
    // 16 columns of 4, 2 and 1 bytes a cycle.
    expect([cyclesOf(32), cyclesOf(16), cyclesOf(8)]).toEqual([16, 32, 64]);
  });
});

test("memories read and write numbers of every format", () => {
  const machine = new Machine();
  const memory = machine.external(0);
  for (const [place, format] of numberFormatNames.entries()) {
    memory.writeValues(format, 101 + 32 * place, [0, 1, 2, 3, 5]);
    expect(Array.from(memory.readValues(format, 101 + 32 * place, 5))).toEqual([0, 1, 2, 3, 5]);
  }
  memory.writeValues("uint8", 0, [300, 1, 2], "saturate");
  expect(Array.from(memory.readValues("uint8", 0, 3))).toEqual([255, 1, 2]);
  expect(() => memory.writeValues("uint8", 0, [7, 300], "raise")).toThrow(/number 1 is 300/);
  expect(Array.from(memory.read(0, 2))).toEqual([255, 1]);
  expect(() => memory.writeValues("int4", memory.capacityBytes - 1, [1, 2, 3])).toThrow(/2 bytes/);
  expect(() => memory.readValues("float16", memory.capacityBytes - 2, 2)).toThrow(/4 bytes/);
});
