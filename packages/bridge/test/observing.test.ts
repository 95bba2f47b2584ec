import { traceOperations } from "@kpu-sim/machine";
import { describe, expect, test } from "vitest";
import { tags } from "../src/protocol.ts";
import { converse, jsonOf, type Reply, request } from "./wire.ts";

const create = request("create", 0, ['{"memory_bank_capacity_mb":64}']);
const runUntilIdle = request("run", 1, [
  ["u8", 0],
  ["f64", 0],
  ["f64", 1000],
]);
const returned = request("return", 0, [["u8", 0]]);

function transfer(bytes: number, callback = 0): Uint8Array {
  return request("transfer", 1, [
    ["u8", 0],
    ["u32", 0],
    ["f64", 0x1_0000_0000],
    ["f64", 0x1_8010_0000],
    ["f64", bytes],
    ["u8", 0],
    ["u32", callback],
  ]);
}

function runTo(cycle: number): Uint8Array {
  return request("run", 1, [
    ["u8", 1],
    ["f64", cycle],
    ["f64", 1000],
  ]);
}

function numbered(
  operation: "openTrace" | "closeTrace" | "checkpoint" | "restore" | "dropCheckpoint",
  number: number,
  posted = false,
): Uint8Array {
  return request(operation, 1, [["u32", number]], posted);
}

function amount(operation: "startTrace" | "startHistory" | "rewind", value: number): Uint8Array {
  return request(operation, 1, [["f64", value]]);
}

function query(method: string): Uint8Array {
  return request("query", 1, [JSON.stringify({ method, args: {} })]);
}

function readColumn(trace: number, column: number, first: number, count: number): Uint8Array {
  return request("readTrace", 1, [
    ["u32", trace],
    ["u8", column],
    ["f64", first],
    ["f64", count],
  ]);
}

function errorOf(reply: Reply | undefined): unknown {
  expect(reply?.tag).toBe(tags.error);
  return jsonOf(reply);
}

describe("traces on the wire", () => {
  test("columns come as integers of 64, 32 and 8 bits, in any part", () => {
    const later = 2 ** 33 + 7;
    const replies = converse([
      create,
      amount("startTrace", 100),
      transfer(4),
      runTo(later),
      transfer(1024),
      runUntilIdle,
      numbered("openTrace", 5),
      readColumn(5, 4, 0, 2),
      readColumn(5, 4, 1, 1),
      readColumn(5, 2, 0, 2),
      readColumn(5, 7, 0, 2),
    ]);
    const [opened, ends, last, destinations, operations] = replies.slice(6);
    expect(jsonOf(opened)).toMatchObject({
      length: 2,
      dropped: 0,
      mostEvents: 100,
      operations: [...traceOperations],
      causes: ["none", "data", "space"],
    });
    const wide = new DataView(Uint8Array.from(ends?.payload ?? []).buffer);
    expect([wide.getBigInt64(0, true), wide.getBigInt64(8, true)]).toEqual([135n, BigInt(later) + 145n]);
    expect(last?.payload).toEqual(ends?.payload.subarray(8));
    expect(destinations?.payload.length).toBe(8);
    expect(destinations?.payload[0]).toBe(destinations?.payload[4]);
    expect(operations?.payload).toEqual(Uint8Array.of(0, 0));
  });

  test("an open trace stays as it was, and is gone when it is closed", () => {
    const replies = converse([
      create,
      amount("startTrace", 100),
      transfer(4),
      runUntilIdle,
      numbered("openTrace", 1),
      amount("startTrace", 100),
      readColumn(1, 6, 0, 1),
      numbered("closeTrace", 1, true),
      query("kept"),
      readColumn(1, 6, 0, 1),
    ]);
    const [bytes, kept, closed] = replies.slice(6);
    expect(bytes?.payload).toEqual(Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0));
    expect(jsonOf(kept)).toBe(0);
    expect(errorOf(closed)).toMatchObject({ code: "KPU_ARGUMENT", message: "there is no column 6 of a trace 1" });
  });

  test.each([
    ["a column that does not exist", readColumn(1, 11, 0, 1)],
    ["more than there is", readColumn(1, 0, 0, 2)],
    ["a negative place", readColumn(1, 0, -1, 1)],
    ["a negative count", readColumn(1, 0, 1, -1)],
    ["no number", readColumn(1, 0, Number.NaN, 1)],
  ])("refuses %s", (_, frame) => {
    const start = [create, amount("startTrace", 9), transfer(4), runUntilIdle, numbered("openTrace", 1)];
    expect(errorOf(converse([...start, frame]).at(-1))).toMatchObject({ code: "KPU_ARGUMENT" });
  });

  test("questions: whether it runs, and what is wrong with it", () => {
    const frames = [
      create,
      query("isTracing"),
      amount("startTrace", 9),
      query("isTracing"),
      request("stopTrace", 1),
      query("isTracing"),
      query("traceProblems"),
    ];
    const replies = converse(frames);
    expect([1, 3, 5, 6].map((place) => jsonOf(replies[place]))).toEqual([false, true, false, []]);
  });

  test("without a simulator, refuses to read", () => {
    expect(errorOf(converse([numbered("openTrace", 1)])[0])).toMatchObject({ message: "no simulator with handle 1" });
  });
});

