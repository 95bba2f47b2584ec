import fc from "fast-check";
import { expect, test } from "vitest";
import { matrixBytes, type NumberFormat, numberFormatNames, numberFormats } from "../number-format/number-format.ts";
import { operandWords } from "../number-format/operand-words.ts";
import { arrayAccesses, peMultiplyAccumulates } from "./array-accesses.ts";
import { arrayCycles } from "./array-cycles.ts";
import { sumUpFormats } from "./format-product.ts";
import { stepPackedProduct } from "./stepped-packed-product.ts";
import { TileBuffers } from "./tile-buffers.ts";

const edge = fc.integer({ min: 1, max: 6 });
const size = fc.integer({ min: 1, max: 17 });

const randomCase = fc.record({
  format: fc.constantFrom(...numberFormatNames.filter((name) => name !== "float32")),
  operandBits: fc.constantFrom(8, 16, 32),
  rows: edge,
  cols: edge,
  dataflow: fc.constantFrom("output_stationary", "weight_stationary", "input_stationary"),
  m: size,
  n: size,
  k: size,
  accumulate: fc.boolean(),
  content: fc.uint8Array({ minLength: 1700, maxLength: 1700 }),
});

function filled(
  format: NumberFormat,
  { m, n, k }: { readonly m: number; readonly n: number; readonly k: number },
  content: Uint8Array,
  accumulate: boolean,
): TileBuffers {
  const buffers = new TileBuffers();
  buffers.a.resize(matrixBytes(format, m, k));
  buffers.b.resize(matrixBytes(format, k, n));
  buffers.sums.resize(4 * m * n);
  buffers.a.bytes.set(content.subarray(0, buffers.a.bytes.length));
  buffers.b.bytes.set(content.subarray(100, 100 + buffers.b.bytes.length));
  if (accumulate) buffers.sums.bytes.set(content.subarray(0, 4 * m * n));
  return buffers;
}

test("an array of words has the bits, cycles, accesses and activity of the closed forms", () => {
  fc.assert(
    fc.property(randomCase, ({ format, operandBits, rows, cols, dataflow, m, n, k, accumulate, content }) => {
      fc.pre(numberFormats[format].bits <= operandBits);
      const product = { m, n, k, format, accumulate, resultFormat: numberFormats[format].accumulator };
      const [stepped, direct] = [
        filled(format, product, content, accumulate),
        filled(format, product, content, accumulate),
      ];
      const shape = { rows, cols, dataflow, systolic: true };
      const outcome = stepPackedProduct(shape, operandBits, product, stepped);
      sumUpFormats(direct.sums, { a: direct.a.bytes, b: direct.b.bytes }, product, direct.sums.bytes);
      expect(stepped.sums.bytes).toEqual(direct.sums.bytes);
      const words = { m, n, k: operandWords(format, operandBits, k), accumulate };
      expect(outcome.cycles).toBe(arrayCycles(shape, m, n, words.k));
      expect(outcome.accesses).toEqual(arrayAccesses(shape, words));
      expect(outcome.activity).toEqual(peMultiplyAccumulates(shape, words));
    }),
    { numRuns: 300 },
  );
});
