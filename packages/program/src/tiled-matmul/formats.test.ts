import {
  decodeNumbers,
  encodeNumbers,
  isFloatFormat,
  Machine,
  type MachineConfig,
  matrixProduct,
  type NumberFormat,
  numberFormatNames,
  numberFormats,
} from "@kpu-sim/machine";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type TiledMatmulRequest, tiledMatmul } from "./tiled-matmul.ts";

/** Values that each format holds in its own way, rounding and overflow included. */
function operand(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => (((index + seed) * 7919) % 997) / 31 - 16);
}

/** What a format makes of values. */
function held(format: NumberFormat, values: Float32Array): ArrayLike<number> {
  return decodeNumbers(format, encodeNumbers(format, values), values.length);
}

/** The product by plain loops. */
function definedProduct({ m, n, k, a, b, format = "float32" }: Wanted): number[] {
  const [left, right] = [held(format, a), held(format, b)];
  if (isFloatFormat(format)) {
    return [...matrixProduct(Float32Array.from(left), Float32Array.from(right), m, n, k)];
  }
  return Array.from({ length: m * n }, (_, index) => {
    const [row, col] = [Math.floor(index / n), index % n];
    let sum = 0;
    for (let p = 0; p < k; p++) sum = (sum + Math.imul(left[row * k + p] ?? 0, right[p * n + col] ?? 0)) | 0;
    return sum;
  });
}

type Wanted = TiledMatmulRequest & { readonly a: Float32Array; readonly b: Float32Array };

/** Even tiles along the rows of int4 matrices, which begin at whole bytes. */
function withEvenSides<
  T extends { readonly format: NumberFormat; readonly tileN?: number | undefined; readonly tileK?: number | undefined },
>(request: T): T {
  const even = (side: number | undefined): number | undefined => (side === undefined ? undefined : side + (side % 2));
  return request.format === "int4" ? { ...request, tileN: even(request.tileN), tileK: even(request.tileK) } : request;
}

const size = fc.integer({ min: 1, max: 40 });
const side = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined });

test("a tiled product of any format has the values of plain loops, never above its peak", () => {
  fc.assert(
    fc.property(
      fc.record({
        m: size,
        n: size,
        k: size,
        tileM: side,
        tileN: side,
        tileK: side,
        format: fc.constantFrom(...numberFormatNames),
      }),
      fc.constantFrom(8, 16, 32),
      fc.constantFrom("closed_form", "stepped"),
      (request, operandBits, arrayModel) => {
        const { bits } = numberFormats[request.format];
        fc.pre(bits <= operandBits);
        const { m, n, k } = request;
        const wanted = { ...withEvenSides(request), a: operand(m * k, 1), b: operand(k * n, 2) };
        const machine = new Machine({ computeTiles: { rows: 4, cols: 5, operandBits, arrayModel } });
        const { c, report } = tiledMatmul(machine, wanted);
        expect([...c]).toEqual(definedProduct(wanted));
        expect(c instanceof Float32Array).toBe(isFloatFormat(request.format));
        expect(report.peakFlopsPerCycle).toBe(2 * 2 * 4 * 5 * (operandBits / bits));
        expect(report.utilization).toBeLessThanOrEqual(1);
        expect(report.hazards).toBe(0);
      },
    ),
    { numRuns: 60 },
  );
});

test("narrower operands move fewer bytes and take fewer cycles", () => {
  const reports = (["float32", "float16", "int8"] as const).map((format) => {
    const machine = new Machine({ timingOnly: true });
    return tiledMatmul(machine, { m: 256, n: 256, k: 256, tileM: 32, tileN: 32, tileK: 32, format }).report;
  });
  const [wide, half, quarter] = reports.map(({ cycles }) => cycles);
  expect(half).toBeLessThan(wide ?? 0);
  expect(quarter).toBeLessThan(half ?? 0);
  const read = reports.map(({ levels }) => levels.find(({ level }) => level === "l2")?.bytesRead ?? 0);
  const c = 256 * 256 * 4;
  expect(((read[0] ?? 0) - c) / ((read[2] ?? 0) - c)).toBe(4);
});

test.each([
  [{ computeTiles: { operandBits: 16 } }, {}, /operands of 16 bits, and float32 has 32/],
  [{}, { format: "int4", tileK: 1 }, /tileK 1: tiles of int4 begin at whole bytes/],
  [{}, { format: "int8", resultFormat: "int4", scale: 1, tileN: 1 }, /tileN 1: tiles of int4/],
  [{}, { format: "int8", activation: "relu" }, /summed up in int32.*give a scale/],
  [{}, { format: "int8", resultFormat: "int8" }, /give a scale/],
  [{}, { scale: 0 }, /scale must be a positive finite float32, got 0/],
  [{}, { scale: Number.NaN }, /scale must be a positive finite float32, got NaN/],
  [{}, { scale: Float32Array.of(1, -2) }, /scale 1 must be a positive finite float32, got -2/],
  [{}, { scale: Float32Array.of(1, 2, 3) }, /scale must have a number for each of the 2 columns of C, got 3/],
  [{}, { bias: Float32Array.of(1) }, /bias must have a number for each of the 2 columns of C, got 1/],
  [{}, { resultScale: 0.5 }, /a result of float32 has neither/],
  [{}, { resultFormat: "int8", resultScale: -1 }, /resultScale must be a positive finite float32, got -1/],
  [
    {},
    { resultFormat: "uint8", resultZeroPoint: -1 },
    /resultZeroPoint must be a whole number of uint8, 0 to 255, got -1/,
  ],
  [{ timingOnly: true }, { a: undefined, b: undefined, bias: Float32Array.of(1, 2) }, /bias must be true/],
  [{}, { format: "int8", a: Float32Array.of(1, Number.NaN) }, /number 1 is NaN/],
] as const)("refuses %o with %o, and nothing has started", (config: MachineConfig, request, message) => {
  const machine = new Machine(config);
  const before = machine.statistics();
  const a = Float32Array.of(1, 2);
  expect(() => tiledMatmul(machine, { m: 1, n: 2, k: 2, a, b: operand(4, 1), ...request })).toThrow(message);
  expect(machine.isIdle).toBe(true);
  expect(machine.statistics()).toEqual(before);
});
