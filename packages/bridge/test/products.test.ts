import { describe, expect, test } from "vitest";
import { tags } from "../src/protocol.ts";
import { converse, jsonOf, type Reply, request } from "./wire.ts";

const create = request("create", 0, ['{"systolic_array_rows":2,"systolic_array_cols":2}']);
const host = 0;
const scratchpad = 4;

function query(method: string, args: unknown = {}): Uint8Array {
  return request("query", 1, [JSON.stringify({ method, args })]);
}

function floats(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

function write(kind: number, offset: number, ...values: readonly number[]): Uint8Array {
  return request("write", 1, [["u8", kind], ["u32", 0], ["f64", offset], floats(...values)], true);
}

function read(kind: number, offset: number, count: number): Uint8Array {
  return request("read", 1, [
    ["u8", kind],
    ["u32", 0],
    ["f64", offset],
    ["f64", 4 * count],
  ]);
}

function valuesOf(reply: Reply | undefined): readonly number[] {
  return [...new Float32Array(Uint8Array.from(reply?.payload ?? []).buffer)];
}

const run = request("run", 1, [
  ["u8", 0],
  ["f64", 0],
  ["f64", 1000],
]);

/** A product of 2 x 2 matrices that lie behind each other; `ends` goes behind its callback. */
function matmul(...ends: readonly number[]): Uint8Array {
  return request("matmul", 1, [
    ["u32", 0],
    ["u32", 0],
    ...[2, 2, 2, 0, 16, 32].map((each) => ["f64", each] as const),
    ["u32", 0],
    Uint8Array.from(ends),
  ]);
}

describe("products on a tile", () => {
  const operands = write(scratchpad, 0, 1, 2, 3, 4, 2, 0, 1, 2, 100, 100, 100, 100);
  const after = (...ends: readonly number[]): readonly Reply[] =>
    converse([create, operands, matmul(...ends), run, read(scratchpad, 32, 4), query("peActivity", { tile: 0 })]);

  test("a frame may end before what is left to the machine, or say it", () => {
    const [, , short, product, activity] = after();
    expect(short?.cycle).toBe(4);
    expect(valuesOf(product)).toEqual([4, 4, 10, 8]);
    expect(jsonOf(activity)).toEqual([2, 2, 2, 2]);
    expect(after(0, 0)[2]?.cycle).toBe(4);
  });

  test("it accumulates, in another dataflow, where it is told to", () => {
    const [, , accumulated, product] = after(2, 2);
    expect(accumulated?.cycle).toBe(6);
    expect(valuesOf(product)).toEqual([104, 104, 110, 108]);
  });

  test("an unknown dataflow is refused and nothing is issued", () => {
    const [, refused, idle] = after(0, 4);
    expect(jsonOf(refused)).toMatchObject({ code: "KPU_ARGUMENT", message: "unknown dataflow: 4" });
    expect(idle).toMatchObject({ cycle: 0, isIdle: true });
  });
});

describe("a tiled product", () => {
  const begin = query("beginTiledMatmul", { m: 2, n: 2, k: 2, tileM: 1 });

  test("is begun, its operands are written, it runs, and its report is fetched", () => {
    const replies = converse([
      create,
      begin,
      write(host, 0, 1, 2, 3, 4),
      write(host, 64, 2, 0, 1, 2),
      run,
      query("tiledMatmulProgress"),
      query("finishTiledMatmul"),
      read(host, 128, 4),
    ]);
    const [, begun, , progress, report, product] = replies;
    expect(jsonOf(begun)).toEqual({ places: { a: 0, b: 64, c: 128, parameters: 192 }, steps: 1 });
    expect(begun?.isIdle).toBe(false);
    expect(jsonOf(progress)).toEqual({ steps: 1, done: 1 });
    expect(jsonOf(report)).toMatchObject({ m: 2, tiling: { tileM: 1 }, multiplyAccumulates: 8, hazards: 0 });
    expect(valuesOf(product)).toEqual([4, 4, 10, 8]);
  });

  test.each([
    [{ m: 2, n: 2 }, "KPU_DIMENSION", "k must be a whole number from 1, got NaN"],
    [{ m: 2, n: 2, k: 2, tileM: 0 }, "KPU_DIMENSION", "tile_m must be a whole number from 1, got 0"],
    [{ m: 2, n: 2, k: 2, dmaEngines: 9 }, "KPU_COMPONENT_ID", "dma_engines must be 1 to 2"],
    [{ m: 2, n: 2, k: 2, tiles: "2" }, "KPU_TYPE", "tiles must be a number, got string"],
    [{ m: 2, n: 2, k: 2, dataflow: "none" }, "KPU_ARGUMENT", "dataflow must be one of"],
  ])("%j is refused in the words of the other side, with nothing started", (args, code, message) => {
    const [, refused, idle] = converse([create, query("beginTiledMatmul", args), run]);
    expect(refused?.tag).toBe(tags.error);
    expect(jsonOf(refused)).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(idle).toMatchObject({ cycle: 0, isIdle: true });
  });

  test("is not there to be ended after a reset, and before it was begun", () => {
    const finish = query("finishTiledMatmul");
    const [, early, , , late] = converse([create, finish, begin, request("reset", 1), finish]);
    for (const reply of [early, late]) expect(jsonOf(reply)).toMatchObject({ code: "KPU_ARGUMENT" });
  });
});
