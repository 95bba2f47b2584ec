import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ArrayModel,
  arrayAccesses,
  arrayCycles,
  type ComputeTile,
  type Dataflow,
  Machine,
  type MatmulRequest,
  peMultiplyAccumulates,
} from "../src/index.ts";
import { fuzzParameters, fuzzTimeoutMs } from "./random/runs.ts";
import { bitsOf, dataflows, definedProduct, randomProduct } from "./systolic-shapes.ts";

const places = { a: 0, b: 4096, c: 8192 };

function smallMachine(
  arrayModel: ArrayModel,
  more: { readonly systolic?: boolean; readonly rows?: number } = {},
): Machine {
  return new Machine({ computeTiles: { rows: 4, cols: 3, arrayModel, ...more } });
}

/** Puts values into the places of A, B and C. */
function fill(machine: Machine): void {
  for (const [index, offset] of Object.values(places).entries()) {
    machine.scratchpad(0).writeFloat32(
      offset,
      Float32Array.from({ length: 1024 }, (_, each) => ((each * 7 + index) % 13) / 3 - 2),
    );
  }
}

function product(tile: ComputeTile, m: number, n: number, k: number, more: Partial<MatmulRequest> = {}): void {
  tile.matmul({ scratchpad: 0, m, n, k, ...places, ...more });
}

