import type { RunRequest } from "../engine/protocol.ts";

/** What the first page offers: each shows something else, all of them at once. */
export const examples: readonly RunRequest[] = [
  {
    title: "Double-buffered matrix product, 192 x 192 x 192",
    config: {},
    program: { kind: "matmul", request: { m: 192, n: 192, k: 192, tileM: 32, tileN: 32, tileK: 32 } },
  },
  {
    title: "The same with one buffer",
    config: {},
    program: {
      kind: "matmul",
      request: { m: 192, n: 192, k: 192, tileM: 32, tileN: 32, tileK: 32, doubleBuffer: false },
    },
  },
  {
    title: "One transfer: 1024 bytes in 145 cycles",
    config: {
      externalMemory: { bankCount: 2, bankCapacityMb: 64 },
      scratchpads: { count: 2, capacityKb: 256 },
      dmaEngines: { count: 4 },
    },
    program: { kind: "transfer", bytes: 1024 },
  },
];
