import { expect, test } from "vitest";
import { mostQuantizedNumbers, tags } from "../src/protocol.ts";
import { converse, jsonOf, type Reply, request } from "./wire.ts";

function bytesOf({
  buffer,
}: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>): Uint8Array {
  return new Uint8Array(buffer);
}

function encode(format: number, policy: number, values: readonly number[], isDouble: boolean, first = 0): Uint8Array {
  return request("encodeNumbers", 0, [
    ["u8", format],
    ["u8", policy],
    ["u8", isDouble ? 1 : 0],
    ["f64", first],
    bytesOf(isDouble ? Float64Array.from(values) : Float32Array.from(values)),
  ]);
}

function decode(format: number, count: number, bytes: Uint8Array): Uint8Array {
  return request("decodeNumbers", 0, [["u8", format], ["f64", count], bytes]);
}

function tensor(operation: "quantize" | "dequantize" | "calibrate", head: unknown, data: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(head));
  return request(operation, 0, [["u32", text.length], text, data]);
}

function bufferOf(reply: Reply | undefined): ArrayBuffer {
  return Uint8Array.from(reply?.payload ?? []).buffer;
}

test("numbers are encoded from float32 and from doubles, and decoded", () => {
  const replies = converse([
    encode(1, 0, [1, -2], false),
    encode(6, 2, [1, -2, 99], true),
    decode(1, 2, Uint8Array.of(0x00, 0x3c, 0x00, 0xc0)),
    decode(6, 3, Uint8Array.of(0xe1, 0x07)),
  ]);
  expect([...(replies[0]?.payload ?? [])]).toEqual([0x00, 0x3c, 0x00, 0xc0]);
  expect([...(replies[1]?.payload ?? [])]).toEqual([0xe1, 0x07]);
  expect([...new Float32Array(bufferOf(replies[2]))]).toEqual([1, -2]);
  expect([...new Int32Array(bufferOf(replies[3]))]).toEqual([1, -2, 7]);
});

test("what cannot be converted is refused, by its number in all that is sent", () => {
  const replies = converse([
    encode(4, 0, [1, Number.NaN], true, 1000),
    encode(4, 3, [1, 2, 200], false, 10),
    encode(77, 0, [1], false),
    decode(4, 9, Uint8Array.of(1)),
    decode(4, mostQuantizedNumbers + 1, Uint8Array.of(1)),
    decode(4, Number.NaN, Uint8Array.of(1)),
    decode(4, 0.5, Uint8Array.of(1)),
  ]);
  expect(replies.map(({ tag }) => tag)).toEqual(replies.map(() => tags.error));
  const messages = replies.map((reply) => JSON.stringify(jsonOf(reply)));
  expect(messages[0]).toContain("number 1001 is NaN");
  expect(messages[1]).toContain("number 12 is 200");
  expect(messages[2]).toContain("code 77");
});

test("tensors are calibrated, quantized and dequantized", () => {
  const values = Float32Array.of(-1, 0.5, 1, 2);
  const by = { format: 4, scales: [0.5], zeroPoints: [1] };
  const replies = converse([
    tensor("calibrate", { format: 4, mode: "symmetric", percentile: 100, axis: 0, shape: [2, 2] }, bytesOf(values)),
    tensor("quantize", by, bytesOf(values)),
    tensor("dequantize", by, bytesOf(Int32Array.of(-1, 2, 3, 5))),
    tensor("quantize", { ...by, scales: [0] }, bytesOf(values)),
    tensor("quantize", { ...by, scales: "1" }, bytesOf(values)),
  ]);
  expect(jsonOf(replies[0])).toEqual({ scales: [1, 2].map((most) => Math.fround(most / 127)), zeroPoints: [0, 0] });
  expect([...new Int32Array(bufferOf(replies[1]))]).toEqual([-1, 2, 3, 5]);
  expect([...new Float32Array(bufferOf(replies[2]))]).toEqual([...values]);
  expect([replies[3]?.tag, replies[4]?.tag]).toEqual([tags.error, tags.error]);
});
