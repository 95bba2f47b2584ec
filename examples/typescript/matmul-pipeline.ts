// A row of matrix products whose operands arrive while the tile computes: double buffering with completion callbacks.
// Run after `npm ci`:
//   npx esbuild examples/typescript/matmul-pipeline.ts --bundle --format=esm --conditions=source | node --input-type=module
import { Machine } from "kpu-sim";

const size = 32;
const matrixBytes = 4 * size * size;
const products = 6;

/** Runs all products; with two buffers the next operands travel while the present product is computed. */
function run(buffers: number): { readonly cycles: number; readonly trace: number } {
  const machine = new Machine({ scratchpads: { count: 1, capacityKb: 256 } });
  const external = machine.external(0);
  const scratchpad = machine.scratchpad(0);
  const identity = Float32Array.from({ length: size * size }, (_, index) => (index % (size + 1) === 0 ? 1 : 0));
  for (let index = 0; index < products; index++) {
    external.writeFloat32(2 * index * matrixBytes, new Float32Array(size * size).fill(index + 1));
    external.writeFloat32((2 * index + 1) * matrixBytes, identity);
  }

  let loaded = 0;
  let computed = 0;
  let isComputing = false;
  const placeOf = (index: number): number => 3 * (index % buffers) * matrixBytes;
  const load = (index: number): void => {
    if (index >= products) return;
    machine.dma(0).transfer({
      source: external.base + 2 * index * matrixBytes,
      destination: scratchpad.base + placeOf(index),
      bytes: 2 * matrixBytes,
      onComplete: () => {
        loaded++;
        compute();
      },
    });
  };
  const compute = (): void => {
    if (isComputing || computed === loaded) return;
    isComputing = true;
    const a = placeOf(computed);
    machine.tile(0).matmul({
      scratchpad: 0,
      m: size,
      n: size,
      k: size,
      a,
      b: a + matrixBytes,
      c: a + 2 * matrixBytes,
      onComplete: () => {
        isComputing = false;
        load(computed + buffers);
        computed++;
        compute();
      },
    });
  };
  for (let index = 0; index < buffers; index++) load(index);
  machine.runUntilIdle();
  if (machine.hazards.length > 0) throw new Error(`hazards: ${JSON.stringify(machine.hazards)}`);
  const last = scratchpad.readFloat32(placeOf(products - 1) + 2 * matrixBytes, size * size);
  return {
    cycles: machine.cycle,
    trace: last.reduce((sum, value, index) => sum + (index % (size + 1) === 0 ? value : 0), 0),
  };
}

const single = run(1);
const double = run(2);
console.log(`one buffer:  ${single.cycles} cycles`);
console.log(`two buffers: ${double.cycles} cycles, ${(single.cycles / double.cycles).toFixed(2)} times as fast`);
console.log(`trace of the last product: ${double.trace} (expected ${size * products})`);
if (single.trace !== size * products || double.trace !== single.trace) throw new Error("wrong values");
