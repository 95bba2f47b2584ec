import { describe, expect, it } from "vitest";
import { resolveHardware } from "./hardware.ts";
import { matrixProduct, matrixProductCycles } from "./matrix-product.ts";

function bytesOf(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

function valuesOf(bytes: Uint8Array): readonly number[] {
  return [...new Float32Array(bytes.buffer)];
}

describe("values of a matrix product (rule 22)", () => {
  it("are those of the textbook", () => {
    const product = matrixProduct(bytesOf([1, 2, 3, 4, 5, 6]), bytesOf([7, 8, 9, 10, 11, 12]), 2, 2, 3);
    expect(valuesOf(product)).toEqual([58, 64, 139, 154]);
  });

  it("round every product and every sum to float32, k ascending", () => {
    // 2^24 + 1 rounds back to 2^24 as often as it is added one at a time, and not when the ones come first.
    expect(valuesOf(matrixProduct(bytesOf([2 ** 24, 1, 1]), bytesOf([1, 1, 1]), 1, 1, 3))).toEqual([2 ** 24]);
    expect(valuesOf(matrixProduct(bytesOf([1, 1, 2 ** 24]), bytesOf([1, 1, 1]), 1, 1, 3))).toEqual([2 ** 24 + 2]);
  });

  it("begin at +0", () => {
    expect(valuesOf(matrixProduct(bytesOf([-0]), bytesOf([1]), 1, 1, 1))).toEqual([0]);
  });

  it("begin at C where the product accumulates (rule 32), and not by adding C in the end", () => {
    const [big, ones] = [bytesOf([2 ** 24]), bytesOf([1, 1])];
    expect(valuesOf(matrixProduct(ones, ones, 1, 1, 2, big))).toEqual([2 ** 24]);
    expect(valuesOf(matrixProduct(ones, ones, 1, 1, 2, bytesOf([-5])))).toEqual([-3]);
    // -0 stays: there is no +0 that it is added to.
    expect(valuesOf(matrixProduct(bytesOf([-0]), bytesOf([1]), 1, 1, 1, bytesOf([-0])))).toEqual([-0]);
  });

  it("have one NaN, whatever NaN came in", () => {
    const bitsOf = (bytes: Uint8Array): number => new DataView(bytes.buffer).getUint32(0, true);
    const oddNan = new Uint8Array(Uint32Array.of(0xffab_cdef).buffer);
    const one = bytesOf([1]);
    expect(bitsOf(matrixProduct(one, one, 1, 1, 1, oddNan))).toBe(0x7fc0_0000);
    expect(bitsOf(matrixProduct(oddNan, one, 1, 1, 1))).toBe(0x7fc0_0000);
    expect(bitsOf(matrixProduct(bytesOf([0]), bytesOf([Number.POSITIVE_INFINITY]), 1, 1, 1))).toBe(0x7fc0_0000);
  });
});

describe("cycles of a matrix product", () => {
  it("tell rows from columns", () => {
    const cyclesFor = (dataflow: "output_stationary" | "weight_stationary" | "input_stationary"): number =>
      matrixProductCycles(resolveHardware({ computeTiles: { rows: 4, cols: 2 } }), dataflow, 5, 7, 9);
    expect(cyclesFor("output_stationary")).toBe(2 * 4 * (4 + 2 + 9 - 2));
    expect(cyclesFor("weight_stationary")).toBe(3 * 4 * (8 + 2 + 5 - 2));
    expect(cyclesFor("input_stationary")).toBe(3 * 3 * (8 + 2 + 7 - 2));
  });
});
