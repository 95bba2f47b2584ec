import { arrayStepWasm } from "./array-step.wasm.ts";
import type { ArrayClock, RegisterGeometry } from "./stepped-array-geometry.ts";
import { memoryOf, WasmModule } from "./wasm-module.ts";

const pageBytes = 65536;
/** The registers begin here; what lies below belongs to the kernel. */
const reserveBytes = 1024;

const kernelModule = new WasmModule(arrayStepWasm);

/** A clock that runs in WebAssembly, and the place in its memory where it expects the registers. */
export type KernelClock = { readonly clock: ArrayClock; readonly buffer: ArrayBuffer; readonly byteOffset: number };

/** The clock in WebAssembly with 128-bit SIMD; undefined where that does not exist or has no room. */
export function kernelClock({
  rows,
  width,
  pitch,
  plane,
  origin,
  elements,
}: RegisterGeometry): KernelClock | undefined {
  const exports = kernelModule.instantiate();
  if (exports === undefined) return undefined;
  const { accumulate, stream, load } = exports;
  const memory = memoryOf(exports);
  if (typeof accumulate !== "function" || typeof stream !== "function" || typeof load !== "function") return undefined;
  if (memory === undefined) return undefined;
  const missing = reserveBytes + 4 * elements - memory.buffer.byteLength;
  if (missing > 0 && !memory.grow(Math.ceil(missing / pageBytes))) return undefined;
  const [base, pitchBytes, planeBytes, widthBytes] = [reserveBytes + 4 * origin, 4 * pitch, 4 * plane, 4 * width];
  return {
    clock: {
      accumulate: () => {
        accumulate(base, rows, pitchBytes, planeBytes, widthBytes);
      },
      stream: () => {
        stream(base, rows, pitchBytes, planeBytes, widthBytes);
      },
      load: () => {
        load(base, rows, pitchBytes, planeBytes, widthBytes);
      },
    },
    buffer: memory.buffer,
    byteOffset: reserveBytes,
  };
}
