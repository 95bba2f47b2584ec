import { describe, expect, test } from "vitest";
import { Machine } from "../machine.ts";
import * as geometry from "./geometry.ts";
import type { TransferLayout } from "./layout.ts";

function numbers(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => index + 1);
}

/** Moves numbers 1, 2, ... from an L3 tile to an L2 bank by block mover; returns what arrived. */
function moved(layout: TransferLayout, sourceCount: number, destinationCount: number): number[] {
  const machine = new Machine();
  machine.l3(0).writeFloat32(64, numbers(sourceCount));
  const [source, destination] = [machine.l3(0).base + 64, machine.l2(1).base + 128];
  machine.blockMover(0).transfer({ source, destination, layout });
  machine.runUntilIdle();
  return [...machine.l2(1).readFloat32(128, destinationCount)];
}

describe("named shapes of transfers", () => {
  test("tile: a part of a matrix out of a larger one, and into one", () => {
    expect(moved(geometry.tile({ rows: 2, cols: 3, sourceRowStride: 40 }), 20, 6)).toEqual([1, 2, 3, 11, 12, 13]);
    expect(moved(geometry.tile({ rows: 2, cols: 2, destinationRowStride: 12 }), 4, 6)).toEqual([1, 2, 0, 3, 4, 0]);
  });

  test("blocks: several tiles of one row of tiles, packed one behind the other", () => {
    const layout = geometry.blocks({ count: 2, rows: 2, cols: 2, sourceRowStride: 40, sourceBlockStride: 8 });
    expect(moved(layout, 20, 8)).toEqual([1, 2, 11, 12, 3, 4, 13, 14]);
  });

  test("transpose: rows become columns, in matrices of any row stride", () => {
    expect(moved(geometry.transpose({ rows: 2, cols: 3 }), 6, 6)).toEqual([1, 4, 2, 5, 3, 6]);
    const strided = geometry.transpose({ rows: 2, cols: 2, sourceRowStride: 12, destinationRowStride: 16 });
    expect(moved(strided, 6, 6)).toEqual([1, 4, 0, 0, 2, 5]);
  });

  test("blockReshape: the blocks of a tiling follow one another; back again it is the identity", () => {
    const blocks = { rows: 2, cols: 2 };
    const toBlocks = geometry.blockReshape({ rows: 4, cols: 4, destinationBlock: blocks });
    const blocked = moved(toBlocks, 16, 16);
    expect(blocked).toEqual([1, 2, 5, 6, 3, 4, 7, 8, 9, 10, 13, 14, 11, 12, 15, 16]);
    const other = geometry.blockReshape({
      rows: 4,
      cols: 4,
      sourceBlock: blocks,
      destinationBlock: { rows: 1, cols: 4 },
    });
    expect(moved(other, 16, 16)).toEqual([1, 2, 5, 6, 3, 4, 7, 8, 9, 10, 13, 14, 11, 12, 15, 16]);
    expect(() => geometry.blockReshape({ rows: 4, cols: 5, sourceBlock: blocks })).toThrow(
      "blocks of 2 x 2 (sourceBlock) do not divide a matrix of 4 x 5",
    );
  });

  test("permute: axes of an array in another order", () => {
    const source = (i: number, j: number, k: number): number => 1 + i * 12 + j * 4 + k;
    const expected: number[] = [];
    for (let k = 0; k < 4; k++) {
      for (let i = 0; i < 2; i++) for (let j = 0; j < 3; j++) expected.push(source(i, j, k));
    }
    expect(moved(geometry.permute({ counts: [2, 3, 4], order: [2, 0, 1] }), 24, 24)).toEqual(expected);
    expect(() => geometry.permute({ counts: [2, 3], order: [0, 0] })).toThrow("order must name each axis of 2 once");
  });

  test("interleave and its reverse", () => {
    expect(moved(geometry.interleave({ sequences: 2, length: 3 }), 6, 6)).toEqual([1, 4, 2, 5, 3, 6]);
    expect(moved(geometry.interleave({ sequences: 3, length: 2 }), 6, 6)).toEqual([1, 3, 5, 2, 4, 6]);
  });

  test("im2col: windows of an image as rows, channels and stride included", () => {
    const image = (y: number, x: number, c: number): number => 1 + (y * 5 + x) * 2 + c;
    const expected: number[] = [];
    for (const y of [0, 2]) {
      for (const x of [0, 2]) {
        for (let i = 0; i < 2; i++) {
          for (let j = 0; j < 3; j++) for (let c = 0; c < 2; c++) expected.push(image(y + i, x + j, c));
        }
      }
    }
    const layout = geometry.im2col({ height: 4, width: 5, channels: 2, kernelHeight: 2, kernelWidth: 3, stride: 2 });
    expect(moved(layout, 40, expected.length)).toEqual(expected);
    expect(() => geometry.im2col({ height: 2, width: 5, kernelHeight: 3, kernelWidth: 3 })).toThrow(
      "windows of 3 x 3 do not fit into an image of 2 x 5",
    );
  });

  test("gatherRows and scatterRows: rows of a table by number", () => {
    const gathered = geometry.gatherRows({ indices: [3, 0, 3], cols: 2 });
    expect(moved(gathered, 8, 6)).toEqual([7, 8, 1, 2, 7, 8]);
    const scattered = geometry.scatterRows({ indices: [2, 0], cols: 2, rowStride: 12 });
    expect(moved(scattered, 4, 8)).toEqual([3, 4, 0, 0, 0, 0, 1, 2]);
    expect(() => geometry.scatterRows({ indices: [1, 1], cols: 2 })).toThrow("writes some bytes twice");
  });

  test("broadcastRow and broadcastColumn: one row or column fills a matrix", () => {
    expect(moved(geometry.broadcastRow({ rows: 2, cols: 3 }), 3, 6)).toEqual([1, 2, 3, 1, 2, 3]);
    expect(moved(geometry.broadcastColumn({ rows: 2, cols: 3 }), 2, 6)).toEqual([1, 1, 1, 2, 2, 2]);
    expect(moved(geometry.broadcastColumn({ rows: 2, cols: 2, sourceRowStride: 8 }), 3, 4)).toEqual([1, 1, 3, 3]);
  });
});

