import { readSync, writeSync } from "node:fs";

/** Blocking byte transport. `read` returns 0 at the end of input; `write` takes all or throws. */
export type Pipe = {
  readonly read: (target: Uint8Array, offset: number, count: number) => number;
  readonly write: (bytes: Uint8Array, count: number) => void;
};

/** The other side has closed its end. */
export class PipeClosed extends Error {}

const sleepCell = new Int32Array(new SharedArrayBuffer(4));

/** A non-blocking descriptor (some parents make pipes so) has nothing to give: wait a millisecond. */
function pause(): void {
  Atomics.wait(sleepCell, 0, 0, 1);
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

/** Blocking reads and writes on two file descriptors, without the event loop and without `process.stdin`. */
export function descriptorPipe(input: number, output: number): Pipe {
  return {
    read: (target, offset, count) => {
      for (;;) {
        try {
          return readSync(input, target, offset, count, null);
        } catch (error) {
          if (codeOf(error) === "EAGAIN") pause();
          else if (codeOf(error) === "EOF") return 0;
          else throw error;
        }
      }
    },
    write: (bytes, count) => {
      let done = 0;
      while (done < count) {
        try {
          done += writeSync(output, bytes, done, count - done);
        } catch (error) {
          if (codeOf(error) === "EAGAIN") pause();
          else throw new PipeClosed("the other side has closed the connection");
        }
      }
    },
  };
}
