import fc from "fast-check";
import { expect, test } from "vitest";
import { type Dataflow, Machine, type NumberFormat, peRegisterNames, SteppedArray } from "../../src/index.ts";

const [m, n, k] = [5, 7, 6];
const numbers = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => ((index * 31 + seed) % 17) - 8);
const a = numbers(m * k, 3);
const b = numbers(k * n, 5);

function machineOf(dataflow: Dataflow, operandBits = 32): Machine {
  const machine = new Machine({ computeTiles: { rows: 4, cols: 4, dataflow, operandBits } });
  return machine;
}

function product(machine: Machine, format: NumberFormat = "float32"): Float32Array | Int32Array {
  machine.scratchpad(0).writeValues(format, 0, a);
  machine.scratchpad(0).writeValues(format, 1024, b);
  machine.tile(0).matmul({ scratchpad: 0, m, n, k, a: 0, b: 1024, c: 2048, format });
  machine.runUntilIdle();
  return machine.scratchpad(0).readValues(format === "int8" ? "int32" : "float32", 2048, m * n);
}

test("a struck register does to the result what it does to a stepped array", () => {
  const strike = fc.record({
    row: fc.nat(3),
    col: fc.nat(3),
    register: fc.constantFrom(...peRegisterNames),
    bit: fc.nat(31),
    productCycle: fc.nat(60),
  });
  const dataflows = fc.constantFrom<Dataflow>("output_stationary", "weight_stationary", "input_stationary");
  fc.assert(
    fc.property(dataflows, strike, (dataflow, { row, col, register, bit, productCycle }) => {
      const machine = machineOf(dataflow);
      machine.injectFault({ kind: "pe_register", tile: 0, row, col, register, bit, productCycle });
      const struck = product(machine);
      const array = new SteppedArray({ rows: 4, cols: 4, dataflow }, { m, n, k, a, b });
      array.stepMany(productCycle);
      if (!array.isDone) {
        const { bits } = array.registers(row, col)[register];
        array.setRegister(row, col, register, (bits ^ (1 << bit)) >>> 0);
      }
      array.run();
      expect(new Uint32Array(struck.buffer)).toEqual(new Uint32Array(array.result.buffer));
    }),
    { numRuns: 150 },
  );
});

test("a sum that is struck early goes wrong in one element; the next product is right again", () => {
  const machine = machineOf("output_stationary");
  const right = product(machine);
  machine.injectFault({ kind: "pe_register", tile: 0, row: 1, col: 2, register: "sum", bit: 30, productCycle: 5 });
  const wrong = product(machine);
  expect([...wrong.keys()].filter((index) => wrong[index] !== right[index])).toEqual([n + 2]);
  expect(product(machine)).toEqual(right);
});

test("cycles and counts are those of any product", () => {
  const plain = machineOf("weight_stationary");
  product(plain);
  const struck = machineOf("weight_stationary");
  struck.injectFault({ kind: "pe_register", tile: 0, row: 0, col: 0, register: "down", bit: 22, productCycle: 9 });
  product(struck);
  expect(struck.statistics()).toEqual(plain.statistics());
});

test("whole numbers, several to a word, are struck as well", () => {
  const machine = machineOf("output_stationary", 16);
  const right = product(machine, "int8");
  machine.injectFault({ kind: "pe_register", tile: 0, row: 0, col: 0, register: "right", bit: 3, productCycle: 1 });
  const wrong = product(machine, "int8");
  const different = [...wrong.keys()].filter((index) => wrong[index] !== right[index]);
  expect(different.length).toBeGreaterThan(0);
  // An operand of A moves right: only elements of its row can be wrong.
  expect(different.every((index) => index < n)).toBe(true);
});

test("a checkpoint between the strike and the product has it", () => {
  const machine = machineOf("output_stationary");
  machine.injectFault({ kind: "pe_register", tile: 0, row: 1, col: 2, register: "sum", bit: 30, productCycle: 5 });
  const before = machine.checkpoint();
  const wrong = product(machine);
  machine.restore(before);
  expect(product(machine)).toEqual(wrong);
  machine.reset();
  expect(product(machine)).not.toEqual(wrong);
});