describe("checkpoints on the wire", () => {
  test("a restore brings back the state, and the upcall of what was pending comes again", () => {
    const replies = converse([
      create,
      transfer(0, 9),
      numbered("checkpoint", 3),
      runUntilIdle,
      returned,
      numbered("restore", 3),
      runUntilIdle,
      returned,
    ]);
    expect(replies.map(({ tag, cycle }) => [tag, cycle])).toEqual([
      [tags.json, 0],
      [tags.none, 0],
      [tags.none, 0],
      [tags.upcall, 135],
      [tags.bytes, 135],
      [tags.none, 0],
      [tags.upcall, 135],
      [tags.bytes, 135],
    ]);
    expect(replies[5]).toMatchObject({ horizon: 135, isIdle: false });
    expect(replies[6]?.payload[0]).toBe(9);
  });

  test("what is dropped is gone; dropping it again does nothing", () => {
    const drop = numbered("dropCheckpoint", 3, true);
    const [, , kept, none, refused] = converse([
      create,
      numbered("checkpoint", 3),
      query("kept"),
      drop,
      drop,
      query("kept"),
      numbered("restore", 3),
    ]);
    expect([jsonOf(kept), jsonOf(none)]).toEqual([1, 0]);
    expect(errorOf(refused)).toMatchObject({ code: "KPU_ARGUMENT", message: "there is no checkpoint 3" });
  });

  test("inside a callback both are refused and nothing is kept", () => {
    const frames = [create, transfer(0, 9), runUntilIdle, numbered("checkpoint", 1), query("kept"), returned];
    const [, , , refused, kept] = converse(frames);
    expect(errorOf(refused)).toMatchObject({ code: "KPU_IN_CALLBACK" });
    expect(jsonOf(kept)).toBe(0);
  });
});

describe("history on the wire", () => {
  test("goes back without upcalls, and tells how far", () => {
    const replies = converse([
      create,
      query("history"),
      request("startHistory", 1),
      transfer(0, 9),
      runUntilIdle,
      returned,
      amount("rewind", 100),
      query("history"),
      amount("rewind", 135),
      query("history"),
      request("stopHistory", 1),
      query("history"),
    ]);
    const at = (place: number): unknown => jsonOf(replies[place]);
    expect(at(1)).toBe(null);
    expect(replies[6]).toMatchObject({ tag: tags.none, cycle: 100, horizon: 135, isIdle: false });
    expect(at(7)).toMatchObject({ firstCycle: 0, latestCycle: 135, isInPast: true });
    expect(replies[8]).toMatchObject({ tag: tags.none, cycle: 135, isIdle: true });
    expect(at(9)).toMatchObject({ isInPast: false, inputCount: 1 });
    expect(at(11)).toBe(null);
  });

  test("keeps checkpoints at the distance that it is told", () => {
    const transfers = Array.from({ length: 10 }, () => transfer(4));
    const countWith = (start: Uint8Array): unknown =>
      jsonOf(converse([create, start, ...transfers, runUntilIdle, query("history")]).at(-1));
    expect(countWith(amount("startHistory", 1e6))).toMatchObject({ checkpointCount: 1 });
    expect(countWith(request("startHistory", 1))).toMatchObject({ checkpointCount: 1 });
    expect(countWith(amount("startHistory", 2))).not.toMatchObject({ checkpointCount: 1 });
    const refused = converse([create, amount("startHistory", 0)]).at(-1);
    expect(errorOf(refused)).toMatchObject({ code: "KPU_ARGUMENT" });
  });
});
