// Two KPUs out of a description of a system: what a system file says, as machines that share the host and a clock.
// Run after `npm ci`:
//   npx esbuild examples/typescript/described-system.ts --bundle --format=esm --conditions=source | node --input-type=module
import { parseSystem, systemFromDescription, systemPreset, systemToText } from "kpu-sim";

// A description may come from a file as well: parseSystem(text, "yaml"), or readSystem(text, "yaml") for both steps.
const { accelerators, ...rest } = systemPreset("minimal_kpu");
const [kpu] = accelerators;
if (kpu === undefined) throw new Error("the preset has no accelerator");
const two = { ...rest, accelerators: [kpu, { ...kpu, id: "kpu_1" }] };

const { name, kpus, group } = systemFromDescription(parseSystem(systemToText(two, "yaml"), "yaml"));
const { type, pcieGeneration, pcieLanes } = group.machine(0).config.hostLink;
console.log(
  `${name}: ${kpus.map(({ id }) => id).join(", ")}, host link ${type}, generation ${pcieGeneration} x${pcieLanes}`,
);

const [first, second] = [group.machine(0), group.machine(1)];
first.external(0).writeFloat32(0, [1, 2, 3]);
const destination = group.sharedAddress(1, second.external(0).base);
first.dma(0).transfer({ source: first.external(0).base, destination, bytes: 3200 });
group.runUntilIdle();
console.log(`cycle ${group.cycle}: ${second.external(0).readFloat32(0, 3).join(", ")}`);
