import type { ConfigField } from "./config-field.ts";

/** How bits of memories are protected, in the order in which it is shown. */
export const memoryProtections = ["none", "parity", "secded"] as const;

function protectionField(flat: string, section: string, memories: string): ConfigField {
  return {
    flat,
    path: [section, "ecc"],
    kind: "choice",
    unit: "",
    initial: "none",
    choices: memoryProtections,
    doc:
      `Check bits of ${memories}: none, parity (one for each byte, which detects) or SECDED (eight for each 64 bits, ` +
      "which correct one flipped bit and detect two).",
  };
}

/** The fields about check bits of memories. */
export const protectionFields: readonly ConfigField[] = [
  protectionField("host_memory_ecc", "hostMemory", "host memory regions"),
  protectionField("memory_ecc", "externalMemory", "external memory banks"),
  protectionField("l3_tile_ecc", "l3Tiles", "L3 tiles"),
  protectionField("l2_bank_ecc", "l2Banks", "L2 banks"),
  protectionField("scratchpad_ecc", "scratchpads", "scratchpads"),
  {
    flat: "ecc_latency_cycles",
    path: ["eccLatencyCycles"],
    kind: "cycles",
    unit: "cycles",
    initial: 1,
    doc: "What check bits add to the access latency of each memory that has some, at either end of a path.",
  },
];
