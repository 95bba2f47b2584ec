import type { RandomProgram } from "./program.ts";

type Granule = RandomProgram["granule"];

/** Small float32 numbers with full mantissas at a granule of 4, so that every rounding shows; any bytes at a granule of 1. */
export function patternBytes(granule: Granule, seed: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  const view = new DataView(bytes.buffer);
  for (let offset = 0; offset + granule <= count; offset += granule) {
    const step = seed + offset / granule;
    if (granule === 4) {
      view.setFloat32(offset, ((step * 7) % 97) / 7 - 6, true);
    } else {
      view.setUint8(offset, (step * 31 + Math.floor(step / 256)) % 256);
    }
  }
  return bytes;
}

export function textOf(granule: Granule, bytes: Uint8Array): string {
  return granule === 1 ? bytes.join(" ") : new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4).join(" ");
}
