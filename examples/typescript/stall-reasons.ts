// Where the cycles of a pipeline go: what its units wait for, its trace, and a look back.
// Run after `npm ci`:
//   npx esbuild examples/typescript/stall-reasons.ts --bundle --format=esm --conditions=source | node --input-type=module
import { Machine, traceProblems } from "kpu-sim";

const size = 32;
const matrixBytes = 4 * size * size;
const products = 6;

/** A row of products whose operands arrive in so many buffers: `full` counts loaded buffers, `empty` free ones. */
function pipeline(buffers: number): Machine {
  const machine = new Machine({ scratchpads: { count: 1, capacityKb: 256 } });
  const full = machine.semaphore("full", 0, "data");
  const empty = machine.semaphore("empty", buffers, "space");
  machine.startTrace();
  machine.startHistory();
  for (let index = 0; index < products; index++) {
    const place = 3 * (index % buffers) * matrixBytes;
    machine.dma(0).transfer({
      source: machine.external(0).base,
      destination: machine.scratchpad(0).base + place,
      bytes: 2 * matrixBytes,
      waitFor: [empty],
      signal: [full],
    });
    machine.tile(0).matmul({
      scratchpad: 0,
      m: size,
      n: size,
      k: size,
      a: place,
      b: place + matrixBytes,
      c: place + 2 * matrixBytes,
      queued: true,
      waitFor: [full],
      signal: [empty],
    });
  }
  machine.runUntilIdle();
  return machine;
}

for (const buffers of [1, 2]) {
  const machine = pipeline(buffers);
  const { dma, tile } = machine.statistics();
  console.log(`${buffers} ${buffers === 1 ? "buffer: " : "buffers:"} ${machine.cycle} cycles`);
  console.log(`  the DMA engine waits for space: ${dma[0]?.["waitingForSpaceCycles"]} cycles`);
  console.log(`  the tile waits for data:        ${tile[0]?.["waitingForDataCycles"]} cycles`);
}

const machine = pipeline(2);
console.log("the first events of the trace:");
for (const { unit, operation, begin, end, waitedCycles, cause } of [...machine.trace].slice(0, 4)) {
  const wait = cause === "none" ? "" : `, after ${waitedCycles} cycles without ${cause}`;
  console.log(`  ${unit}: ${operation} in cycles ${begin} to ${end}${wait}`);
}
console.log(`problems of the trace: ${traceProblems(machine.trace, machine.traceFacts()).length}`);

const end = machine.cycle;
machine.rewindTo(400);
console.log(`at cycle ${machine.cycle} of ${end}: ${machine.dma(0).queueLength} transfers to go`);
