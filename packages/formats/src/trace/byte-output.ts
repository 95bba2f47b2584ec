import { utf8Bytes } from "./utf8.ts";

/**
 * Takes the pieces of a file, one after the other. Each piece is the sink's to keep. What the sink throws surfaces from the call that
 * was writing.
 */
export type TraceSink = (piece: Uint8Array<ArrayBuffer>) => void;

const pieceBytes = 256 * 1024;

/**
 * Bytes on their way to a sink. Encoders reserve room and then write into `bytes` from `at` on, so that no event costs an object or a
 * call.
 */
export class ByteOutput {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(pieceBytes);
  at = 0;
  readonly #sink: TraceSink;

  constructor(sink: TraceSink) {
    this.#sink = sink;
  }

  /** Makes room for so many bytes behind `at`. */
  reserve(count: number): void {
    if (this.at + count <= this.bytes.length) return;
    this.flush();
    if (count > this.bytes.length) this.bytes = new Uint8Array(count);
  }

  /** Whole bytes, however many. */
  write(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  text(text: string): void {
    this.write(utf8Bytes(text));
  }

  /** Hands on what has been written. */
  flush(): void {
    if (this.at === 0) return;
    const piece = this.bytes.subarray(0, this.at);
    this.bytes = new Uint8Array(pieceBytes);
    this.at = 0;
    this.#sink(piece);
  }
}
