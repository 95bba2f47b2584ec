import { KpuError } from "@kpu-sim/machine";
import type { Pipe } from "./pipe.ts";
import { mostFrameBytes, replyHeadBytes, type Tag, tags } from "./protocol.ts";

/** What every reply says of its simulator, so that many questions need no round trip. */
export type Status = {
  readonly cycle: number;
  /** Earliest cycle at which anything can change that the other side can see. */
  readonly horizon: number;
  /** Time that this process has spent simulating, ms. */
  readonly hostMs: number;
  readonly isIdle: boolean;
};

export const noStatus: Status = { cycle: 0, horizon: 0, hostMs: 0, isIdle: false };

const pieceBytes = 256 * 1024;
const encoder = new TextEncoder();

/** Writes reply frames. */
export class FrameWriter {
  readonly #pipe: Pipe;
  readonly #buffer = new Uint8Array(replyHeadBytes + pieceBytes);
  readonly #view = new DataView(this.#buffer.buffer);

  constructor(pipe: Pipe) {
    this.#pipe = pipe;
  }

  none(status: Status): void {
    this.#pipe.write(this.#buffer, this.#head(tags.none, status, 0));
  }

  /** Errors: KPU_SIZE for more than a frame holds; then nothing is written. */
  json(status: Status, value: unknown): void {
    this.#text(tags.json, status, value);
  }

  error(status: Status, value: unknown): void {
    this.#text(tags.error, status, value);
  }

  upcall(status: Status, callback: number, handle: number): void {
    const at = this.#head(tags.upcall, status, 8);
    this.#view.setUint32(at, callback, true);
    this.#view.setUint32(at + 4, handle, true);
    this.#pipe.write(this.#buffer, at + 8);
  }

  bytes(status: Status, bytes: Uint8Array): void {
    this.stream(status, bytes.length, (offset, target) => target.set(bytes.subarray(offset, offset + target.length)));
  }

  /** A reply of `count` bytes that `fill` produces piece by piece. */
  stream(status: Status, count: number, fill: (offset: number, target: Uint8Array) => void): void {
    let at = this.#head(tags.bytes, status, count);
    let done = 0;
    do {
      const size = Math.min(pieceBytes, count - done);
      fill(done, this.#buffer.subarray(at, at + size));
      this.#pipe.write(this.#buffer, at + size);
      done += size;
      at = 0;
    } while (done < count);
  }

  #text(tag: Tag, status: Status, value: unknown): void {
    const text = encoder.encode(JSON.stringify(value));
    if (replyHeadBytes + text.length > mostFrameBytes) {
      throw new KpuError(
        "KPU_SIZE",
        `the answer would have ${text.length} bytes, and at most ${mostFrameBytes} pass from the engine at once: lists of instances that ` +
          "differ are too long for it",
        { bytes: text.length, most: mostFrameBytes },
      );
    }
    this.#pipe.write(this.#buffer, this.#head(tag, status, text.length));
    this.#pipe.write(text, text.length);
  }

  /** Puts the head of a reply into the buffer; returns its length. */
  #head(tag: Tag, { cycle, horizon, hostMs, isIdle }: Status, payloadBytes: number): number {
    this.#view.setUint32(0, replyHeadBytes - 4 + payloadBytes, true);
    this.#view.setUint8(4, tag);
    this.#view.setFloat64(5, cycle, true);
    this.#view.setFloat64(13, horizon, true);
    this.#view.setFloat64(21, hostMs, true);
    this.#view.setUint8(29, isIdle ? 1 : 0);
    return replyHeadBytes;
  }
}
