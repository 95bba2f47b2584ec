import { Machine, tiledMatmul } from "kpu-sim";
import { expect, test } from "vitest";
import { TraceStore } from "../state/trace-store.ts";
import { levelRange } from "./level-range.ts";
import { axisOf, decadesOf, dotsOf, roofsOf, shareOf } from "./roofline.ts";

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

test("the time of a level is from the first work that used it to the last", () => {
  const machine = new Machine({});
  machine.startTrace();
  const [external, l3, l2] = [machine.external(0).base, machine.l3(0).base, machine.l2(0).base];
  machine.runFor(7);
  machine.dma(0).transfer({ source: external, destination: l3, bytes: 100 });
  machine.runUntilIdle();
  const between = machine.cycle;
  machine.dma(0).transfer({ source: l3, destination: l2, bytes: 100 });
  machine.runUntilIdle();
  const origin = machine.traceOrigin();
  const store = new TraceStore(origin.units.length);
  store.append(machine.trace.columns());
  expect(levelRange(store, origin, ["external"])).toEqual({ begin: 7, end: between });
  expect(levelRange(store, origin, ["l3"])).toEqual({ begin: 7, end: machine.cycle });
  expect(levelRange(store, origin, ["l2"])).toEqual({ begin: between, end: machine.cycle });
  expect(levelRange(store, origin, ["external", "l2"])).toEqual({ begin: 7, end: machine.cycle });
  expect(levelRange(store, origin, ["scratchpad"])).toBeUndefined();
});

test("levels of one intensity share a dot", () => {
  const roof = (level: string, intensity: number) => ({ level, intensity, height: 1, bytesPerCycle: 1 });
  expect(dotsOf([roof("host", 4), roof("l3", 2), roof("l2", 2.001)])).toEqual([
    { intensity: 4, levels: ["host"] },
    { intensity: 2, levels: ["l3", "l2"] },
  ]);
});
