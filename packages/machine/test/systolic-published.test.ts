import { expect, test } from "vitest";
import { SteppedArray } from "../src/index.ts";
import { registerTransferLevel, squareProducts } from "./published/figures.ts";

// That the closed forms give the published cycles is in test/validation.
test.each([...registerTransferLevel, ...squareProducts.filter(({ m }) => m <= 32)])(
  "$name, $dataflow: a stepped array takes $cycles cycles, too",
  ({ rows, cols, dataflow, m, n, k, cycles }) => {
    const ones = (count: number): Float32Array => new Float32Array(count).fill(1);
    const array = new SteppedArray({ rows, cols, dataflow }, { m, n, k, a: ones(m * k), b: ones(k * n) });
    expect(array.run()).toBe(cycles);
    expect(array.result.every((value) => value === k)).toBe(true);
  },
);