describe.each(["closed_form", "stepped"] as const)("a product with the array model %s", (arrayModel) => {
  test("accumulates onto C as it is when the product starts", () => {
    const machine = smallMachine(arrayModel);
    const tile = machine.tile(0);
    machine.scratchpad(0).writeFloat32(places.a, [2]);
    machine.scratchpad(0).writeFloat32(places.b, [3]);
    machine.scratchpad(0).writeFloat32(places.c, [100]);
    product(tile, 1, 1, 1, { accumulate: true });
    machine.step();
    machine.scratchpad(0).writeFloat32(places.c, [5]);
    product(tile, 1, 1, 1, { accumulate: true, queued: true });
    machine.runUntilIdle();
    expect(machine.scratchpad(0).readFloat32(places.c, 1)[0]).toBe(112);
    product(tile, 1, 1, 1);
    machine.runUntilIdle();
    expect(machine.scratchpad(0).readFloat32(places.c, 1)[0]).toBe(6);
  });

  test("uses its operands as they are when it starts, and writes C when it completes", () => {
    const machine = smallMachine(arrayModel);
    const scratchpad = machine.scratchpad(0);
    fill(machine);
    const [m, n, k] = [5, 4, 6];
    const [a, b] = [scratchpad.readFloat32(places.a, m * k), scratchpad.readFloat32(places.b, k * n)];
    const before = bitsOf(scratchpad.readFloat32(places.c, m * n));
    product(machine.tile(0), m, n, k);
    const end = machine.horizon;
    machine.step();
    scratchpad.writeFloat32(places.a, new Float32Array(m * k));
    scratchpad.writeFloat32(places.b, new Float32Array(k * n));
    machine.runUntil(end - 1);
    expect(bitsOf(scratchpad.readFloat32(places.c, m * n))).toEqual(before);
    machine.step();
    const expected = definedProduct({ m, n, k, a, b, start: undefined });
    expect(bitsOf(scratchpad.readFloat32(places.c, m * n))).toEqual(expected);
  });

  test("cut along k into two, of which the second accumulates, has the bits of the whole", () => {
    const machine = smallMachine(arrayModel);
    const scratchpad = machine.scratchpad(0);
    fill(machine);
    const [m, n, k] = [6, 5, 9];
    product(machine.tile(0), m, n, k);
    machine.runUntilIdle();
    const whole = bitsOf(scratchpad.readFloat32(places.c, m * n));
    const a = scratchpad.readFloat32(places.a, m * k);
    const columns = (first: number, count: number): Float32Array =>
      a.filter((_, index) => index % k >= first && index % k < first + count);
    scratchpad.writeFloat32(places.a, columns(0, 4));
    product(machine.tile(0), m, n, 4);
    machine.runUntilIdle();
    expect(bitsOf(scratchpad.readFloat32(places.c, m * n))).not.toEqual(whole);
    scratchpad.writeFloat32(places.a, columns(4, 5));
    product(machine.tile(0), m, n, 5, { accumulate: true, b: places.b + 4 * 4 * n });
    machine.runUntilIdle();
    expect(bitsOf(scratchpad.readFloat32(places.c, m * n))).toEqual(whole);
  });

  test("takes the cycles of its own dataflow, and as many when it accumulates", () => {
    const machine = smallMachine(arrayModel);
    for (const dataflow of dataflows) {
      for (const accumulate of [false, true]) {
        const before = machine.cycle;
        product(machine.tile(1), 9, 5, 7, { dataflow, accumulate });
        expect(machine.horizon).toBe(before + arrayCycles({ rows: 4, cols: 3, systolic: true, dataflow }, 9, 5, 7));
        machine.runUntilIdle();
        expect(machine.cycle - before).toBe(arrayCycles({ rows: 4, cols: 3, systolic: true, dataflow }, 9, 5, 7));
      }
    }
  });

  test("counts accesses, traffic and activity of what has completed, and nothing after a reset", () => {
    const machine = smallMachine(arrayModel);
    const tile = machine.tile(0);
    product(tile, 9, 5, 7);
    product(tile, 9, 5, 7, { queued: true, dataflow: "weight_stationary", accumulate: true });
    product(tile, 9, 5, 7, { queued: true, dataflow: "input_stationary" });
    machine.runUntilIdle();
    product(tile, 2, 2, 2);
    machine.step();
    // 3 folds of 9 rows and 2 of 5 columns; 2 folds of k, and 2 or 3 of the columns.
    expect(machine.statistics().tile[0]).toMatchObject({
      operandAReads: 9 * 7 * 2 + 9 * 7 * 2 + 9 * 7,
      operandBReads: 7 * 5 * 3 + 7 * 5 + 7 * 5 * 3,
      partialSumReads: 9 * 5 * 2 + 9 * 5,
      resultWrites: 9 * 5 + 9 * 5 * 2 + 9 * 5 * 2,
    });
    expect(machine.statistics().scratchpad[0]).toMatchObject({
      bytesRead: 4 * (3 * (9 * 7 + 7 * 5) + 9 * 5),
      bytesWritten: 4 * 3 * 9 * 5,
    });
    expect(machine.componentStatusText()).toContain(
      "elements of A 315, of B 245, partial sums 135 read, results 225 written",
    );
    const activity = tile.peActivity();
    expect(activity).toHaveLength(12);
    expect(activity.reduce((sum, count) => sum + count, 0)).toBe(3 * 9 * 5 * 7);
    expect(activity[0]).toBe(3 * 2 * 7 + 2 * 2 * 9 + 2 * 3 * 5);
    machine.reset();
    expect(machine.statistics().tile[0]).toMatchObject({ operandAReads: 0, partialSumReads: 0, resultWrites: 0 });
    expect(tile.peActivity().every((count) => count === 0)).toBe(true);
  });

  test("of a tile that is reset writes nothing, and the next one is not touched by it", () => {
    const machine = smallMachine(arrayModel);
    fill(machine);
    const before = machine.scratchpad(0).readFloat32(places.c, 4);
    product(machine.tile(0), 2, 2, 8);
    machine.step(3);
    machine.tile(0).reset();
    machine.runFor(100);
    expect(machine.scratchpad(0).readFloat32(places.c, 4)).toEqual(before);
    product(machine.tile(0), 3, 3, 2);
    machine.runUntilIdle();
    const [a, b] = [machine.scratchpad(0).readFloat32(places.a, 6), machine.scratchpad(0).readFloat32(places.b, 6)];
    const expected = definedProduct({ m: 3, n: 3, k: 2, a, b, start: undefined });
    expect(bitsOf(machine.scratchpad(0).readFloat32(places.c, 9))).toEqual(expected);
  });

  test("without systolic mode reads both operands for every multiply-accumulate", () => {
    const machine = smallMachine(arrayModel, { systolic: false });
    product(machine.tile(0), 3, 4, 5, { accumulate: true, dataflow: "weight_stationary" });
    machine.runUntilIdle();
    expect(machine.cycle).toBe(60);
    const [figures] = machine.statistics().tile;
    expect(figures).toMatchObject({ operandAReads: 60, operandBReads: 60, partialSumReads: 12, resultWrites: 12 });
    expect([...machine.tile(0).peActivity()]).toEqual([60]);
  });
});

