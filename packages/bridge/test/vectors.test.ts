import { describe, expect, test } from "vitest";
import { tags } from "../src/protocol.ts";
import { converse, jsonOf, type Reply, request } from "./wire.ts";

const create = request("create", 0, ['{"systolic_array_rows":2,"systolic_array_cols":2}']);
const scratchpad = 4;
const run = request("run", 1, [
  ["u8", 0],
  ["f64", 0],
  ["f64", 1000],
]);

function write(offset: number, ...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return request("write", 1, [["u8", scratchpad], ["u32", 0], ["f64", offset], bytes], true);
}

function read(offset: number, count: number): Uint8Array {
  return request("read", 1, [
    ["u8", scratchpad],
    ["u32", 0],
    ["f64", offset],
    ["f64", 4 * count],
  ]);
}

function valuesOf(reply: Reply | undefined): readonly number[] {
  return [...new Float32Array(Uint8Array.from(reply?.payload ?? []).buffer)];
}

/** An operation of tile 0 on the 2 x 2 matrix at 0, with further operands at 16 and 24 and its result at 64. */
function vector(kind: number, code: number, shape: number, present: number, number: number): Uint8Array {
  return request("vector", 1, [
    ["u32", 0],
    ["u32", 0],
    ...[kind, code, shape, present].map((each) => ["u8", each] as const),
    ...[2, 2, 0, 16, 24, 64, number].map((each) => ["f64", each] as const),
    ["u32", 0],
  ]);
}

describe("vector operations on the wire", () => {
  const result = (operation: Uint8Array): readonly number[] => {
    const replies = converse([create, write(0, 1, 2, 3, 5), write(16, 10, 20), operation, run, read(64, 4)]);
    return valuesOf(replies[3]);
  };

  test.each([
    ["an activation", vector(0, 7, 0, 0, 0.5), [1, 2, 3, 5]],
    ["an activation with a bias", vector(0, 0, 0, 1, 0.5), [11, 22, 13, 25]],
    ["a matrix as operand", vector(1, 0, 0, 0, 0), [11, 22, 3, 5]],
    ["a row as operand", vector(1, 0, 1, 0, 0), [11, 22, 13, 25]],
    ["a column as operand", vector(1, 2, 2, 0, 0), [10, 20, 60, 100]],
    ["a number as operand", vector(1, 3, 3, 0, 2.5), [2.5, 2.5, 3, 5]],
    ["a reduction", vector(2, 1, 0, 0, 0), [3, 8, 0, 0]],
    ["a layernorm with gamma and beta", vector(4, 0, 0, 3, 0), [-10, 20, -10, 20]],
  ])("%s", (_, operation, expected) => {
    expect(result(operation)).toEqual(expected);
  });

  test("formats and scales behind the credits", () => {
    const base = vector(0, 1, 0, 0, 0);
    const ends = request("vector", 1, [
      base.subarray(9),
      ["u8", 0],
      ["u8", 0],
      // int8 to uint8, with a row of factors at 16, a scale of the result and a zero point.
      ["u8", 4],
      ["u8", 6],
      ["u8", 4 + 8 + 16],
      ...[16, 0.5, 3].map((each) => ["f64", each] as const),
    ]);
    const int8 = request("write", 1, [["u8", scratchpad], ["u32", 0], ["f64", 0], Uint8Array.of(1, 254, 100, 7)], true);
    const bytes = request("read", 1, [
      ["u8", scratchpad],
      ["u32", 0],
      ["f64", 64],
      ["f64", 4],
    ]);
    const replies = converse([create, int8, write(16, 2, 0.25), ends, run, bytes]);
    // 1 x 2, -2 x 0.25, 100 x 2, 7 x 0.25; no less than 0, over 0.5, plus 3.
    expect(replies[3]?.payload).toEqual(Uint8Array.of(7, 3, 255, 7));
  });

  test("softmax and rmsnorm", () => {
    expect(result(vector(3, 0, 0, 0, 0))[1]).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
    expect(result(vector(5, 0, 0, 1, 0))[3]).toBeCloseTo((20 * 5) / Math.sqrt(17), 4);
  });

  test("the state of a unit counts its queue, and unknown numbers are refused", () => {
    const state = request("unitState", 1, [
      ["u8", 4],
      ["u32", 0],
    ]);
    const softmax = vector(3, 0, 0, 0, 0);
    const [, , , queue] = converse([create, softmax, softmax, state]);
    const payload = Uint8Array.from(queue?.payload ?? []);
    expect([payload[0], new DataView(payload.buffer).getFloat64(1, true)]).toEqual([1, 2]);
    const wrong = [vector(6, 0, 0, 0, 0), vector(0, 8, 0, 0, 0), vector(1, 4, 0, 0, 0), vector(1, 0, 4, 0, 0)];
    for (const reply of converse([create, ...wrong, vector(2, 3, 0, 0, 0)]).slice(1)) {
      expect(reply.tag).toBe(tags.error);
      expect(jsonOf(reply)).toMatchObject({ code: "KPU_ARGUMENT" });
    }
  });

  test("the end of a product stands before the product, and the ids of its semaphores are not given to others", () => {
    const fused = request("fusedMatmul", 1, [
      ["u8", 1],
      ["u8", 1],
      ...[16, 0, 0, 0, 0].map((each) => ["f64", each] as const),
      ["u32", 0],
      ["u32", 0],
      ...[1, 2, 1, 0, 4, 64].map((each) => ["f64", each] as const),
      ["u32", 0],
    ]);
    const semaphore = request("semaphore", 1, [["f64", 3], ["u8", 0], "one"]);
    const value = request("query", 1, [JSON.stringify({ method: "semaphoreValue", args: { id: 2 } })]);
    const replies = converse([
      create,
      write(0, 1, 2, -50),
      write(16, 10, 20),
      fused,
      semaphore,
      value,
      run,
      read(64, 2),
    ]);
    // The machine made two for the sets of accumulators.
    expect(replies[2]?.payload).toEqual(Uint8Array.of(2, 0, 0, 0));
    expect(jsonOf(replies[3])).toBe(3);
    expect(valuesOf(replies[5])).toEqual([12, 0]);
  });
});
