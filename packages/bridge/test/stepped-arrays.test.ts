import { SteppedArray } from "@kpu-sim/machine";
import { describe, expect, test } from "vitest";
import { mostSteppedElements, tags } from "../src/protocol.ts";
import { converse, jsonOf, type Reply, request } from "./wire.ts";

const [a, b] = [Float32Array.of(1, 2, 3, 4), Float32Array.of(2, 0, 1, 2)];

type Shape = { readonly dataflow?: number; readonly sides?: readonly number[]; readonly start?: Float32Array };

/** Array number 7; `sides` are rows, cols, m, n and k. */
function create({ dataflow = 1, sides = [2, 2, 2, 2, 2], start }: Shape = {}): Uint8Array {
  return request("steppedArray", 0, [
    ["u32", 7],
    ["u8", dataflow],
    ...sides.map((side) => ["f64", side] as const),
    ["u8", start === undefined ? 0 : 1],
    ...[a, b, ...(start === undefined ? [] : [start])].map(({ buffer }) => new Uint8Array(buffer)),
  ]);
}

function step(cycles: number, budgetMs = 1000): Uint8Array {
  return request("stepArray", 0, [
    ["u32", 7],
    ["f64", cycles],
    ["f64", budgetMs],
  ]);
}

function read(content: number): Uint8Array {
  return request("readArray", 0, [
    ["u32", 7],
    ["u8", content],
  ]);
}

function registers(row: number, col: number): Uint8Array {
  return request("arrayRegisters", 0, [
    ["u32", 7],
    ["u32", row],
    ["u32", col],
  ]);
}

function setRegister(which: number, bits: number, flag: number): Uint8Array {
  return request("setArrayRegister", 0, [
    ["u32", 7],
    ["u32", 0],
    ["u32", 0],
    ["u8", which],
    ["f64", bits],
    ["u8", flag],
  ]);
}

const drop = request("dropArray", 0, [["u32", 7]], true);

/** Cycles just now and in all, the fold, the number of folds, whether all is done. */
function progressOf(reply: Reply | undefined): readonly number[] {
  const payload = Uint8Array.from(reply?.payload ?? []);
  return [...new Float64Array(payload.buffer.slice(0, 32)), payload[32] ?? Number.NaN];
}

/** Bits and flags of the registers right, down and sum. */
function registersOf(reply: Reply | undefined): readonly (readonly [number, number])[] {
  const view = new DataView(Uint8Array.from(reply?.payload ?? []).buffer);
  return [0, 5, 10].map((at) => [view.getUint32(at, true), view.getUint8(at + 4)]);
}

describe("a stepped array", () => {
  test("is made, stepped and read; it needs no machine", () => {
    const replies = converse([create(), step(1), step(100), step(5), read(0), read(1), read(2)]);
    expect(replies.map(({ tag }) => tag)).toEqual(replies.map(() => tags.bytes));
    expect(replies.slice(0, 4).map(progressOf)).toEqual([
      [0, 0, 0, 1, 0],
      [1, 1, 0, 1, 0],
      [3, 4, 1, 1, 1],
      [0, 4, 1, 1, 1],
    ]);
    const [result, activity, accesses] = replies.slice(4).map(({ payload }) => Uint8Array.from(payload).buffer);
    expect([...new Float32Array(result ?? new ArrayBuffer(0))]).toEqual([4, 4, 10, 8]);
    expect([...new Uint32Array(activity ?? new ArrayBuffer(0))]).toEqual([2, 2, 2, 2]);
    expect([...new Float64Array(accesses ?? new ArrayBuffer(0))]).toEqual([4, 4, 0, 4]);
  });

  test("starts its sums at given values, in any dataflow", () => {
    for (const dataflow of [1, 2, 3]) {
      const [, , result] = converse([create({ dataflow, start: Float32Array.of(1, 1, 1, 1) }), step(100), read(0)]);
      expect([...new Float32Array(Uint8Array.from(result?.payload ?? []).buffer)]).toEqual([5, 5, 11, 9]);
    }
  });

  test("stops when its time is spent, and says how far it came", () => {
    const [, spent] = converse([create({ sides: [512, 512, 2, 2, 2] }), step(1e9, 0)]);
    expect(progressOf(spent)).toEqual([1, 1, 0, 1, 0]);
  });

  test("shows its registers and takes faults", () => {
    const array = new SteppedArray({ rows: 2, cols: 2, dataflow: "output_stationary" }, { m: 2, n: 2, k: 2, a, b });
    array.step();
    const { right, down, sum } = array.registers(0, 0);
    const [, , before, set, flagged, after] = converse([
      create(),
      step(1),
      registers(0, 0),
      setRegister(0, 0xffffffff, 2),
      setRegister(1, 5, 0),
      registers(0, 0),
    ]);
    expect(registersOf(before)).toEqual([right, down, sum].map(({ bits, valid }) => [bits, Number(valid)]));
    expect([set?.tag, flagged?.tag]).toEqual([tags.none, tags.none]);
    expect(registersOf(after)).toEqual([
      [0xffffffff, 0],
      [5, 1],
      [sum.bits, 1],
    ]);
  });

  test("is there until it is dropped; dropping twice does nothing", () => {
    const replies = converse([create(), drop, drop, step(1)]);
    expect(replies).toHaveLength(2);
    expect(jsonOf(replies[1])).toMatchObject({ code: "KPU_ARGUMENT", message: "there is no stepped array 7" });
  });

  test.each<[Shape, string, string]>([
    [{ dataflow: 0 }, "KPU_ARGUMENT", "unknown dataflow: 0"],
    [{ sides: [2, 2, 2, 2, 3] }, "KPU_DIMENSION", "matrices of 32 bytes; 12 float32 elements were announced"],
    [{ sides: [0, 2, 2, 2, 2] }, "KPU_DIMENSION", "rows must be a whole number from 1"],
    [{ sides: [2 ** 12, 2 ** 12, 2, 2, 2] }, "KPU_SIZE", "at most 4194304 can be stepped"],
    [{ sides: [2, 2, 2 ** 13, 2 ** 13, 1] }, "KPU_SIZE", `more than ${mostSteppedElements} elements together`],
  ])("%j is refused", (shape, code, message) => {
    const [refused, none] = converse([create(shape), step(1)]);
    expect(jsonOf(refused)).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(jsonOf(none)).toMatchObject({ code: "KPU_ARGUMENT" });
  });

  test.each<[string, Uint8Array, string]>([
    ["an element that does not exist", registers(0, 2), "KPU_COMPONENT_ID"],
    ["bits beyond 32", setRegister(2, 2 ** 32, 0), "KPU_ARGUMENT"],
    ["an unknown register", setRegister(3, 0, 0), "KPU_ARGUMENT"],
    ["an unknown content", read(3), "KPU_ARGUMENT"],
    ["a fraction of a cycle", step(0.5), "KPU_SIZE"],
  ])("%s is refused, and the array is as it was", (_, frame, code) => {
    const [, refused, , result] = converse([create(), frame, step(100), read(0)]);
    expect(jsonOf(refused)).toMatchObject({ code });
    expect([...new Float32Array(Uint8Array.from(result?.payload ?? []).buffer)]).toEqual([4, 4, 10, 8]);
  });
});
