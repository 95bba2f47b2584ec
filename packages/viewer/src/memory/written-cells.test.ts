import { Machine } from "kpu-sim";
import { expect, test } from "vitest";
import { TraceStore } from "../state/trace-store.ts";
import { writesInto } from "./writes.ts";
import { writtenCells } from "./written-cells.ts";

test("cells are what was written, also where it was what lay there", () => {
  const machine = new Machine();
  machine.startTrace({ addresses: true });
  const { base } = machine.scratchpad(0);
  for (const [offset, bytes] of [
    [24, 16],
    [24, 16],
    [4, 200],
  ] as const) {
    machine.dma(0).transfer({ source: machine.external(0).base, destination: base + offset, bytes });
    machine.runUntilIdle();
  }
  const origin = machine.traceOrigin();
  const store = new TraceStore(origin.units.length, true);
  store.append(machine.trace.columns());
  const region = origin.memories.findIndex(({ name }) => name === "scratchpad 0");
  const { columns } = writesInto(store, region, { begin: 0, end: machine.cycle }, 400);
  // Bytes 16 to 80 in rows of 16: the first transfers cover half of two rows each, the third all of them.
  const { cells, isExact } = writtenCells(store.columns, columns, { offset: 16, bytes: 64 }, 16);
  expect([...cells]).toEqual([128, 128, 0, 0, 128, 128, 0, 0, 255, 255, 255, 255]);
  expect(isExact).toBe(true);
});

test("a transfer that left gaps is not known exactly; nor is a trace without addresses", () => {
  for (const addresses of [true, false]) {
    const machine = new Machine();
    machine.startTrace({ addresses });
    const [source, destination] = [machine.external(0).base, machine.scratchpad(0).base];
    const layout = {
      source: { elementBytes: 4, counts: [2], strides: [4] },
      destination: { elementBytes: 4, counts: [2], strides: [16] },
    };
    machine.dma(0).transfer({ source, destination, layout });
    machine.runUntilIdle();
    const origin = machine.traceOrigin();
    const store = new TraceStore(origin.units.length, addresses);
    store.append(machine.trace.columns());
    const region = origin.memories.findIndex(({ name }) => name === "scratchpad 0");
    const { columns } = writesInto(store, region, { begin: 0, end: machine.cycle }, 400);
    const { cells, isExact } = writtenCells(store.columns, columns, { offset: 0, bytes: 32 }, 16);
    expect([...cells, isExact]).toEqual([0, 0, false]);
  }
});