describe("geometry in time and order", () => {
  test("a shape takes as long as its bytes: 16 x 16 out of 64 columns, 30 + 16 - 1 cycles", () => {
    for (const shape of [geometry.tile, geometry.transpose]) {
      const machine = new Machine();
      const layout = shape({ rows: 16, cols: 16, sourceRowStride: 256 });
      machine.blockMover(0).transfer({ source: machine.l3(0).base, destination: machine.l2(0).base, layout });
      machine.runUntilIdle();
      expect(machine.cycle).toBe(45);
    }
  });

  test("a source overwritten in flight arrives as it was at the start", () => {
    const machine = new Machine();
    machine.l3(0).writeFloat32(0, numbers(8));
    const layout = geometry.transpose({ rows: 2, cols: 4 });
    machine.blockMover(0).transfer({ source: machine.l3(0).base, destination: machine.l2(0).base, layout });
    machine.step(3);
    machine.l3(0).writeFloat32(0, numbers(8).fill(-1));
    machine.runUntilIdle();
    expect([...machine.l2(0).readFloat32(0, 8)]).toEqual([1, 5, 2, 6, 3, 7, 4, 8]);
  });

  test("a matrix is transposed in its place", () => {
    const machine = new Machine();
    machine.l2(0).writeFloat32(0, numbers(9));
    const { base } = machine.l2(0);
    machine.blockMover(0).transfer({
      source: base,
      destination: base,
      layout: geometry.transpose({ rows: 3, cols: 3 }),
    });
    machine.runUntilIdle();
    expect([...machine.l2(0).readFloat32(0, 9)]).toEqual([1, 4, 7, 2, 5, 8, 3, 6, 9]);
    expect(machine.hazards).toEqual([]);
  });

  test("interleaved columns of two engines are no hazard, one column in common is, by its bytes", () => {
    const machine = new Machine();
    const layout = geometry.tile({ rows: 4, cols: 1, destinationRowStride: 8 });
    const { base } = machine.l2(0);
    machine.blockMover(0).transfer({ source: machine.l3(0).base, destination: base, layout });
    machine.blockMover(1).transfer({ source: machine.l3(1).base, destination: base + 4, layout });
    machine.step();
    expect(machine.hazards).toEqual([]);
    machine.blockMover(2).transfer({ source: machine.l3(2).base, destination: base + 8, layout });
    machine.step();
    expect(machine.hazards).toEqual([
      expect.objectContaining({ kind: "write-after-write", address: base + 8, bytes: 12 }),
    ]);
  });

  test("staggered lanes come one cycle after another; only a streamer has lanes", () => {
    const machine = new Machine();
    const [source, destination] = [machine.l2(0).base, machine.scratchpad(0).base];
    machine.streamer(0).transfer({ source, destination, bytes: 1024, staggerLanes: 16 });
    machine.runUntilIdle();
    expect(machine.cycle).toBe(15 + 15 + 16 - 1);
    const stagger = (): void => machine.dma(0).transfer({ source, destination, bytes: 4, staggerLanes: 2 });
    expect(stagger).toThrow("DMA engine 0 cannot stagger its lanes: only streamers do");
    expect(machine.isIdle).toBe(true);
  });
});

