import { canonicalNan } from "./float32.ts";
import { type ArrayClock, geometryOf, type RegisterGeometry, registerPlane } from "./stepped-array-geometry.ts";
import { kernelClock } from "./stepped-array-kernel.ts";
import { plainClock } from "./stepped-array-plain.ts";
import type { WordArithmetic } from "./word-arithmetic.ts";

/** How the registers of float32 are clocked: by the WebAssembly kernel where that runs, or by plain TypeScript. */
export type ClockKind = "fastest" | "plain";

/** The registers of all processing elements of an array, and their clock. */
export class ArrayRegisters {
  readonly geometry: RegisterGeometry;
  readonly clock: ArrayClock;
  /** All planes, as bits and as numbers. */
  readonly bits: Uint32Array;
  readonly floats: Float32Array;
  readonly flags: Int32Array;
  readonly #sumsAreFloats: boolean;

  /** Registers of float32, or of words of another format, which plain TypeScript clocks. */
  constructor(rows: number, cols: number, kind: ClockKind | WordArithmetic) {
    this.geometry = geometryOf(rows, cols);
    const words = typeof kind === "string" ? undefined : kind;
    this.#sumsAreFloats = words?.isFloat ?? true;
    const fast = kind === "fastest" ? kernelClock(this.geometry) : undefined;
    const buffer = fast?.buffer ?? new ArrayBuffer(4 * this.geometry.elements);
    const start = fast?.byteOffset ?? 0;
    this.bits = new Uint32Array(buffer, start, this.geometry.elements);
    this.floats = new Float32Array(buffer, start, this.geometry.elements);
    this.flags = new Int32Array(buffer, start, this.geometry.elements);
    this.clock = fast?.clock ?? plainClock(this.geometry, this.bits, this.floats, words);
  }

  /** Place of a processing element's register; row -1 and column -1 are the edges. */
  place(plane: number, row: number, col: number): number {
    return this.geometry.origin + plane * this.geometry.plane + row * this.geometry.pitch + col;
  }

  /** The bits of a sum; every NaN of float32 has the same ones. */
  sumBits(place: number): number {
    return this.#sumsAreFloats && Number.isNaN(this.floats[place]) ? canonicalNan : (this.bits[place] ?? 0);
  }

  /** Nothing enters at the edges any more, until something is written there. */
  clearEdges(): void {
    const { rows, cols } = this.geometry;
    for (const plane of [registerPlane.right, registerPlane.rightValid]) {
      for (let row = 0; row < rows; row++) this.bits[this.place(plane, row, -1)] = 0;
    }
    for (let plane: number = registerPlane.down; plane <= registerPlane.sumValid; plane++) {
      const first = this.place(plane, -1, 0);
      this.bits.fill(0, first, first + cols);
    }
  }
}
