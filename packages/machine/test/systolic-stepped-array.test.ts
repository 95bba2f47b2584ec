import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  arrayAccesses,
  arrayCycles,
  matrixProduct,
  type PeRegisterName,
  peMultiplyAccumulates,
  SteppedArray,
} from "../src/index.ts";
import { fuzzParameters, fuzzTimeoutMs } from "./random/runs.ts";
import { bitsOf, dataflows, definedProduct, randomProduct } from "./systolic-shapes.ts";

const registerNames: readonly PeRegisterName[] = ["right", "down", "sum"];

/** Every register of an array as one list. */
function snapshot(array: SteppedArray): number[] {
  const words: number[] = [];
  for (let row = 0; row < array.rows; row++) {
    for (let col = 0; col < array.cols; col++) {
      const registers = array.registers(row, col);
      for (const name of registerNames) words.push(registers[name].bits, registers[name].valid ? 1 : 0);
    }
  }
  return words;
}

describe("a stepped array", () => {
  test(
    "has the bits, cycles, accesses and activity of the closed forms",
    () => {
      fc.assert(
        fc.property(randomProduct, (product) => {
          const { shape, m, n, k, a, b, start } = product;
          const array = new SteppedArray(shape, { m, n, k, a, b, start });
          const systolic = { ...shape, systolic: true };
          const size = { m, n, k, accumulate: start !== undefined };
          expect(array.run()).toBe(arrayCycles(systolic, m, n, k));
          expect(array.isDone).toBe(true);
          expect(array.cycle).toBe(arrayCycles(systolic, m, n, k));
          const bits = bitsOf(array.result);
          expect(bits).toEqual(definedProduct(product));
          expect(bits).toEqual(bitsOf(matrixProduct(a, b, m, n, k, start)));
          expect(array.accesses).toEqual(arrayAccesses(systolic, size));
          expect(Float64Array.from(array.activeCycles)).toEqual(peMultiplyAccumulates(systolic, size));
        }),
        fuzzParameters(2000),
      );
    },
    fuzzTimeoutMs,
  );

  test(
    "is the same in WebAssembly and in plain TypeScript, register by register",
    () => {
      fc.assert(
        fc.property(randomProduct, fc.integer({ min: 1, max: 60 }), (product, stride) => {
          const fast = new SteppedArray(product.shape, product);
          const plain = new SteppedArray(product.shape, product, "plain");
          while (!fast.isDone) {
            expect(plain.stepMany(stride)).toBe(fast.stepMany(stride));
            expect(snapshot(plain)).toEqual(snapshot(fast));
            expect(plain.activeCycles).toEqual(fast.activeCycles);
          }
          expect(plain.isDone).toBe(true);
          expect(bitsOf(plain.result)).toEqual(bitsOf(fast.result));
          expect(plain.accesses).toEqual(fast.accesses);
        }),
        fuzzParameters(200),
      );
    },
    fuzzTimeoutMs,
  );

  test.each([
    { dataflow: "output_stationary", m: 3, n: 4, k: 5 },
    { dataflow: "weight_stationary", m: 5, n: 4, k: 3 },
    { dataflow: "input_stationary", m: 4, n: 5, k: 3 },
  ] as const)("$dataflow: the corner element works in the last cycles of a full fold, to the very last", (each) => {
    const { dataflow, m, n, k } = each;
    const [rows, cols] = [3, 4];
    const ones = (count: number): Float32Array => new Float32Array(count).fill(1);
    const array = new SteppedArray({ rows, cols, dataflow }, { m, n, k, a: ones(m * k), b: ones(k * n) });
    const cycles = arrayCycles({ rows, cols, dataflow, systolic: true }, m, n, k);
    const counts: number[] = [];
    while (!array.isDone) {
      array.step();
      counts.push(array.activeCycles[rows * cols - 1] ?? 0);
    }
    expect(counts).toHaveLength(cycles);
    expect(counts.slice(-6)).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...array.result]).toEqual(Array.from({ length: m * n }, () => k));
  });

  test("output-stationary: PE (r, c) does multiply-accumulate p in cycle r + c + p, on A[r][p] and B[p][c]", () => {
    const [rows, cols, k] = [4, 3, 6];
    const a = Float32Array.from({ length: rows * k }, (_, index) => index + 1);
    const b = Float32Array.from({ length: k * cols }, (_, index) => 100 * (index + 1));
    const array = new SteppedArray({ rows, cols, dataflow: "output_stationary" }, { m: rows, n: cols, k, a, b });
    while (!array.isDone) {
      array.step();
      for (let row = 0; row < rows; row++) {
        for (let col = 0; col < cols; col++) {
          const p = array.cycle - 1 - row - col;
          const { right, down } = array.registers(row, col);
          const isInWave = p >= 0 && p < k;
          expect([right.valid, down.valid]).toEqual([isInWave, isInWave]);
          expect(array.activeCycles[row * cols + col]).toBe(Math.min(k, Math.max(0, p + 1)));
          if (!isInWave) continue;
          expect(right.value).toBe(a[row * k + p]);
          expect(down.value).toBe(b[p * cols + col]);
        }
      }
    }
  });

  test("weight-stationary: PE (r, c) holds B[r][c] once it is loaded, and rows beyond k hold nothing and pass sums on", () => {
    const [rows, cols, m, k] = [4, 3, 5, 2];
    const a = Float32Array.from({ length: m * k }, (_, index) => index + 1);
    const b = Float32Array.from({ length: k * cols }, (_, index) => 10 * (index + 1));
    const array = new SteppedArray({ rows, cols, dataflow: "weight_stationary" }, { m, n: cols, k, a, b });
    array.stepMany(rows);
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++) {
        const { down } = array.registers(row, col);
        expect(down).toMatchObject(row < k ? { value: b[row * cols + col], valid: true } : { bits: 0, valid: false });
      }
    }
    expect(array.accesses.operandBReads).toBe(k * cols);
    array.stepMany(rows);
    // The first sum has come down column 0 to the last row, through two rows that only pass it on.
    expect(array.registers(rows - 1, 0).sum).toMatchObject({ value: 1 * 10 + 2 * 40, valid: true });
    expect(array.accesses.resultWrites).toBe(1);
    array.run();
    expect([...array.activeCycles]).toEqual([5, 5, 5, 5, 5, 5, 0, 0, 0, 0, 0, 0]);
  });

  test("a NaN in C is one pattern in the result, whichever pattern it had", () => {
    const start = new Float32Array(1);
    bitsOf(start)[0] = 0xffabcdef;
    for (const dataflow of dataflows) {
      const array = new SteppedArray(
        { rows: 2, cols: 2, dataflow },
        { m: 1, n: 1, k: 1, a: Float32Array.of(1), b: Float32Array.of(1), start },
      );
      array.run();
      expect(bitsOf(array.result)[0]).toBe(0x7fc00000);
    }
    expect(bitsOf(start)[0]).toBe(0xffabcdef);
  });

  test("stepping a done array does nothing; wrong sizes and lengths are refused", () => {
    const one = Float32Array.of(1);
    const shape = { rows: 1, cols: 1, dataflow: "output_stationary" } as const;
    const array = new SteppedArray(shape, { m: 1, n: 1, k: 1, a: one, b: one });
    expect(array.run()).toBe(1);
    expect(array.stepMany(5)).toBe(0);
    expect([array.cycle, array.fold, array.foldCount]).toEqual([1, 1, 1]);
    expect(() => array.stepMany(-1)).toThrow("number of cycles");
    expect(() => new SteppedArray({ ...shape, rows: 0 }, { m: 1, n: 1, k: 1, a: one, b: one })).toThrow("rows");
    expect(() => new SteppedArray(shape, { m: 1, n: 1.5, k: 1, a: one, b: one })).toThrow("n must be a whole number");
    expect(() => new SteppedArray(shape, { m: 2, n: 1, k: 1, a: one, b: one })).toThrow("A must have 2 x 1 = 2");
    expect(() => new SteppedArray(shape, { m: 1, n: 2, k: 1, a: one, b: one })).toThrow("B must have 1 x 2 = 2");
    const short = { m: 1, n: 1, k: 1, a: one, b: one, start: new Float32Array(2) };
    expect(() => new SteppedArray(shape, short)).toThrow("start must have 1 x 1 = 1");
    const other = JSON.parse('{ "rows": 1, "cols": 1, "dataflow": "sideways" }');
    expect(() => new SteppedArray(other, { m: 1, n: 1, k: 1, a: one, b: one })).toThrow("got 'sideways'");
    const register = JSON.parse('"left"');
    expect(() => array.setRegister(0, 0, register, 0)).toThrow("a register is one of right, down, sum");
    expect(() => array.registers(0, -1)).toThrow("column of a processing element");
    expect(() => array.registers(1, 0)).toThrow("row of a processing element");
    expect(() => array.setRegister(0, 0, "sum", 2 ** 32)).toThrow("bits of a register");
  });
});

