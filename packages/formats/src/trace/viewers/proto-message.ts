import { utf8Bytes } from "../utf8.ts";

/** Longest varint of a whole number below 2^53. */
const mostVarintBytes = 8;

/** Writes a whole number from 0 below 2^53 as a protobuf varint; returns the place behind it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let place = at;
  let rest = value;
  while (rest >= 2 ** 31) {
    bytes[place++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  let low = rest | 0;
  while (low > 127) {
    bytes[place++] = (low & 127) | 128;
    low >>>= 7;
  }
  bytes[place] = low;
  return place + 1;
}

/** A protobuf message that is put together field by field: for what stands in a file once, not for every event. */
export class ProtoMessage {
  readonly #bytes: number[] = [];

  number(field: number, value: number): this {
    this.#varint(field * 8);
    this.#varint(value);
    return this;
  }

  double(field: number, value: number): this {
    this.#varint(field * 8 + 1);
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setFloat64(0, value, true);
    this.#bytes.push(...new Uint8Array(bytes.buffer));
    return this;
  }

  text(field: number, text: string): this {
    return this.#delimited(field, utf8Bytes(text));
  }

  message(field: number, message: ProtoMessage): this {
    return this.#delimited(field, message.#bytes);
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  #delimited(field: number, bytes: Iterable<number> & { readonly length: number }): this {
    this.#varint(field * 8 + 2);
    this.#varint(bytes.length);
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  #varint(value: number): void {
    const bytes = new Uint8Array(mostVarintBytes);
    const end = writeVarint(bytes, 0, value);
    for (let place = 0; place < end; place++) this.#bytes.push(bytes[place] ?? 0);
  }
}
