/**
 * The wire protocol between the Python modules and the engine; docs/design-notes.md describes it. Little-endian frames:
 * request `u32 length | u8 operation | u32 handle | arguments`, reply `u32 length | u8 tag | f64 cycle | f64 horizon |
 * f64 hostMs | u8 flags | payload`; a length counts the bytes after its word. python/stillwater_kpu/_protocol.py holds the
 * same tables, and a test compares them.
 */
export const protocolVersion = 3;

/** Longest frame in either direction; bulk data travels in chunks below it. */
export const mostFrameBytes: number = 64 * 2 ** 20 + 4096;

/** Longest description of a layout: some two million numbers. */
export const mostLayoutBytes: number = 16 * 2 ** 20;

/** Most elements of the matrices of a stepped array, A, B and C together, so that they travel in one frame. */
export const mostSteppedElements: number = 2 ** 24;

/** Most numbers that are converted or quantized at once, so that they travel in one frame. */
export const mostQuantizedNumbers: number = 2 ** 23;

export const requestHeadBytes = 9;
export const replyHeadBytes = 30;

/** Bit of the operation byte: no reply is wanted, an error is kept for the handle's next answered call. */
export const postedBit = 0x80;

export const operations = {
  create: 1,
  destroy: 2,
  advance: 3,
  run: 4,
  write: 5,
  read: 6,
  transfer: 7,
  matmul: 8,
  return: 9,
  reset: 10,
  unitState: 11,
  unitReset: 12,
  memoryReset: 13,
  product: 14,
  query: 15,
  semaphore: 16,
  signal: 17,
  layout: 18,
  forgetLayout: 19,
  steppedArray: 27,
  stepArray: 28,
  arrayRegisters: 29,
  setArrayRegister: 30,
  readArray: 31,
  dropArray: 32,
  startTrace: 37,
  stopTrace: 38,
  openTrace: 39,
  readTrace: 40,
  closeTrace: 41,
  checkpoint: 42,
  restore: 43,
  dropCheckpoint: 44,
  startHistory: 45,
  stopHistory: 46,
  rewind: 47,
  encodeNumbers: 48,
  decodeNumbers: 49,
  quantize: 50,
  dequantize: 51,
  calibrate: 52,
  vector: 70,
  fusedMatmul: 71,
  createGroup: 80,
  openTraceFile: 90,
  readTraceFile: 91,
} as const;

export const tags = { none: 0, bytes: 1, json: 2, error: 3, upcall: 4 } as const;
export type Tag = (typeof tags)[keyof typeof tags];

/** A frame that breaks the protocol: a fault of the other side, or damage on the way. */
export class ProtocolError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ProtocolError";
  }
}