describe("a fault", () => {
  const [rows, cols, m, n, k] = [3, 3, 3, 3, 4];
  const a = Float32Array.from({ length: m * k }, (_, index) => index + 1);
  const b = Float32Array.from({ length: k * n }, (_, index) => (index % 5) + 1);
  const hundred = 0x42c80000;
  const faultless = matrixProduct(a, b, m, n, k);

  /** Which elements of the result differ, row-major, once a register has been overwritten after so many cycles. */
  function damaged(
    dataflow: (typeof dataflows)[number],
    cycle: number,
    fault: (array: SteppedArray) => void,
  ): readonly number[][] {
    const outcomes = (["fastest", "plain"] as const).map((clock) => {
      const array = new SteppedArray({ rows, cols, dataflow }, { m, n, k, a, b }, clock);
      array.stepMany(cycle);
      fault(array);
      array.run();
      return [...array.result].flatMap((value, index) => (Object.is(value, faultless[index]) ? [] : [index]));
    });
    expect(outcomes[0]).toEqual(outcomes[1]);
    return outcomes;
  }

  test("in an operand moving right damages the rest of its row of C", () => {
    // After cycle 2 PE (0, 1) holds A[0][0]: columns 0 and 1 have used it, column 2 has not.
    const [outcome] = damaged("output_stationary", 2, (array) => array.setRegister(0, 1, "right", hundred));
    expect(outcome).toEqual([2]);
  });

  test("in an operand moving down damages the rest of its column of C", () => {
    const [outcome] = damaged("output_stationary", 2, (array) => array.setRegister(0, 1, "down", hundred));
    expect(outcome).toEqual([4, 7]);
  });

  test("in an accumulator damages one element", () => {
    const [outcome] = damaged("output_stationary", 4, (array) => array.setRegister(1, 1, "sum", hundred));
    expect(outcome).toEqual([4]);
  });

  test("in a weight damages its whole column of C, in an input its whole row", () => {
    const [byWeight] = damaged("weight_stationary", rows, (array) => array.setRegister(1, 2, "down", hundred));
    expect(byWeight).toEqual([2, 5, 8]);
    const [byInput] = damaged("input_stationary", rows, (array) => array.setRegister(1, 2, "down", hundred));
    expect(byInput).toEqual([6, 7, 8]);
  });

  test("in a partial sum damages the element of C that it belongs to", () => {
    const [outcome] = damaged("weight_stationary", rows + 2, (array) => array.setRegister(0, 1, "sum", hundred));
    expect(outcome).toEqual([1]);
    const [byInput] = damaged("input_stationary", rows + 2, (array) => array.setRegister(0, 1, "sum", hundred));
    expect(byInput).toEqual([3]);
  });

  test("that makes an operand invalid leaves out a multiply-accumulate", () => {
    const [outcome] = damaged("output_stationary", 1, (array) => array.setRegister(0, 0, "right", 0, false));
    expect(outcome).toEqual([1, 2]);
  });
});
