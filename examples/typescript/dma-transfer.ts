// The seed's transfer: external memory to a scratchpad in 145 cycles.
// Run after `npm ci`:
//   npx esbuild examples/typescript/dma-transfer.ts --bundle --format=esm --conditions=source | node --input-type=module
import { Machine } from "kpu-sim";

const machine = new Machine({
  externalMemory: { bankCount: 2, bankCapacityMb: 64 },
  scratchpads: { count: 2, capacityKb: 256 },
  dmaEngines: { count: 4 },
});
const data = Float32Array.from({ length: 256 }, (_, index) => index);

machine.external(0).writeFloat32(0, data);
machine.dma(0).transfer({
  source: machine.external(0).base,
  destination: machine.scratchpad(0).base,
  bytes: data.byteLength,
  onComplete: () => console.log(`complete at cycle ${machine.cycle}`),
});
machine.runUntilIdle();

const arrived = machine.scratchpad(0).readFloat32(0, data.length);
console.log(`all ${arrived.length} values arrived: ${arrived.every((value, index) => value === data[index])}`);
console.log(machine.statisticsText());
