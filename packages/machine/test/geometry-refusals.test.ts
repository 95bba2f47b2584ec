import { describe, expect, it } from "vitest";
import { implementations } from "./implementations.ts";
import type { MachineUnderTest, TransferOrder } from "./machine-under-test.ts";
import type { Layout } from "./reference/layout.ts";

const columns: Layout = { elementBytes: 4, counts: [3, 2], strides: [4, 16] };
const dense: Layout = { elementBytes: 4, counts: [6], strides: [4] };
const scratchpadBytes = 65_536;
/** Where the last element of four bytes may begin. */
const lastElement = scratchpadBytes - 4;

interface Ends {
  readonly source?: Layout;
  readonly destination?: Layout;
  /** Added to the addresses of bank 0 and scratchpad 0. */
  readonly sourceOffset?: number;
  readonly destinationOffset?: number;
}

function orderOf(machine: MachineUnderTest, ends: Ends): TransferOrder {
  const { source = columns, destination = dense, sourceOffset = 0, destinationOffset = 0 } = ends;
  return {
    source: machine.external(0).base + sourceOffset,
    destination: machine.scratchpad(0).base + destinationOffset,
    layout: { source, destination },
  };
}

const huge = 2 ** 40;
const one: Layout = { elementBytes: 4, counts: [1], strides: [4] };
const none: Layout = { elementBytes: 4, counts: [0], strides: [4] };

function ones(length: number): readonly number[] {
  return Array.from({ length }, () => 1);
}

const refused: readonly ({ readonly name: string } & Ends)[] = [
  { name: "unequal numbers of elements", destination: { ...dense, counts: [5] } },
  { name: "as many bytes in unequal elements", destination: { elementBytes: 8, counts: [3], strides: [8] } },
  { name: "no elements of unequal sizes", source: none, destination: { ...none, elementBytes: 8 } },
  { name: "elements against none", destination: none },
  { name: "elements against no starts", destination: { ...dense, starts: [] } },
  { name: "elements of no bytes", source: { ...columns, elementBytes: 0 }, destination: { ...dense, elementBytes: 0 } },
  { name: "a negative count", source: { ...columns, counts: [-3, 2] } },
  { name: "two negative counts", source: { ...columns, counts: [-3, -2] } },
  { name: "a fraction of a count", source: { ...columns, counts: [1.5, 4] } },
  { name: "a negative stride", source: { ...columns, strides: [4, -16] }, sourceOffset: 64 },
  { name: "a fraction of a stride", source: { ...columns, strides: [4, 16.5] } },
  { name: "a negative stride of a dimension of one", source: { ...columns, counts: [6, 1], strides: [4, -4] } },
  { name: "a negative start", source: { ...dense, starts: [-4] }, sourceOffset: 64 },
  { name: "a start that is no number", source: { ...dense, starts: [Number.NaN] } },
  { name: "more counts than strides", source: { ...columns, counts: [3, 2, 1] } },
  { name: "more strides than counts", source: { ...columns, strides: [4, 16, 4] } },
  { name: "no dimension", source: { elementBytes: 4, counts: [], strides: [] }, destination: one },
  { name: "nine dimensions", source: { elementBytes: 4, counts: ones(9), strides: ones(9) }, destination: one },
  { name: "a destination of stride 0", destination: { ...dense, strides: [0] } },
  { name: "a destination that overlaps by one byte", destination: { ...dense, strides: [3] } },
  { name: "a destination whose rows overlap", destination: { elementBytes: 4, counts: [2, 3], strides: [8, 4] } },
  { name: "a destination with one start twice", destination: { ...dense, counts: [3], starts: [24, 24] } },
  { name: "a destination whose starts overlap", destination: { ...dense, counts: [3], starts: [0, 11] } },
  { name: "a source beyond its region", source: { ...columns, strides: [4, 2 ** 30] } },
  { name: "a destination beyond its region", destination: { ...dense, strides: [16_384] } },
  { name: "a start beyond its region", destination: { ...dense, starts: [scratchpadBytes - 20] } },
  { name: "a last byte beyond its region", source: one, destination: one, destinationOffset: lastElement + 1 },
  {
    name: "one element of many in the next region",
    destination: { ...dense, counts: [3], starts: [0, scratchpadBytes] },
  },
  { name: "an address in no region", source: one, destination: one, destinationOffset: 2 * scratchpadBytes },
  { name: "no elements at an address in no region", source: none, destination: none, destinationOffset: huge },
  {
    name: "far too many elements",
    source: { ...dense, counts: [huge], strides: [0] },
    destination: { ...dense, counts: [huge] },
  },
  { name: "far too many dimensions' worth", source: { elementBytes: 4, counts: [huge, huge], strides: [0, 0] } },
];

