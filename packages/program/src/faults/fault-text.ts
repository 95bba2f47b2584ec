import type { Fault, MemoryKind, MoverKind } from "@kpu-sim/machine";

const memoryNames: Readonly<Record<MemoryKind, string>> = {
  host: "host region",
  external: "external bank",
  l3: "L3 tile",
  l2: "L2 bank",
  scratchpad: "scratchpad",
};
const unitNames: Readonly<Record<MoverKind | "tile" | "vector", string>> = {
  dma: "DMA engine",
  blockMover: "block mover",
  streamer: "streamer",
  tile: "compute tile",
  vector: "vector unit",
};
const registerNames = {
  right: "operand that moves right",
  down: "operand that moves down or stays",
  sum: "sum",
} as const;

/** A fault in words. */
export function faultText(fault: Fault): string {
  switch (fault.kind) {
    case "bit_flip":
      return `bit ${fault.bit} of byte 0x${fault.offset.toString(16)} of ${memoryNames[fault.memory]} ${fault.id} turns over`;
    case "check_flip":
      return `check bit ${fault.bit} of the word at 0x${fault.offset.toString(16)} of ${memoryNames[fault.memory]} ${fault.id} turns over`;
    case "pe_register":
      return (
        `bit ${fault.bit} of the ${registerNames[fault.register]} in PE (${fault.row}, ${fault.col}) of compute tile ${fault.tile} ` +
        `turns over after ${fault.productCycle} cycles of the product`
      );
    case "stuck_port":
      return `line ${fault.line} of the port of ${memoryNames[fault.memory]} ${fault.id} is stuck at ${fault.value}`;
    case "late_completion":
      return `${unitNames[fault.unit]} ${fault.id} completes ${fault.cycles} cycles late`;
    case "dropped_completion":
      return `nobody is told that ${unitNames[fault.unit]} ${fault.id} completes`;
    case "refused_grant":
      return (
        `the port of ${memoryNames[fault.memory]} ${fault.id} grants nothing ` +
        (fault.cycles === Number.POSITIVE_INFINITY ? "any more" : `for ${fault.cycles} cycles`)
      );
  }
}
