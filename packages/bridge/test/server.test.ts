import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mostFrameBytes, operations, ProtocolError, tags } from "../src/protocol.ts";
import { converse, jsonOf, request } from "./wire.ts";

const external = 1;
const scratchpad = 4;
const create = request("create", 0, ['{"memory_bank_capacity_mb":64}']);
const source = 0x1_0000_0000;
const destination = 0x1_8010_0000;

function transfer(bytes: number, callback = 0, engine = 0): Uint8Array {
  return request("transfer", 1, [
    ["u8", 0],
    ["u32", engine],
    ["f64", source],
    ["f64", destination],
    ["f64", bytes],
    ["u8", 0],
    ["u32", callback],
  ]);
}

const runUntilIdle = request("run", 1, [
  ["u8", 0],
  ["f64", 0],
  ["f64", 1000],
]);
const read = request("read", 1, [
  ["u8", scratchpad],
  ["u32", 0],
  ["f64", 0],
  ["f64", 4],
]);

function write(bytes: Uint8Array, offset = 0, posted = true): Uint8Array {
  return request("write", 1, [["u8", external], ["u32", 0], ["f64", offset], bytes], posted);
}

describe("a conversation", () => {
  test("creates, writes without reply, transfers, runs, reads; every reply carries cycle and horizon", () => {
    const replies = converse([create, write(Uint8Array.of(1, 2, 3, 4)), transfer(4), runUntilIdle, read]);
    expect(replies.map(({ tag }) => tag)).toEqual([tags.json, tags.none, tags.bytes, tags.bytes]);
    expect(jsonOf(replies[0])).toMatchObject({ handle: 1, config: { memory_bank_capacity_mb: 64 } });
    expect(replies[1]).toMatchObject({ cycle: 0, horizon: 135, isIdle: false });
    expect(replies[2]).toMatchObject({
      cycle: 135,
      horizon: Number.POSITIVE_INFINITY,
      isIdle: true,
      payload: Uint8Array.of(1),
    });
    expect(replies[3]?.payload).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  test("an upcall is served until it returns, calls inside it included", () => {
    const replies = converse([create, transfer(0, 9), runUntilIdle, read, request("return", 0, [["u8", 0]])]);
    expect(replies.map(({ tag }) => tag)).toEqual([tags.json, tags.none, tags.upcall, tags.bytes, tags.bytes]);
    expect(replies[2]?.payload).toEqual(Uint8Array.of(9, 0, 0, 0, 1, 0, 0, 0));
    expect(replies[2]?.cycle).toBe(135);
  });

  test("a callback that raised ends the run with an error marked as its own; the machine goes on", () => {
    const raised = request("return", 0, [["u8", 1]]);
    const replies = converse([
      create,
      transfer(0, 9),
      transfer(0, 8),
      runUntilIdle,
      raised,
      runUntilIdle,
      request("return", 0, [["u8", 0]]),
    ]);
    const [, , , , error, , done] = replies;
    expect(jsonOf(error)).toMatchObject({ fromCallback: true });
    expect(done).toMatchObject({ tag: tags.bytes, cycle: 270 });
  });

  test("running inside a callback is refused and the run goes on", () => {
    const replies = converse([create, transfer(0, 9), runUntilIdle, runUntilIdle, request("return", 0, [["u8", 0]])]);
    expect(jsonOf(replies[3])).toMatchObject({ code: "KPU_IN_CALLBACK", kind: "runtime", fromCallback: false });
    expect(replies[4]).toMatchObject({ tag: tags.bytes, isIdle: true });
  });

  test("an error of a posted call is told by the next answered call, once", () => {
    const replies = converse([create, write(Uint8Array.of(1), 2 ** 30), read, read]);
    expect(jsonOf(replies[1])).toMatchObject({ code: "KPU_ADDRESS_RANGE", kind: "index" });
    expect(replies[2]?.tag).toBe(tags.bytes);
  });

  test("a run stops when its time is spent and says so", () => {
    const queue = Array.from({ length: 3000 }, () => transfer(1));
    const spent = converse(
      [
        create,
        ...queue,
        request("run", 1, [
          ["u8", 0],
          ["f64", 0],
          ["f64", 0],
        ]),
      ],
      65536,
    ).at(-1);
    expect(spent).toMatchObject({ payload: Uint8Array.of(0), isIdle: false });
    expect(spent?.cycle).toBeGreaterThan(0);
  });

  test("the product of two matrices needs no machine", () => {
    const floats = new Uint8Array(Float32Array.of(1, 2, 3, 4, 2, 0, 1, 2).buffer);
    const [reply] = converse([request("product", 0, [["f64", 2], ["f64", 2], ["f64", 2], floats])]);
    expect([...new Float32Array(Uint8Array.from(reply?.payload ?? []).buffer)]).toEqual([4, 4, 10, 8]);
    expect(jsonOf(converse([request("product", 0, [["f64", 3], ["f64", 2], ["f64", 2], floats])])[0])).toMatchObject({
      kind: "value",
    });
  });

  test.each([
    ["statistics", { machine: { cycle: 0 }, block_mover: [{ bytes_moved: 0 }, {}, {}, {}] }],
    ["hazards", []],
    ["selfTest", { passed: true }],
  ])("answers the query %s", (method, expected) => {
    const replies = converse([create, request("query", 1, [JSON.stringify({ method, args: {} })])]);
    expect(jsonOf(replies[1])).toMatchObject(expected);
  });

  test.each(["toString", "__proto__", "nothing"])("refuses the unknown query %s", (method) => {
    const replies = converse([create, request("query", 1, [JSON.stringify({ method, args: {} })])]);
    expect(jsonOf(replies[1])).toMatchObject({ code: "KPU_ARGUMENT" });
  });
});

describe("semaphores on the wire", () => {
  const semaphore = (name: string, initial: number): Uint8Array =>
    request("semaphore", 1, [["f64", initial], ["u8", 0], name]);
  const credit = (id: number, count: number): readonly (readonly ["u8" | "u32" | "f64", number])[] => [
    ["u32", id],
    ["f64", count],
  ];
  const waiting = (id: number): Uint8Array =>
    request("transfer", 1, [
      ["u8", 0],
      ["u32", 0],
      ["f64", source],
      ["f64", destination],
      ["f64", 4],
      ["u8", 0],
      ["u32", 0],
      ["u8", 1],
      ...credit(id, 2),
      ["u8", 1],
      ...credit(0, 1),
    ]);

  test("work waits for credits and gives them; the host's come through a signal", () => {
    const signal = request(
      "signal",
      1,
      [
        ["u32", 0],
        ["f64", 2],
      ],
      true,
    );
    const value = request("query", 1, ['{"method":"semaphoreValue","args":{"id":0}}']);
    const who = request("query", 1, ['{"method":"waiting","args":{}}']);
    const replies = converse([
      create,
      semaphore("ready", 0),
      waiting(0),
      runUntilIdle,
      who,
      signal,
      runUntilIdle,
      value,
    ]);
    const [, made, issued, deadlock, report, done, credits] = replies;
    expect(made?.payload).toEqual(Uint8Array.of(0, 0, 0, 0));
    expect(issued?.tag).toBe(tags.none);
    expect(jsonOf(deadlock)).toMatchObject({ code: "KPU_DEADLOCK", kind: "runtime" });
    expect(jsonOf(report)).toMatchObject([{ waitsFor: [{ semaphore: "ready", needed: 2, available: 0 }] }]);
    expect(done).toMatchObject({ cycle: 135, isIdle: true });
    expect(jsonOf(credits)).toBe(1);
  });

  test("a semaphore that does not exist is refused and nothing is issued", () => {
    const [, refused, after] = converse([create, waiting(3), runUntilIdle]);
    expect(jsonOf(refused)).toMatchObject({ code: "KPU_COMPONENT_ID" });
    const value = request("query", 1, ['{"method":"semaphoreValue","args":{"id":0}}']);
    expect(jsonOf(converse([create, value])[1])).toMatchObject({ code: "KPU_COMPONENT_ID" });
    expect(after?.isIdle).toBe(true);
  });
});

describe("damage", () => {
  test("a frame that is announced too long or too short ends the conversation with a clear error", () => {
    const announced = (length: number): Uint8Array => {
      const frame = new Uint8Array(64);
      new DataView(frame.buffer).setUint32(0, length, true);
      return frame;
    };
    expect(() => converse([announced(mostFrameBytes + 1)])).toThrow(/a frame of 67112961 bytes was announced/);
    expect(() => converse([announced(4)])).toThrow(ProtocolError);
    expect(() => converse([create.subarray(0, 20)])).toThrow("the input ended within a frame");
    expect(() =>
      converse([
        create,
        request("read", 1, [
          ["u8", 1],
          ["u32", 0],
        ]),
      ]),
    ).toThrow("bytes too short");
    expect(() => converse([request("return", 0, [["u8", 0]])])).toThrow("a callback return outside a callback");
  });

  test("random frames are answered, or end the conversation as a protocol error; nothing else happens", () => {
    const frame = fc
      .record({
        operation: fc.oneof(fc.constantFrom(...Object.values(operations)), fc.integer({ min: 0, max: 255 })),
        handle: fc.constantFrom(0, 1, 2),
        body: fc.uint8Array({ maxLength: 60 }),
      })
      .map(({ operation, handle, body }) => request(operation, handle, [body]));
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.integer({ min: 1, max: 40 }), (frames, piece) => {
        try {
          for (const reply of converse([create, ...frames], piece)) expect(Object.values(tags)).toContain(reply.tag);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("flipped bytes in a good conversation never do more than that", () => {
    const good = Buffer.concat([create, write(Uint8Array.of(1, 2, 3, 4)), transfer(4), runUntilIdle, read]);
    const flips = fc.array(
      fc.record({ at: fc.nat({ max: good.length - 1 }), value: fc.integer({ min: 1, max: 255 }) }),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(flips, (places) => {
        const damaged = Uint8Array.from(good);
        for (const { at, value } of places) damaged[at] = (damaged[at] ?? 0) ^ value;
        try {
          converse([damaged], 64);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
