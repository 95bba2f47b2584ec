import { describe, expect, it } from "vitest";
import { implementations } from "./implementations.ts";
import type { MachineUnderTest } from "./machine-under-test.ts";
import type { Layout, LayoutPair } from "./reference/layout.ts";

/** 0, 1, 2, ... so that a byte tells where it came from. */
function counted(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => index);
}

/** What lies in scratchpad 0 after the layout's transfer from a bank that holds 0, 1, 2, ...; the scratchpad held 99s. */
function arranged(machine: MachineUnderTest, layout: LayoutPair, count: number): readonly number[] {
  const [bank, scratchpad] = [machine.external(0), machine.scratchpad(0)];
  bank.write(0, counted(256));
  scratchpad.write(0, new Uint8Array(256).fill(99));
  machine.dma(0).transfer({ source: bank.base, destination: scratchpad.base, layout });
  machine.runUntilIdle();
  expect(new Set(scratchpad.read(count, 256 - count)), "what no element was written to").toEqual(new Set([99]));
  return [...scratchpad.read(0, count)];
}

function dense(count: number, elementBytes = 1): Layout {
  return { elementBytes, counts: [count], strides: [elementBytes] };
}

interface ArrangedCase {
  readonly name: string;
  readonly layout: LayoutPair;
  readonly becomes: readonly number[];
}

const arrangedCases: readonly ArrangedCase[] = [
  {
    name: "a tile out of a matrix of 10 columns",
    layout: { source: { elementBytes: 1, counts: [2, 3], strides: [10, 1] }, destination: dense(6) },
    becomes: [0, 1, 2, 10, 11, 12],
  },
  {
    name: "a tile into a matrix of 4 columns",
    layout: { source: dense(6), destination: { elementBytes: 1, counts: [2, 3], strides: [4, 1] } },
    becomes: [0, 1, 2, 99, 3, 4, 5],
  },
  {
    name: "a transpose by the source's order",
    layout: { source: { elementBytes: 1, counts: [3, 2], strides: [1, 10] }, destination: dense(6) },
    becomes: [0, 10, 1, 11, 2, 12],
  },
  {
    name: "a transpose by the destination's order",
    layout: {
      source: { elementBytes: 1, counts: [2, 3], strides: [10, 1] },
      destination: { elementBytes: 1, counts: [2, 3], strides: [1, 2] },
    },
    becomes: [0, 10, 1, 11, 2, 12],
  },
  {
    name: "a permutation of three dimensions",
    layout: {
      source: { elementBytes: 1, counts: [2, 2, 3], strides: [100, 10, 1] },
      destination: { elementBytes: 1, counts: [2, 2, 3], strides: [1, 6, 2] },
    },
    becomes: [0, 100, 1, 101, 2, 102, 10, 110, 11, 111, 12, 112],
  },
  {
    name: "elements of three bytes keep their bytes in order",
    layout: { source: { elementBytes: 3, counts: [2, 2], strides: [6, 20] }, destination: dense(4, 3) },
    becomes: [0, 1, 2, 20, 21, 22, 6, 7, 8, 26, 27, 28],
  },
  {
    name: "a broadcast",
    layout: { source: { elementBytes: 2, counts: [2, 3], strides: [4, 0] }, destination: dense(6, 2) },
    becomes: [0, 1, 0, 1, 0, 1, 4, 5, 4, 5, 4, 5],
  },
  {
    name: "overlapping windows of 2 x 2 in a 3 x 3 image",
    layout: { source: { elementBytes: 1, counts: [2, 2, 2, 2], strides: [3, 1, 3, 1] }, destination: dense(16) },
    becomes: [0, 1, 3, 4, 1, 2, 4, 5, 3, 4, 6, 7, 4, 5, 7, 8],
  },
  {
    name: "elements that overlap each other in the source",
    layout: { source: { elementBytes: 4, counts: [3], strides: [1] }, destination: dense(3, 4) },
    becomes: [0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5],
  },
  {
    name: "a gather, one block of it twice",
    layout: {
      source: { elementBytes: 1, counts: [2], strides: [1], starts: [30, 0, 30, 7] },
      destination: dense(8),
    },
    becomes: [30, 31, 0, 1, 30, 31, 7, 8],
  },
  {
    name: "a scatter",
    layout: {
      source: dense(6),
      destination: { elementBytes: 1, counts: [2], strides: [1], starts: [5, 0, 2] },
    },
    becomes: [2, 3, 4, 5, 99, 0, 1],
  },
  {
    name: "a scatter of interleaved columns",
    layout: {
      source: dense(6),
      destination: { elementBytes: 1, counts: [3], strides: [2], starts: [1, 0] },
    },
    becomes: [3, 0, 4, 1, 5, 2],
  },
  {
    name: "unlike shapes of as many elements",
    layout: {
      source: { elementBytes: 1, counts: [6, 1], strides: [2, 77] },
      destination: { elementBytes: 1, counts: [2, 1, 3], strides: [3, 88, 1] },
    },
    becomes: [0, 2, 4, 6, 8, 10],
  },
  {
    name: "eight dimensions",
    layout: {
      source: { elementBytes: 1, counts: [1, 2, 1, 2, 1, 1, 1, 2], strides: [0, 100, 0, 10, 0, 0, 0, 1] },
      destination: { elementBytes: 1, counts: [1, 1, 2, 1, 2, 1, 2, 1], strides: [0, 0, 1, 0, 2, 0, 4, 0] },
    },
    becomes: [0, 100, 10, 110, 1, 101, 11, 111],
  },
];

