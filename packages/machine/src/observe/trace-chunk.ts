/** Events of one chunk. */
export const chunkEvents = 4096;
/** In a 32-bit column: the number does not fit, the side table has it. */
export const mostInColumn = 0xffff_ffff;

/** Units and regions as they are numbered in the machine. */
type NumberColumn = Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** Columns of so many consecutive events. */
export type TraceChunk = {
  /** Cycle from which `end` counts. */
  readonly base: number;
  readonly end: Uint32Array<ArrayBuffer>;
  readonly duration: Uint32Array<ArrayBuffer>;
  readonly waited: Uint32Array<ArrayBuffer>;
  readonly bytes: Uint32Array<ArrayBuffer>;
  readonly unit: NumberColumn;
  readonly source: NumberColumn;
  readonly destination: NumberColumn;
  readonly operation: Uint8Array<ArrayBuffer>;
  readonly cause: Uint8Array<ArrayBuffer>;
  /** Where it read and wrote, and how far; empty in traces without addresses. */
  readonly sourceOffset: Float64Array<ArrayBuffer>;
  readonly destinationOffset: Float64Array<ArrayBuffer>;
  readonly writtenExtent: Float64Array<ArrayBuffer>;
};

/** Bytes of the columns of addresses, for one event. */
const addressBytes = 24;

/** How the chunks of one machine are laid out: 24 bytes an event, more where numbers of regions need 32 bits, or with addresses. */
export class ChunkLayout {
  /** Stands for the last chunk where there is none yet. */
  readonly empty: TraceChunk;
  readonly hasAddresses: boolean;
  readonly #isWide: boolean;

  /** `numberCount`: how many regions, or units, there are at the most. */
  constructor(numberCount: number, hasAddresses: boolean) {
    this.hasAddresses = hasAddresses;
    this.#isWide = numberCount >= 65536;
    this.empty = this.#columns(0, 0, new ArrayBuffer(0));
  }

  get bytesPerEvent(): number {
    return (this.#isWide ? 30 : 24) + (this.hasAddresses ? addressBytes : 0);
  }

  create(base: number): TraceChunk {
    return this.#columns(base, chunkEvents, new ArrayBuffer(chunkEvents * this.bytesPerEvent));
  }

  clone({ base, end }: TraceChunk): TraceChunk {
    return this.#columns(base, chunkEvents, end.buffer.slice(0));
  }

  /** All columns lie in one buffer, the widest first. */
  #columns(base: number, count: number, buffer: ArrayBuffer): TraceChunk {
    const addressCount = this.hasAddresses ? count : 0;
    const start = addressBytes * addressCount;
    const addresses = (index: number): Float64Array<ArrayBuffer> =>
      new Float64Array(buffer, 8 * index * addressCount, addressCount);
    const words = (index: number): Uint32Array<ArrayBuffer> =>
      new Uint32Array(buffer, start + 4 * index * count, count);
    const width = this.#isWide ? 4 : 2;
    const numbers = (index: number): NumberColumn => {
      const offset = start + (16 + width * index) * count;
      return this.#isWide ? new Uint32Array(buffer, offset, count) : new Uint16Array(buffer, offset, count);
    };
    const codes = (index: number): Uint8Array<ArrayBuffer> =>
      new Uint8Array(buffer, start + (16 + 3 * width + index) * count, count);
    return {
      base,
      end: words(0),
      duration: words(1),
      waited: words(2),
      bytes: words(3),
      unit: numbers(0),
      source: numbers(1),
      destination: numbers(2),
      operation: codes(0),
      cause: codes(1),
      sourceOffset: addresses(0),
      destinationOffset: addresses(1),
      writtenExtent: addresses(2),
    };
  }
}