const accepted: readonly ({ readonly name: string } & Ends)[] = [
  { name: "unlike shapes of as many elements" },
  { name: "a start at the last place", destination: { ...dense, starts: [scratchpadBytes - 24] } },
  { name: "a last byte at the end of its region", source: one, destination: one, destinationOffset: lastElement },
  { name: "eight dimensions", source: { elementBytes: 4, counts: ones(8), strides: ones(8) }, destination: one },
  { name: "any stride of a dimension of one", source: { ...columns, counts: [6, 1], strides: [4, huge] } },
  {
    name: "no elements, wherever they would be",
    source: none,
    destination: { ...none, counts: [0, huge], strides: [huge, 0] },
  },
  {
    name: "no elements, many times nothing",
    source: none,
    destination: { ...none, counts: [huge, 0], strides: [0, 0] },
  },
  { name: "no starts against no elements", source: none, destination: { ...dense, starts: [] } },
  {
    name: "no elements at the last byte of a region",
    source: none,
    destination: none,
    destinationOffset: scratchpadBytes - 1,
  },
  { name: "interleaved rows", destination: { elementBytes: 4, counts: [2, 3], strides: [4, 8] } },
];

/** Neither queued nor numbered: the next work is number 0, as a hazard record shows. */
function expectNothingIssued(machine: MachineUnderTest): void {
  expect([machine.isIdle, machine.dma(0).isBusy, machine.dma(0).queueLength]).toEqual([true, false, 0]);
  for (const id of [0, 1]) {
    machine.dma(id).transfer({ source: machine.external(0).base, destination: machine.scratchpad(0).base, bytes: 4 });
  }
  machine.runUntilIdle();
  expect(machine.hazards.map(({ earlier, later }) => [earlier.sequence, later.sequence])).toEqual([[0, 1]]);
}

describe.each(implementations)("refusals of geometry (rules 26 to 28), $name", ({ create }) => {
  it.each(refused)("refuses $name", (ends) => {
    const machine = create();
    expect(() => machine.dma(0).transfer(orderOf(machine, ends))).toThrow();
    expectNothingIssued(machine);
  });

  it.each(accepted)("takes $name", (ends) => {
    const machine = create();
    machine.dma(0).transfer(orderOf(machine, ends));
    expect(machine.dma(0).queueLength).toBe(1);
    machine.runUntilIdle();
    // At most 24 bytes: one beat.
    expect(machine.cycle).toBe(135);
  });

  it("refuses both a number of bytes and a layout, and neither", () => {
    const machine = create();
    const { source, destination, layout } = orderOf(machine, {});
    expect(() => machine.dma(0).transfer({ source, destination, layout, bytes: 24 })).toThrow();
    expect(() => machine.dma(0).transfer({ source, destination })).toThrow();
    expect(() => machine.dma(0).transfer({ source, destination, layout: undefined, bytes: undefined })).toThrow();
    expectNothingIssued(machine);
    machine.dma(0).transfer({ source, destination, layout, bytes: undefined });
    machine.dma(0).transfer({ source, destination, layout: undefined, bytes: 24 });
    expect(machine.dma(0).queueLength).toBe(2);
  });
});
