import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mostLayoutBytes, ProtocolError, tags } from "../src/protocol.ts";
import { converse, jsonOf, type Reply, request } from "./wire.ts";

const create = request("create", 0, ['{"memory_bank_capacity_mb":64}']);
const bank = 0x1_0000_0000;
const l3 = 0x1_8000_0000;
const l3Capacity = 128 * 1024;
const [dma, blockMover, streamer] = [0, 1, 2];

const runUntilIdle = request("run", 1, [
  ["u8", 0],
  ["f64", 0],
  ["f64", 1000],
]);

function register(layout: unknown): Uint8Array {
  return request("layout", 1, [JSON.stringify(layout)]);
}

type Ends = { readonly source?: number; readonly destination?: number; readonly bytes?: number };

function transfer(kind: number, layout: number, lanes = 1, { source = bank, destination = l3, bytes = 0 }: Ends = {}) {
  return request("transfer", 1, [
    ["u8", kind],
    ["u32", 0],
    ["f64", source],
    ["f64", destination],
    ["f64", bytes],
    ["u8", 0],
    ["u32", 0],
    ["u8", 0],
    ["u8", 0],
    ["u32", layout],
    ["f64", lanes],
  ]);
}

function registered(reply: Reply | undefined): readonly number[] {
  const { buffer, byteOffset, byteLength } = Uint8Array.from(reply?.payload ?? []);
  const view = new DataView(buffer, byteOffset, byteLength);
  return [view.getUint32(0, true), ...[4, 12, 20].map((at) => view.getFloat64(at, true))];
}

const end = (count: number, stride: number, starts?: readonly number[]): object => {
  return { elementBytes: 4, counts: [count], strides: [stride], ...(starts && { starts }) };
};

describe("layouts on the wire", () => {
  test.each([
    [{ shape: "tile", rows: 3, cols: 4, sourceRowStride: 64 }, [48, 144, 48]],
    [{ shape: "tile", rows: 3, cols: 4, elementBytes: 1, destinationRowStride: 10 }, [12, 12, 24]],
    [{ shape: "blocks", count: 2, rows: 3, cols: 4, sourceRowStride: 32, sourceBlockStride: 16 }, [96, 96, 96]],
    [{ shape: "transpose", rows: 3, cols: 4, destinationRowStride: 100 }, [48, 48, 312]],
    [{ shape: "blockReshape", rows: 4, cols: 4, destinationBlock: { rows: 2, cols: 2 } }, [64, 64, 64]],
    [{ shape: "permute", counts: [2, 3, 4], order: [2, 0, 1] }, [96, 96, 96]],
    [{ shape: "interleave", sequences: 2, length: 5, elementBytes: 2 }, [20, 20, 20]],
    [{ shape: "im2col", height: 6, width: 6, kernelHeight: 3, kernelWidth: 3 }, [576, 144, 576]],
    [{ shape: "gatherRows", indices: [9, 0, 9], cols: 2, rowStride: 16 }, [24, 152, 24]],
    [{ shape: "scatterRows", indices: [9, 0], cols: 2 }, [16, 16, 80]],
    [{ shape: "broadcastRow", rows: 3, cols: 4 }, [48, 16, 48]],
    [{ shape: "broadcastColumn", rows: 3, cols: 4, sourceRowStride: 8 }, [48, 20, 48]],
    [{ shape: "layout", source: end(3, 0, [8, 100]), destination: end(6, 12) }, [24, 104, 64]],
    [{ shape: "layout", source: end(0, 4, [8]), destination: end(0, 4) }, [0, 0, 0]],
  ])("%j: bytes and extents are those that the machine uses", (layout, numbers) => {
    const [bytes, sourceExtent = 0, destinationExtent = 0] = numbers;
    const last = { source: l3 + l3Capacity - sourceExtent, destination: l3 + 2 * l3Capacity - destinationExtent };
    const inside = bytes === 0 ? { source: l3, destination: l3 } : last;
    const frames = [create, register(layout), transfer(dma, 1, 1, inside)];
    const beyond = [
      transfer(dma, 1, 1, { ...inside, source: last.source + 1 }),
      transfer(dma, 1, 1, { ...inside, destination: last.destination + 1 }),
    ];
    const [, answer, issued, ...refused] = converse([...frames, ...(bytes === 0 ? [] : beyond)]);
    expect(registered(answer)).toEqual([1, ...numbers]);
    expect(issued).toMatchObject({ tag: tags.none, isIdle: false });
    for (const reply of refused) expect(jsonOf(reply)).toMatchObject({ code: "KPU_ADDRESS_RANGE" });
  });

  test("values go where the layout puts them, after a reset as well", () => {
    const data = request("write", 1, [["u8", 1], ["u32", 0], ["f64", 0], Uint8Array.of(1, 2, 3, 4, 5, 6)], true);
    const read = request("read", 1, [
      ["u8", 2],
      ["u32", 0],
      ["f64", 0],
      ["f64", 6],
    ]);
    const round = [data, transfer(dma, 1), runUntilIdle, read];
    const transposed = { shape: "transpose", rows: 2, cols: 3, elementBytes: 1 };
    const replies = converse([create, register(transposed), ...round, request("reset", 1), ...round]);
    expect(replies[4]?.payload).toEqual(Uint8Array.of(1, 4, 2, 5, 3, 6));
    expect(replies[8]?.payload).toEqual(Uint8Array.of(1, 4, 2, 5, 3, 6));
    expect(replies[7]?.cycle).toBe(120);
  });

  test("streams are staggered, with a layout and without", () => {
    const l2 = l3 + 4 * l3Capacity;
    const ends = { source: l2, destination: l2 + 8 * 65536 };
    const tile = register({ shape: "tile", rows: 16, cols: 16, sourceRowStride: 256 });
    expect(converse([create, tile, transfer(streamer, 1, 16, ends), runUntilIdle]).at(-1)?.cycle).toBe(45);
    expect(converse([create, transfer(streamer, 0, 16, { ...ends, bytes: 1024 }), runUntilIdle]).at(-1)?.cycle).toBe(
      45,
    );
  });

  test("forgotten layouts are gone, their numbers are given again, and issued work keeps its own", () => {
    const forget = (number: number): Uint8Array => request("forgetLayout", 1, [["u32", number]], true);
    const tile = (rows: number): Uint8Array => register({ shape: "tile", rows, cols: 256 });
    const replies = converse([
      create,
      tile(1),
      tile(2),
      transfer(dma, 1),
      forget(1),
      forget(1),
      forget(77),
      transfer(dma, 1),
      tile(3),
      tile(4),
      runUntilIdle,
    ]);
    const [, one, two, issued, gone, again, third, done] = replies;
    expect([one, two, again, third].map((reply) => registered(reply)[0])).toEqual([1, 2, 1, 3]);
    expect(issued?.tag).toBe(tags.none);
    expect(jsonOf(gone)).toMatchObject({ code: "KPU_ARGUMENT", message: expect.stringContaining("layout 1") });
    expect(done?.cycle).toBe(120 + 11 - 1);
  });
});

