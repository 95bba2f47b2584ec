// A systolic array looked at cycle by cycle: registers, activity, accesses, and what a fault does.
// Run after `npm ci`:
//   npx esbuild examples/typescript/systolic-array.ts --bundle --format=esm --conditions=source | node --input-type=module
import { arrayAccesses, arrayCycles, mappingUtilization, peMultiplyAccumulates, SteppedArray } from "kpu-sim";

// C (3 x 3) = A (3 x 4) B (4 x 3) on 2 x 2 processing elements: four folds, of which only the first is full.
const shape = { rows: 2, cols: 2, dataflow: "output_stationary" } as const;
const [m, n, k] = [3, 3, 4];
const a = Float32Array.from({ length: m * k }, (_, index) => index + 1);
const b = Float32Array.from({ length: k * n }, (_, index) => (index % 3) + 1);

const array = new SteppedArray(shape, { m, n, k, a, b });
for (let cycle = 1; cycle <= 4; cycle++) {
  array.step();
  const { right, down, sum } = array.registers(0, 1);
  const operands = right.valid && down.valid ? `${right.value} and ${down.value}` : "nothing";
  console.log(`after cycle ${array.cycle} PE (0, 1) has worked on ${operands}, its sum is ${sum.value}`);
}
array.run();
console.log(`done after ${array.cycle} cycles, C = ${array.result.join(" ")}`);
console.log(`multiply-accumulates of each PE: ${array.activeCycles.join(" ")}`);
const { operandAReads, operandBReads, partialSumReads, resultWrites } = array.accesses;
console.log(
  `read ${operandAReads} of A, ${operandBReads} of B, ${partialSumReads} sums; wrote ${resultWrites} results`,
);

// The same without stepping.
const closed = { ...shape, systolic: true };
console.log(`cycles by the formula: ${arrayCycles(closed, m, n, k)}`);
console.log(`activity by the formula: ${peMultiplyAccumulates(closed, { m, n, k }).join(" ")}`);
console.log(`results by the formula: ${arrayAccesses(closed, { m, n, k }).resultWrites}`);
console.log(`share of the PEs with work: ${mappingUtilization(closed, { m, n, k })}`);

// A fault: in cycle 3 the operand that moves right through PE (0, 0) is struck, so PE (0, 1) gets it wrong.
const faulty = new SteppedArray(shape, { m, n, k, a, b });
faulty.stepMany(3);
faulty.setRegister(0, 0, "right", 0);
faulty.run();
const wrong = [...faulty.result.keys()].filter((index) => faulty.result[index] !== array.result[index]);
console.log(
  `with the fault element ${wrong.join(", ")} of C is ${wrong.map((index) => faulty.result[index]).join(", ")}`,
);