describe.each(implementations)("geometry (rules 26 to 29), $name", ({ create }) => {
  it.each(arrangedCases)("$name", ({ layout, becomes }) => {
    expect(arranged(create(), layout, becomes.length)).toEqual(becomes);
  });

  it.each(arrangedCases)("$name, functional level, without time", ({ layout, becomes }) => {
    const machine = create({ fidelity: "functional" });
    expect(arranged(machine, layout, becomes.length)).toEqual(becomes);
    expect(machine.cycle).toBe(0);
  });

  it("reads all elements at the start and writes all at the completion", () => {
    const machine = create();
    const [bank, scratchpad] = [machine.external(0), machine.scratchpad(0)];
    const layout = { source: { elementBytes: 1, counts: [3], strides: [4] }, destination: dense(3) };
    machine.dma(0).transfer({ source: bank.base, destination: scratchpad.base, layout });
    bank.write(0, counted(12));
    machine.step();
    bank.write(0, new Uint8Array(12));
    machine.runUntil(134);
    expect([...scratchpad.read(0, 3)]).toEqual([0, 0, 0]);
    machine.step();
    expect([...scratchpad.read(0, 3)]).toEqual([0, 4, 8]);
  });

  it("transposes a matrix in its own place, because it reads all before it writes", () => {
    const machine = create();
    const scratchpad = machine.scratchpad(0);
    scratchpad.write(0, counted(9));
    const layout = {
      source: { elementBytes: 1, counts: [3, 3], strides: [3, 1] },
      destination: { elementBytes: 1, counts: [3, 3], strides: [1, 3] },
    };
    machine.dma(0).transfer({ source: scratchpad.base, destination: scratchpad.base, layout });
    machine.runUntilIdle();
    expect([...scratchpad.read(0, 9)]).toEqual([0, 3, 6, 1, 4, 7, 2, 5, 8]);
    expect(machine.hazards).toEqual([]);
  });

  it("lets the later issued of two scatters that end together win, byte by byte", () => {
    const machine = create();
    const [bank, scratchpad] = [machine.external(0), machine.scratchpad(0)];
    bank.write(0, Uint8Array.of(1, 1, 1, 1, 2, 2, 2, 2));
    const spread = (stride: number): LayoutPair => ({
      source: dense(4),
      destination: { elementBytes: 1, counts: [4], strides: [stride] },
    });
    machine.dma(1).transfer({ source: bank.base, destination: scratchpad.base, layout: spread(1) });
    machine.dma(0).transfer({ source: bank.base + 4, destination: scratchpad.base, layout: spread(2) });
    machine.runUntilIdle();
    expect([...scratchpad.read(0, 7)]).toEqual([2, 1, 2, 1, 2, 0, 2]);
  });

  it("keeps the layout as it was given, whatever happens to the lists afterwards", () => {
    const machine = create();
    const [bank, scratchpad] = [machine.external(0), machine.scratchpad(0)];
    bank.write(0, counted(32));
    const [counts, strides, starts] = [[2], [1], [4, 20]];
    const layout = { source: { elementBytes: 1, counts, strides, starts }, destination: dense(4) };
    machine.dma(0).transfer({ source: bank.base, destination: scratchpad.base, layout });
    counts[0] = 1;
    strides[0] = 3;
    starts[0] = 9;
    machine.runUntilIdle();
    expect([...scratchpad.read(0, 4)]).toEqual([4, 5, 20, 21]);
  });
});
