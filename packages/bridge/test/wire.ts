import type { Pipe } from "../src/pipe.ts";
import { operations, postedBit, replyHeadBytes } from "../src/protocol.ts";
import { Server } from "../src/server.ts";

/** One reply, taken apart. */
export type Reply = {
  readonly tag: number;
  readonly cycle: number;
  readonly horizon: number;
  readonly isIdle: boolean;
  readonly payload: Uint8Array;
};

type Field = readonly ["u8" | "u32" | "f64", number] | Uint8Array | string;

/** A request frame out of typed fields. */
export function request(
  operation: keyof typeof operations | number,
  handle: number,
  fields: readonly Field[] = [],
  posted = false,
): Uint8Array {
  const parts = fields.map((field) => {
    if (typeof field === "string") return new TextEncoder().encode(field);
    if (field instanceof Uint8Array) return field;
    const [type, value] = field;
    const view = new DataView(new ArrayBuffer({ u8: 1, u32: 4, f64: 8 }[type]));
    if (type === "u8") view.setUint8(0, value);
    else if (type === "u32") view.setUint32(0, value, true);
    else view.setFloat64(0, value, true);
    return new Uint8Array(view.buffer);
  });
  const body = Buffer.concat(parts);
  const head = new DataView(new ArrayBuffer(9));
  head.setUint32(0, 5 + body.length, true);
  head.setUint8(4, (typeof operation === "number" ? operation : operations[operation]) + (posted ? postedBit : 0));
  head.setUint32(5, handle, true);
  return Buffer.concat([new Uint8Array(head.buffer), body]);
}

/** Serves the given input to its end; returns the replies. Pieces of `pieceBytes` try the borders of reads. */
export function converse(frames: readonly Uint8Array[], pieceBytes: number = 7): Reply[] {
  const input = Buffer.concat(frames);
  const output: Uint8Array[] = [];
  let at = 0;
  const pipe: Pipe = {
    read: (target, offset, count) => {
      const size = Math.min(count, pieceBytes, input.length - at);
      target.set(input.subarray(at, at + size), offset);
      at += size;
      return size;
    },
    write: (bytes, count) => {
      output.push(bytes.slice(0, count));
    },
  };
  new Server(pipe).serve();
  return takeApart(Buffer.concat(output));
}

function takeApart(bytes: Uint8Array): Reply[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const replies: Reply[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint32(at, true);
    replies.push({
      tag: view.getUint8(at + 4),
      cycle: view.getFloat64(at + 5, true),
      horizon: view.getFloat64(at + 13, true),
      isIdle: view.getUint8(at + 29) === 1,
      payload: Uint8Array.from(bytes.subarray(at + replyHeadBytes, at + 4 + length)),
    });
    at += 4 + length;
  }
  return replies;
}

export function jsonOf(reply: Reply | undefined): unknown {
  return JSON.parse(new TextDecoder().decode(reply?.payload));
}