describe("refusals leave the machine as it was", () => {
  const element = { elementBytes: 4, counts: [4], strides: [4] };
  test.each([
    ["neither size nor layout", {}, "either its size in bytes or a layout"],
    ["both", { bytes: 4, layout: { source: element, destination: element } }, "not both"],
    [
      "unequal counts",
      { layout: { source: element, destination: { ...element, counts: [5] } } },
      "the source layout has 4 elements and the destination layout 5",
    ],
    [
      "unequal elements",
      { layout: { source: element, destination: { ...element, elementBytes: 8 } } },
      "elements have 4 bytes in the source layout and 8 in the destination layout",
    ],
    [
      "overlapping destination",
      { layout: { source: element, destination: { ...element, strides: [2] } } },
      "writes some bytes twice",
    ],
    [
      "strides for no dimension",
      { layout: { source: element, destination: { ...element, strides: [] } } },
      "the destination layout has 1 counts and 0 strides",
    ],
    [
      "a negative stride",
      { layout: { source: { ...element, strides: [-4] }, destination: element } },
      "strides[0] of the source layout must be a whole number from 0, got -4",
    ],
    [
      "too many pieces",
      { layout: { source: element, destination: { ...element, counts: [2 ** 25], strides: [3] } } },
      "the destination layout consists of 33554432 separate pieces",
    ],
    [
      "leaving the region",
      { layout: { source: { ...element, strides: [50_000] }, destination: element } },
      "source range 0x180000000 + 150004 bytes leaves L3",
    ],
  ])("%s", (_, request, message) => {
    const machine = new Machine();
    const [source, destination] = [machine.l3(0).base, machine.l2(0).base];
    expect(() => machine.blockMover(0).transfer({ source, destination, ...request })).toThrow(message);
    expect(machine.isIdle).toBe(true);
    expect(machine.blockMover(0).queueLength).toBe(0);
  });

  test("what is no layout at all", () => {
    const shapeless: unknown = {};
    // @ts-expect-error: what a caller without types may pass
    expect(() => geometry.custom(shapeless, shapeless)).toThrow("must be lists of numbers");
  });

  test("no elements: legal, takes the latency, touches nothing", () => {
    const machine = new Machine();
    const nothing = { elementBytes: 4, counts: [0, 3], strides: [4, 4] };
    const layout = { source: nothing, destination: nothing };
    machine.blockMover(0).transfer({ source: machine.l3(0).base, destination: machine.l2(0).base, layout });
    machine.runUntilIdle();
    expect(machine.cycle).toBe(30);
  });
});