describe("refused layouts", () => {
  test.each([
    [{}, "KPU_ARGUMENT", "unknown shape of a layout: undefined; known are tile, blocks"],
    [{ shape: "toString" }, "KPU_ARGUMENT", 'unknown shape of a layout: "toString"'],
    [{ shape: "__proto__" }, "KPU_ARGUMENT", "unknown shape"],
    [{ shape: ["tile"] }, "KPU_ARGUMENT", "unknown shape"],
    [{ shape: "tile", rows: 3 }, "KPU_ARGUMENT", "cols of the layout 'tile' is missing"],
    [{ shape: "tile", rows: 3, cols: 4, rowStride: 8 }, "KPU_ARGUMENT", "has no field 'rowStride'"],
    [{ shape: "broadcastRow", rows: 3, cols: 4, sourceRowStride: 8 }, "KPU_ARGUMENT", "has no field"],
    [{ shape: "tile", rows: "3", cols: 4 }, "KPU_TYPE", "rows of the layout 'tile' must be a whole number"],
    [{ shape: "tile", rows: 3, cols: null }, "KPU_TYPE", "cols"],
    [{ shape: "tile", rows: 1.5, cols: 4 }, "KPU_GEOMETRY", "from 0 to 2^53 - 1, got 1.5"],
    [{ shape: "tile", rows: -1, cols: 4 }, "KPU_GEOMETRY", "got -1"],
    [{ shape: "tile", rows: 2 ** 53, cols: 4 }, "KPU_GEOMETRY", "got 9007199254740992"],
    [{ shape: "tile", rows: 3, cols: 4, destinationRowStride: 8 }, "KPU_GEOMETRY", "twice"],
    [{ shape: "gatherRows", indices: 3, cols: 4 }, "KPU_TYPE", "must be a list"],
    [{ shape: "gatherRows", indices: { length: 3 }, cols: 4 }, "KPU_TYPE", "must be a list"],
    [{ shape: "gatherRows", indices: [1, "2"], cols: 4 }, "KPU_TYPE", "indices[1]"],
    [{ shape: "gatherRows", indices: [1, -2], cols: 4 }, "KPU_GEOMETRY", "indices[1]"],
    [{ shape: "blockReshape", rows: 4, cols: 4, sourceBlock: [2, 2] }, "KPU_TYPE", "must be an object"],
    [{ shape: "blockReshape", rows: 4, cols: 4, sourceBlock: { rows: 2 } }, "KPU_ARGUMENT", "cols of sourceBlock"],
    [{ shape: "blockReshape", rows: 4, cols: 4, sourceBlock: { rows: 3, cols: 2 } }, "KPU_GEOMETRY", "do not divide"],
    [{ shape: "layout", source: end(3, 4) }, "KPU_ARGUMENT", "destination of the layout 'layout' is missing"],
    [{ shape: "layout", source: end(3, 4), destination: end(4, 4) }, "KPU_GEOMETRY", "both must be equal"],
    [{ shape: "layout", source: end(3, 4), destination: { ...end(3, 4), gap: 1 } }, "KPU_ARGUMENT", "'gap'"],
    [{ shape: "layout", source: end(3, 4), destination: end(3, 2) }, "KPU_GEOMETRY", "twice"],
    [{ shape: "layout", source: end(3, 4), destination: { ...end(3, 4), starts: [0.5] } }, "KPU_GEOMETRY", "starts[0]"],
  ])("%j", (layout, code, message) => {
    const [, refused, next] = converse([create, register(layout), register({ shape: "tile", rows: 1, cols: 1 })]);
    expect(jsonOf(refused)).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(registered(next)[0]).toBe(1);
  });

  test("what is no JSON object, too long a description, and a simulator that does not exist", () => {
    const frames = ["[1]", "tile", "{", "", "3", "null"].map((text) => request("layout", 1, [text]));
    const long = request("layout", 1, [" ".repeat(mostLayoutBytes), "{}"]);
    const [, ...replies] = converse([create, ...frames, long, request("layout", 2, ["{}"]), runUntilIdle], 65536);
    const done = replies.pop();
    for (const reply of replies) expect(reply.tag).toBe(tags.error);
    expect(jsonOf(replies.at(-2))).toMatchObject({ code: "KPU_GEOMETRY", message: expect.stringMatching(/at most/) });
    expect(done).toMatchObject({ tag: tags.bytes, cycle: 0, isIdle: true });
  });

  test("transfers with a layout that is not there, a size as well, lanes that cannot be", () => {
    const tile = register({ shape: "tile", rows: 1, cols: 4 });
    const [, , ...replies] = converse([
      create,
      tile,
      transfer(dma, 2),
      transfer(dma, 1, 1, { bytes: 16 }),
      transfer(dma, 1, 2),
      transfer(blockMover, 0, 2, { bytes: 4 }),
      transfer(streamer, 1, 0),
      transfer(streamer, 1, 1.5),
      transfer(streamer, 1, Number.NaN),
      runUntilIdle,
    ]);
    const done = replies.pop();
    const codes = replies.map((reply) => jsonOf(reply));
    expect(codes).toMatchObject([
      { code: "KPU_ARGUMENT" },
      { code: "KPU_GEOMETRY" },
      { code: "KPU_ARGUMENT", message: expect.stringContaining("stagger") },
      { code: "KPU_ARGUMENT" },
      { code: "KPU_ARGUMENT" },
      { code: "KPU_ARGUMENT" },
      { code: "KPU_ARGUMENT" },
    ]);
    expect(done).toMatchObject({ cycle: 0, isIdle: true });
  });

  test("a frame that ends within its layout or lanes breaks the protocol", () => {
    const whole = transfer(dma, 1);
    for (const missing of [1, 4, 9, 11]) {
      const cut = Uint8Array.from(whole.subarray(0, whole.length - missing));
      new DataView(cut.buffer).setUint32(0, cut.length - 4, true);
      expect(() => converse([create, register({ shape: "tile", rows: 1, cols: 4 }), cut])).toThrow(ProtocolError);
    }
    expect(() => converse([create, request("forgetLayout", 1, [["u8", 1]])])).toThrow(ProtocolError);
  });

  test("whatever JSON comes is answered by a registration or a refusal", () => {
    const number = fc.oneof(fc.integer({ min: -2, max: 9 }), fc.double(), fc.constant("1"), fc.constant(null));
    const value = fc.oneof(number, fc.array(number, { maxLength: 4 }), fc.dictionary(fc.string(), number));
    const names = [
      "rows",
      "cols",
      "counts",
      "order",
      "indices",
      "source",
      "destination",
      "elementBytes",
      "sourceBlock",
    ];
    const layout = fc
      .record({
        shape: fc.constantFrom("tile", "permute", "gatherRows", "layout", "blockReshape", "im2col"),
        fields: fc.dictionary(fc.constantFrom(...names), value),
      })
      .map(({ shape, fields }) => ({ ...fields, shape }));
    fc.assert(
      fc.property(layout, (given) => {
        const [, reply] = converse([create, register(given)], 4096);
        if (reply?.tag === tags.bytes) expect(registered(reply)[0]).toBe(1);
        else expect(jsonOf(reply)).toMatchObject({ code: expect.stringMatching(/^KPU_(ARGUMENT|TYPE|GEOMETRY)$/) });
      }),
      { numRuns: 500 },
    );
  });
});
