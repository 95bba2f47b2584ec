import { afterEach, describe, expect, test, vi } from "vitest";
import { bitsOf } from "./float32.ts";
import { memoryOf, WasmModule } from "./wasm-module.ts";

/** A module that exports a memory of one page, no larger than two. */
const withMemory = "0061736d01000000050401010102070a01066d656d6f72790200";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test("each instance has a memory of its own, which grows as far as it may", () => {
  const wasm = new WasmModule(withMemory);
  const [first, second] = [wasm.instantiate(), wasm.instantiate()].map((exports) => memoryOf(exports ?? {}));
  expect(first?.buffer.byteLength).toBe(65536);
  expect(first?.grow(1)).toBe(true);
  expect([first?.buffer.byteLength, second?.buffer.byteLength]).toEqual([131072, 65536]);
  expect(first?.grow(1)).toBe(false);
  expect(first?.buffer.byteLength).toBe(131072);
});

test("exports without a memory have none", () => {
  expect(memoryOf({})).toBeUndefined();
  expect(memoryOf({ memory: { buffer: new ArrayBuffer(8), grow: 3 } })).toBeUndefined();
});

/** Hosts on which the kernels do not run. */
const hosts: readonly { readonly name: string; readonly webAssembly: object | undefined }[] = [
  { name: "no WebAssembly", webAssembly: undefined },
  {
    name: "no SIMD",
    webAssembly: {
      Module: class {
        constructor() {
          throw new SyntaxError("invalid simd opcode");
        }
      },
    },
  },
  {
    name: "no room for a memory",
    webAssembly: {
      Module: class {},
      Instance: class {
        constructor() {
          throw new RangeError("could not allocate memory");
        }
      },
    },
  },
];

describe.each(hosts)("with $name", ({ webAssembly }) => {
  test("there is no instance", () => {
    vi.stubGlobal("WebAssembly", webAssembly);
    expect(new WasmModule(withMemory).instantiate()).toBeUndefined();
  });

  test("products and stepped arrays have the bits that they have with the kernels", async () => {
    const [m, n, k] = [21, 18, 25];
    const a = Float32Array.from({ length: m * k }, (_, index) => ((index * 7919) % 1013) / 97 - 5);
    const b = Float32Array.from({ length: k * n }, (_, index) =>
      index === 30 ? Infinity : ((index * 31) % 101) / 7 - 7,
    );
    const usual = await import("./matrix-product.ts");
    const expected = bitsOf(usual.matrixProduct(a, b, m, n, k));
    vi.resetModules();
    vi.stubGlobal("WebAssembly", webAssembly);
    const { matrixProduct } = await import("./matrix-product.ts");
    const { SteppedArray } = await import("./stepped-array.ts");
    expect(bitsOf(matrixProduct(a, b, m, n, k))).toEqual(expected);
    const array = new SteppedArray({ rows: 5, cols: 6, dataflow: "weight_stationary" }, { m, n, k, a, b });
    array.run();
    expect(bitsOf(array.result)).toEqual(expected);
  });
});