test("a product that accumulates reads C after A and B, and then writes it: hazards come in this order", () => {
  const machine = smallMachine("closed_form");
  const { base } = machine.scratchpad(0);
  const bank = machine.external(0).base;
  machine.dma(0).transfer({ source: bank, destination: base + places.c + 8, bytes: 64 });
  machine.dma(1).transfer({ source: base + places.c, destination: bank + 4096, bytes: 12 });
  product(machine.tile(0), 2, 2, 2, { accumulate: true });
  product(machine.tile(1), 2, 2, 2, { c: places.a });
  machine.runUntilIdle();
  const found = machine.hazards.map(({ kind, earlier, later, address, bytes }) => [
    kind,
    earlier.unit,
    later.unit,
    address - base,
    bytes,
  ]);
  expect(found).toEqual([
    ["read-after-write", "dma 0", "dma 1", places.c + 8, 4],
    ["read-after-write", "dma 0", "tile 0", places.c + 8, 8],
    ["write-after-write", "dma 0", "tile 0", places.c + 8, 8],
    ["write-after-read", "dma 1", "tile 0", places.c, 12],
    ["write-after-read", "tile 0", "tile 1", places.a, 16],
  ]);
});

test("what is no flag and no dataflow is refused, and nothing is started", () => {
  const machine = smallMachine("closed_form");
  const wrong =
    (request: object): (() => void) =>
    () => {
      machine.tile(0).matmul({ scratchpad: 0, m: 1, n: 1, k: 1, ...places, ...request });
    };
  expect(wrong({ accumulate: 1 })).toThrow("accumulate must be true or false, got number");
  expect(wrong({ dataflow: "weights" })).toThrow("dataflow must be one of output_stationary, weight_stationary");
  expect(machine.isIdle).toBe(true);
});

test(
  "both array models give the same values, cycles, statistics and activity for random products",
  () => {
    const random = fc.record({
      requests: fc.array(
        fc.record({
          product: randomProduct,
          dataflow: fc.option(fc.constantFrom<Dataflow>(...dataflows), { nil: undefined }),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      fidelity: fc.constantFrom("transaction" as const, "functional" as const),
    });
    fc.assert(
      fc.property(random, ({ requests, fidelity }) => {
        const [first] = requests;
        if (first === undefined) return;
        const observed = (["closed_form", "stepped"] as const).map((arrayModel) => {
          const machine = new Machine({ computeTiles: { ...first.product.shape, arrayModel }, fidelity });
          const scratchpad = machine.scratchpad(0);
          const results = requests.map(({ product: { m, n, k, a, b, start }, dataflow }) => {
            scratchpad.writeFloat32(places.a, a);
            scratchpad.writeFloat32(places.b, b);
            if (start !== undefined) scratchpad.writeFloat32(places.c, start);
            product(machine.tile(0), m, n, k, { accumulate: start !== undefined, dataflow });
            machine.runUntilIdle();
            return { cycle: machine.cycle, words: [...bitsOf(scratchpad.readFloat32(places.c, m * n))] };
          });
          return { results, statistics: machine.statistics(), activity: machine.tile(0).peActivity() };
        });
        expect(observed[1]).toEqual(observed[0]);
        const words = requests.map(({ product }) => [...definedProduct(product)]);
        expect(observed[0]?.results.map((each) => each.words)).toEqual(words);
      }),
      fuzzParameters(150),
    );
  },
  fuzzTimeoutMs,
);

test("activity and accesses are sums over all products, also over more shapes than are kept apart", () => {
  const machine = smallMachine("closed_form");
  const array = { rows: 4, cols: 3, systolic: true, dataflow: "output_stationary" } as const;
  const activity = new Float64Array(12);
  let operandAReads = 0;
  for (let m = 1; m <= 11; m++) {
    for (let n = 1; n <= 11; n++) {
      for (let k = 1; k <= 11; k++) {
        product(machine.tile(0), m, n, k, { queued: true });
        for (const [index, count] of peMultiplyAccumulates(array, { m, n, k }).entries()) {
          activity[index] = (activity[index] ?? 0) + count;
        }
        operandAReads += arrayAccesses(array, { m, n, k }).operandAReads;
      }
    }
  }
  product(machine.tile(0), 1, 1, 1, { queued: true });
  machine.runUntilIdle();
  activity[0] = (activity[0] ?? 0) + 1;
  expect(machine.tile(0).peActivity()).toEqual(activity);
  expect(machine.statistics().tile[0]?.["operandAReads"]).toBe(operandAReads + 1);
});
