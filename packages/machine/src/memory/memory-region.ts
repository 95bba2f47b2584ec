import type { AddressMap } from "../address-map/address-map.ts";
import type { Engine } from "../engine/engine.ts";
import { hex, hexRange, KpuError, requireWhole } from "../errors.ts";
import type { MemoryKind } from "./memory-kind.ts";

const floatBytes = 4;

/**
 * One memory of the machine: a host region, an external bank, an L3 tile, an L2 bank or a scratchpad. Accesses through
 * it are the host's: they act at once, at the current cycle, and take no simulated time. Offsets and counts are checked;
 * a refused access changes nothing.
 */
export class MemoryRegion {
  readonly kind: MemoryKind;
  readonly id: number;
  /** What messages call it: `external bank 1`. */
  readonly name: string;
  /** Global address of the first byte. */
  readonly base: number;
  readonly capacityBytes: number;
  readonly bandwidthGbps: number;
  /** Number of the region among all of the machine or system. */
  readonly region: number;
  readonly #engine: Engine;

  constructor(engine: Engine, map: AddressMap, kind: MemoryKind, id: number, bandwidthGbps: number) {
    this.#engine = engine;
    this.region = map.regionOf(kind, id);
    this.kind = kind;
    this.id = id;
    this.name = map.nameOf(this.region);
    this.base = map.baseOf(this.region);
    this.capacityBytes = map.capacityOf(this.region);
    this.bandwidthGbps = bandwidthGbps;
  }

  /** Cycle of the latest completed access, the host's included; -1 before any. */
  get lastAccessCycle(): number {
    return this.#engine.totals.lastAccess[this.region] ?? -1;
  }

  /** Reads `count` bytes from byte `offset` on into a fresh array. */
  read(offset: number, count: number): Uint8Array<ArrayBuffer> {
    this.requireRange(offset, count, "read");
    const bytes = new Uint8Array(count);
    this.#engine.hostRead(this.region, offset, bytes);
    return bytes;
  }

  /** Reads `target.length` bytes from byte `offset` on into `target`. */
  readInto(offset: number, target: Uint8Array): void {
    this.requireRange(offset, target.length, "read");
    this.#engine.hostRead(this.region, offset, target);
  }

  /** Writes bytes from byte `offset` on. */
  write(offset: number, bytes: Uint8Array): void {
    this.requireRange(offset, bytes.length, "write");
    this.#engine.hostWrite(this.region, offset, bytes);
  }

  /** Reads `count` little-endian float32 from byte `offset` on (no alignment needed) into a fresh array. */
  readFloat32(offset: number, count: number): Float32Array<ArrayBuffer> {
    requireWhole(count, "the number of float32 to read", "KPU_SIZE", 0, Number.MAX_SAFE_INTEGER / floatBytes);
    return new Float32Array(this.read(offset, count * floatBytes).buffer);
  }

  /** Writes numbers as little-endian float32 from byte `offset` on; each is rounded to float32. */
  writeFloat32(offset: number, values: ArrayLike<number>): void {
    this.requireRange(offset, values.length * floatBytes, "write");
    const floats = values instanceof Float32Array ? values : Float32Array.from(values);
    this.#engine.hostWrite(this.region, offset, new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength));
  }

  /** Sets all bytes to zero. */
  clear(): void {
    if (!this.#engine.holdsValues) throw withoutValues("clear", this.name);
    this.#engine.hostClear(this.region, this.capacityBytes);
  }

  /** Refuses a byte range that does not lie in the region. */
  requireRange(offset: number, bytes: number, action: string): void {
    if (!this.#engine.holdsValues) throw withoutValues(action, this.name);
    requireWhole(bytes, `the number of bytes to ${action}`, "KPU_SIZE");
    if (typeof offset !== "number") throw new KpuError("KPU_TYPE", `the offset must be a number, got ${typeof offset}`);
    if (Number.isInteger(offset) && offset >= 0 && offset + bytes <= this.capacityBytes) return;
    throw new KpuError(
      "KPU_ADDRESS_RANGE",
      `cannot ${action} ${bytes} bytes at offset ${hex(offset)} of ${this.name}: its offsets are ${hexRange(0, this.capacityBytes)} ` +
        `(${this.capacityBytes} bytes)${this.base > 0 && offset >= this.base ? "; offsets count from the region's start, not from address 0" : ""}`,
      { region: this.name, offset: hex(offset), bytes, capacityBytes: this.capacityBytes },
    );
  }
}

function withoutValues(action: string, name: string): KpuError {
  return new KpuError(
    "KPU_TIMING_ONLY",
    `cannot ${action} ${name}: this machine simulates times only and its memories hold no values; set timing_only to false`,
  );
}
