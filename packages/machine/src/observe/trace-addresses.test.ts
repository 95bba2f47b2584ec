import { expect, test } from "vitest";
import { Machine } from "../machine.ts";
import { chunkEvents } from "./trace-chunk.ts";

test("a trace with addresses tells where work read and wrote", () => {
  const machine = new Machine();
  machine.startTrace({ addresses: true });
  const [external, scratchpad] = [machine.external(0), machine.scratchpad(0)];
  machine.dma(0).transfer({ source: external.base + 64, destination: scratchpad.base + 4096, bytes: 100 });
  machine.runUntilIdle();
  machine.tile(0).matmul({ scratchpad: 0, m: 2, n: 3, k: 4, a: 128, b: 256, c: 512 });
  machine.runUntilIdle();
  machine.tile(0).matmul({
    scratchpad: 0,
    m: 2,
    n: 3,
    k: 4,
    a: 128,
    b: 256,
    c: 640,
    epilogue: { activation: "relu" },
  });
  machine.runUntilIdle();
  expect([...machine.trace].map(({ places }) => places)).toEqual([
    { sourceOffset: 64, destinationOffset: 4096, writtenExtent: 100 },
    { sourceOffset: 128, destinationOffset: 512, writtenExtent: 24 },
    { sourceOffset: 128, destinationOffset: 640, writtenExtent: 0 },
    { sourceOffset: 640, destinationOffset: 640, writtenExtent: 24 },
  ]);
  expect([...(machine.trace.columns().destinationOffset ?? [])]).toEqual([4096, 512, 640, 640]);
});

test("a strided transfer has the extent of what it wrote, gaps included", () => {
  const machine = new Machine();
  machine.startTrace({ addresses: true });
  machine.dma(0).transfer({
    source: machine.external(0).base,
    destination: machine.scratchpad(0).base + 8,
    layout: {
      source: { elementBytes: 4, counts: [3], strides: [4] },
      destination: { elementBytes: 4, counts: [3], strides: [100] },
    },
  });
  machine.runUntilIdle();
  expect(machine.trace.event(0)).toMatchObject({ bytes: 12, places: { destinationOffset: 8, writtenExtent: 204 } });
});

test("addresses survive checkpoints and cross chunks; without the option there are none, and no room is taken", () => {
  const machine = new Machine();
  machine.startTrace({ addresses: true });
  const { base } = machine.scratchpad(0);
  const move = (count: number): void => {
    for (let index = 0; index < count; index++) {
      machine.dma(0).transfer({ source: machine.external(0).base, destination: base + machine.trace.length, bytes: 1 });
      machine.runUntilIdle();
    }
  };
  move(chunkEvents - 2);
  const checkpoint = machine.checkpoint();
  move(5);
  const whole = machine.trace.columns().destinationOffset;
  expect(whole).toEqual(Float64Array.from({ length: chunkEvents + 3 }, (_, index) => index));
  machine.restore(checkpoint);
  move(5);
  expect(machine.trace.columns().destinationOffset).toEqual(whole);
  const withAddresses = machine.trace.bytesPerEvent;
  machine.startTrace({ mostEvents: 2 });
  move(3);
  expect(machine.trace.event(1).places).toBeUndefined();
  expect(machine.trace.columns().sourceOffset).toBeUndefined();
  expect(withAddresses - machine.trace.bytesPerEvent).toBe(24);
  machine.startTrace({ mostEvents: 2, addresses: true });
  move(3);
  expect([...(machine.trace.columns().destinationOffset ?? [])]).toEqual([0, 1]);
});
