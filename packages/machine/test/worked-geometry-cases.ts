import type { Layout, LayoutPair } from "./reference/layout.ts";
import type { Place, PlannedTransfer, TransferCase } from "./worked-number-cases.ts";

/** Worked numbers of rules 26 to 31: geometry costs nothing, the stagger of a stream costs a cycle for each further lane. */

const bank0: Place = { kind: "external", id: 0 };
const l3: Place = { kind: "l3", id: 0 };
const l2: Place = { kind: "l2", id: 0 };
const scratchpad0: Place = { kind: "scratchpad", id: 0 };
const scratchpad1: Place = { kind: "scratchpad", id: 1 };

function dense(count: number, elementBytes: number): Layout {
  return { elementBytes, counts: [count], strides: [elementBytes] };
}

/** 16 x 16 float32 out of a row-major matrix of 64 columns. */
const tile: Layout = { elementBytes: 4, counts: [16, 16], strides: [256, 4] };
/** The same 16 x 16 places, column by column, where they lie without gaps. */
const transposed: Layout = { elementBytes: 4, counts: [16, 16], strides: [4, 64] };
const nothing: Layout = { elementBytes: 4, counts: [16, 0, 16], strides: [256, 64, 4] };

/** All 3 x 3 windows of a 6 x 6 float32 image: 4 x 4 windows of 3 x 3 elements. */
const windows: LayoutPair = {
  source: { elementBytes: 4, counts: [4, 4, 3, 3], strides: [24, 4, 24, 4] },
  destination: { elementBytes: 4, counts: [16, 9], strides: [36, 4] },
};

function blockMover(name: string, layout: LayoutPair, cycles: number): TransferCase {
  return {
    name: `block mover L3 to L2, ${name}`,
    config: {},
    transfers: [{ engine: "block mover", id: 0, from: l3, to: l2, layout }],
    completeAt: [cycles],
  };
}

function stream(
  name: string,
  what: Pick<PlannedTransfer, "bytes" | "layout" | "stream" | "staggerLanes">,
  cycles: number,
  config: TransferCase["config"] = {},
): TransferCase {
  const transfer: PlannedTransfer = { engine: "streamer", id: 0, from: l2, to: scratchpad0, ...what };
  return { name: `streamer L2 to S, ${name}`, config, transfers: [transfer], completeAt: [cycles] };
}

// 30 + 16 beats of 64 bytes - 1.
const blocks: readonly TransferCase[] = [
  blockMover("16 x 16 float32 tile of 64 columns", { source: tile, destination: dense(256, 4) }, 45),
  blockMover("the same transposed", { source: tile, destination: transposed }, 45),
  blockMover("1024 elements of 1 B", { source: dense(1024, 1), destination: dense(1024, 1) }, 45),
  blockMover("im2col of 6 x 6 with windows of 3 x 3", windows, 30 + 9 - 1),
  blockMover("no elements", { source: nothing, destination: dense(0, 4) }, 30),
];

/** One float32 of the bank, read 256 times, counts 1024 bytes at the bank's port. */
const repeated: LayoutPair = {
  source: { elementBytes: 4, counts: [256], strides: [0] },
  destination: dense(256, 4),
};

/** Four blocks of 256 bytes from anywhere. */
const gathered: LayoutPair = {
  source: { elementBytes: 1, counts: [256], strides: [1], starts: [4096, 0, 70_000, 0] },
  destination: dense(1024, 1),
};

function everySecond(parity: number): PlannedTransfer {
  const column: Layout = { elementBytes: 4, counts: [256], strides: [8] };
  return {
    engine: "dma",
    id: parity,
    from: { ...bank0, offset: 4 * parity },
    to: { ...scratchpad0, offset: 4 * parity },
    layout: { source: column, destination: column },
  };
}

const dma: readonly TransferCase[] = [
  {
    name: "E to S, four gathered blocks of 256 B",
    config: {},
    transfers: [{ engine: "dma", id: 0, from: bank0, to: scratchpad0, layout: gathered }],
    completeAt: [145],
  },
  {
    name: "E to S, one element 256 times, at 50 GB/s: 135+21-1",
    config: { externalMemory: { bandwidthGbps: 50 } },
    transfers: [{ engine: "dma", id: 0, from: bank0, to: scratchpad0, layout: repeated }],
    completeAt: [155],
  },
  {
    name: "E to S, 101 elements of 1 B: 135+2-1",
    config: {},
    transfers: [
      {
        engine: "dma",
        id: 0,
        from: bank0,
        to: scratchpad0,
        layout: { source: dense(101, 1), destination: dense(101, 1) },
      },
    ],
    completeAt: [136],
  },
  {
    name: "bank 0 to bank 0, transposed: 50 B a cycle, 200+21-1",
    config: {},
    transfers: [
      {
        engine: "dma",
        id: 0,
        from: bank0,
        to: { ...bank0, offset: 65_536 },
        layout: { source: tile, destination: transposed },
      },
    ],
    completeAt: [220],
  },
  {
    name: "E to S, even columns on one engine and odd ones on the other: 134+21",
    config: {},
    transfers: [everySecond(0), everySecond(1)],
    completeAt: [155, 155],
  },
];

const staggers: readonly TransferCase[] = [
  stream("rows of 1024 B on 16 lanes: 15+15+16-1", { bytes: 1024, staggerLanes: 16 }, 45),
  stream("rows of 1024 B on 1 lane: 15+16-1", { bytes: 1024, staggerLanes: 1 }, 30),
  stream("0 B on 16 lanes: 15+15", { bytes: 0, staggerLanes: 16 }, 30),
  stream("no elements on 16 lanes: 15+15", { layout: { source: nothing, destination: nothing }, staggerLanes: 16 }, 30),
  stream(
    "columns of 1024 B on 8 rows, 32 B a cycle: 15+7+32-1",
    { bytes: 1024, stream: "columns", staggerLanes: 8 },
    53,
    { computeTiles: { rows: 8 } },
  ),
  stream(
    "a transposed tile on 16 lanes: 15+15+16-1",
    { layout: { source: tile, destination: transposed }, staggerLanes: 16 },
    45,
  ),
  stream("rows of 1024 B on 16 lanes at 0.9 GHz", { bytes: 1024, staggerLanes: 16 }, 45, { clockGhz: 0.9 }),
  {
    name: "streamer L2 to S, 1024 B on 16 lanes twice, one streamer",
    config: {},
    transfers: [
      { engine: "streamer", id: 0, from: l2, to: scratchpad0, bytes: 1024, staggerLanes: 16 },
      { engine: "streamer", id: 0, from: l2, to: { ...scratchpad0, offset: 1024 }, bytes: 1024, staggerLanes: 16 },
    ],
    completeAt: [45, 90],
  },
  {
    // The plain one has cycles 14 to 28 alone; from 29 on both: 29 to the staggered one, 30 to the last beat of the plain one,
    // 31 to 45 to the rest of the staggered one.
    name: "streamers on one bank of 64 B a cycle, the first on 16 lanes, 1024 B each",
    config: { l2Banks: { bandwidthGbps: 64 } },
    transfers: [
      { engine: "streamer", id: 0, from: l2, to: scratchpad0, bytes: 1024, staggerLanes: 16 },
      { engine: "streamer", id: 1, from: l2, to: scratchpad1, bytes: 1024 },
    ],
    completeAt: [46, 31],
  },
];

export const geometryCases: readonly TransferCase[] = [...blocks, ...dma, ...staggers];
