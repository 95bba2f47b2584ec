import type { Pipe } from "./pipe.ts";
import { mostFrameBytes, ProtocolError, requestHeadBytes } from "./protocol.ts";

const bufferBytes = 256 * 1024;

/** Reads request frames. Every field is checked against the frame's length, so damage is found where it is. */
export class FrameReader {
  operation = 0;
  handle = 0;
  readonly #pipe: Pipe;
  readonly #buffer = new Uint8Array(bufferBytes);
  readonly #view = new DataView(this.#buffer.buffer);
  #start = 0;
  #end = 0;
  /** Bytes of the present frame that have not been read. */
  #left = 0;

  constructor(pipe: Pipe) {
    this.#pipe = pipe;
  }

  get left(): number {
    return this.#left;
  }

  /** Goes to the next frame; what was not read of the present one is passed over. False at the end of input. */
  next(): boolean {
    this.skip();
    if (this.#start === this.#end && !this.#fill(1)) return false;
    if (!this.#fill(requestHeadBytes)) throw new ProtocolError("the input ended within a frame");
    const length = this.#view.getUint32(this.#start, true);
    if (length < requestHeadBytes - 4 || length > mostFrameBytes) {
      throw new ProtocolError(
        `a frame of ${length} bytes was announced; from ${requestHeadBytes - 4} to ${mostFrameBytes} bytes are allowed`,
      );
    }
    this.operation = this.#buffer[this.#start + 4] ?? 0;
    this.handle = this.#view.getUint32(this.#start + 5, true);
    this.#start += requestHeadBytes;
    this.#left = length - (requestHeadBytes - 4);
    return true;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** The rest of the frame as a fresh array. */
  rest(): Uint8Array<ArrayBuffer> {
    return this.bytes(this.#left);
  }

  bytes(count: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#require(count));
    let done = 0;
    this.#pieces(count, (piece) => {
      bytes.set(piece, done);
      done += piece.length;
    });
    return bytes;
  }

  /** Hands the rest of the frame on piece by piece as it arrives, so that bulk data is never held twice. */
  drain(take: (piece: Uint8Array) => void): void {
    this.#pieces(this.#left, take);
  }

  skip(): void {
    this.#pieces(this.#left, () => undefined);
  }

  #pieces(count: number, take: (piece: Uint8Array) => void): void {
    let missing = count;
    while (missing > 0) {
      if (this.#start === this.#end && !this.#fill(1)) throw new ProtocolError("the input ended within a frame");
      const size = Math.min(missing, this.#end - this.#start);
      const piece = this.#buffer.subarray(this.#start, this.#start + size);
      this.#start += size;
      this.#left -= size;
      missing -= size;
      take(piece);
    }
  }

  #require(count: number): number {
    if (count <= this.#left) return count;
    throw new ProtocolError(`operation ${this.operation}: its frame is ${count - this.#left} bytes too short`);
  }

  /** Place of the next field of `count` bytes in the buffer; moves past it. */
  #take(count: number): number {
    this.#require(count);
    if (!this.#fill(count)) throw new ProtocolError("the input ended within a frame");
    const place = this.#start;
    this.#start += count;
    this.#left -= count;
    return place;
  }

  /** Makes at least `count` bytes available in the buffer; false at the end of input. */
  #fill(count: number): boolean {
    if (this.#end - this.#start >= count) return true;
    if (this.#start + count > bufferBytes || this.#start === this.#end) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    while (this.#end - this.#start < count) {
      const got = this.#pipe.read(this.#buffer, this.#end, bufferBytes - this.#end);
      if (got === 0) return false;
      this.#end += got;
    }
    return true;
  }
}
