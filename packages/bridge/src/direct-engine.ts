import { version } from "@kpu-sim/machine";
import { mostFrameBytes, protocolVersion } from "./protocol.ts";
import { Server } from "./server.ts";

/** What goes to and fro between two sides of one thread: bytes that wait to be read, and bytes that were written. */
class Mailbox {
  #inbox: Uint8Array = new Uint8Array(0);
  #outbox: Uint8Array[] = [];

  put(bytes: Uint8Array): void {
    this.#inbox = bytes;
  }

  /** Everything written since the last call, in one piece. */
  take(): Uint8Array {
    const pieces = this.#outbox;
    this.#outbox = [];
    const [first] = pieces;
    if (pieces.length === 1 && first !== undefined) return first;
    const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }

  read(target: Uint8Array, offset: number, count: number): number {
    const piece = this.#inbox.subarray(0, count);
    target.set(piece, offset);
    this.#inbox = this.#inbox.subarray(piece.length);
    return piece.length;
  }

  write(bytes: Uint8Array, count: number): void {
    this.#outbox.push(bytes.slice(0, count));
  }
}

/**
 * An engine in the thread of the Python interpreter that uses it, as in a browser page: calls take the place of pipes.
 * Frames are those of the engine process.
 */
export class DirectEngine {
  readonly #mailbox = new Mailbox();
  readonly #server: Server;

  /**
   * @param runCallback takes the frame of an upcall, runs the callback that it names, and says whether that raised.
   *   Meanwhile `exchange` may be called again.
   */
  constructor(runCallback: (frame: Uint8Array) => boolean) {
    this.#server = new Server(this.#mailbox, () => runCallback(this.#mailbox.take()));
  }

  /** What an engine process says first. */
  greeting(): string {
    return JSON.stringify({ protocol: protocolVersion, version, limit: mostFrameBytes });
  }

  /** Serves whole request frames and gives the reply frames. Throws a ProtocolError for what is no frame. */
  exchange(requests: Uint8Array): Uint8Array {
    this.#mailbox.put(requests);
    this.#server.serve();
    return this.#mailbox.take();
  }
}
