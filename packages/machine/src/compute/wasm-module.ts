/** The little of WebAssembly that is used here; the package compiles without DOM and Node types. */
declare const WebAssembly:
  | {
      readonly Module: new (bytes: Uint8Array) => object;
      readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
    }
  | undefined;

/** What a module exports, by name. */
export type WasmExports = Readonly<Record<string, unknown>>;

/** A kernel as its bytes in hexadecimal digits, compiled once, of which any number of instances can be made. */
export class WasmModule {
  readonly #digits: string;
  #module: object | undefined;
  #isTried = false;

  constructor(digits: string) {
    this.#digits = digits;
  }

  /**
   * The exports of a new instance with its own memory; undefined where WebAssembly or its SIMD does not exist, or the
   * host has no room for the memory.
   */
  instantiate(): WasmExports | undefined {
    if (!this.#isTried) {
      this.#isTried = true;
      this.#module = compiled(this.#digits);
    }
    if (this.#module === undefined || typeof WebAssembly === "undefined") return undefined;
    try {
      return new WebAssembly.Instance(this.#module).exports;
    } catch {
      // No room for another memory: its user goes on without the kernel.
      return undefined;
    }
  }
}

/**
 * What is made of the exports of a module and of their memory, when it is first asked for, and then kept; undefined where WebAssembly or its
 * SIMD does not exist.
 */
export function lazyKernel<T>(
  digits: string,
  make: (exports: WasmExports, memory: ArrayBuffer) => T | undefined,
): () => T | undefined {
  let made: { readonly kernel: T | undefined } | undefined;
  const load = (): T | undefined => {
    const exports = new WasmModule(digits).instantiate();
    const memory = exports === undefined ? undefined : memoryOf(exports);
    return exports === undefined || memory === undefined ? undefined : make(exports, memory.buffer);
  };
  return () => {
    made ??= { kernel: load() };
    return made.kernel;
  };
}

/** An exported function of numbers; undefined if there is none of this name. */
export function exportedFunction(
  exports: WasmExports,
  name: string,
): ((...args: readonly number[]) => void) | undefined {
  const found = exports[name];
  if (typeof found !== "function") return undefined;
  return (...args) => {
    found(...args);
  };
}

/** The memory that an instance exports. */
export type WasmMemory = {
  readonly buffer: ArrayBuffer;
  /** Adds pages of 64 KiB, if there is room for them; `buffer` is another one then. */
  readonly grow: (pages: number) => boolean;
};

/** The exported memory, or undefined if there is none. */
export function memoryOf({ memory }: WasmExports): WasmMemory | undefined {
  if (typeof memory !== "object" || memory === null || !("buffer" in memory) || !("grow" in memory)) return undefined;
  const { grow } = memory;
  if (typeof grow !== "function") return undefined;
  return {
    get buffer(): ArrayBuffer {
      if (memory.buffer instanceof ArrayBuffer) return memory.buffer;
      throw new TypeError("the memory of a kernel is not shared");
    },
    grow: (pages) => {
      try {
        grow.call(memory, pages);
        return true;
      } catch {
        return false;
      }
    },
  };
}

function compiled(digits: string): object | undefined {
  if (typeof WebAssembly === "undefined") return undefined;
  try {
    const bytes = Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    return new WebAssembly.Module(bytes);
  } catch {
    // Without SIMD the module does not validate.
    return undefined;
  }
}
