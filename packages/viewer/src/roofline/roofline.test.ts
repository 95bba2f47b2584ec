import { Machine, tiledMatmul } from "kpu-sim";
import { expect, test } from "vitest";
import { axisOf, decadesOf, roofsOf, shareOf } from "./roofline.ts";

test("roofs are the configured bandwidths of all ports of a level", () => {
  const { report } = tiledMatmul(new Machine({ timingOnly: true }), { m: 64, n: 64, k: 64 });
  const widths = Object.fromEntries(
    roofsOf(report).map(({ level, bytesPerCycle }) => [level, Math.round(bytesPerCycle)]),
  );
  expect(widths).toEqual({ host: 50, external: 200, l3: 1600, l2: 6400, scratchpad: 3200 });
});

test("axes are whole decades that hold all values", () => {
  const axis = axisOf([0.3, 42]);
  expect(decadesOf(axis)).toEqual([0.1, 1, 10, 100]);
  expect([shareOf(axis, 0.1), shareOf(axis, 100)]).toEqual([0, 1]);
  expect(decadesOf(axisOf([5, 5]))).toEqual([1, 10]);
});
