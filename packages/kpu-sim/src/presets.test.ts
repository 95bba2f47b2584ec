import { expect, test } from "vitest";
import {
  createForMatmul,
  Machine,
  type MachineConfig,
  matrixProduct,
  presetNames,
  presets,
  tiledMatmul,
} from "./index.ts";

function product(config: MachineConfig, m: number, n: number, k: number): void {
  const a = Float32Array.from({ length: m * k }, (_, index) => index % 7);
  const b = Float32Array.from({ length: k * n }, (_, index) => index % 5);
  expect(tiledMatmul(new Machine(config), { m, n, k, a, b }).c).toEqual(matrixProduct(a, b, m, n, k));
}

test.each([...presetNames])("the preset %s runs a product", (name) => {
  product(presets[name].config, 64, 48, 80);
});

test.each([
  [64, 48, 80, 16],
  [1, 1, 1, 16],
  [100, 3, 70, 8],
  [33, 65, 17, 32],
  [5, 7, 3, 1],
])("a machine that is made for a product of %i x %i x %i on an array of side %i runs it", (m, n, k, size) => {
  product(createForMatmul(m, n, k, size).config, m, n, k);
});
