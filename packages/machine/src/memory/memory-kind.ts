/** The levels of the memory hierarchy, from the host inwards. The index of a kind is its number on the wire. */
export const memoryKinds = ["host", "external", "l3", "l2", "scratchpad"] as const;
export type MemoryKind = (typeof memoryKinds)[number];

/** What one instance is called in messages, with its id behind: `external bank 1`. */
export const memoryNames: Readonly<Record<MemoryKind, string>> = {
  host: "host region",
  external: "external bank",
  l3: "L3 tile",
  l2: "L2 bank",
  scratchpad: "scratchpad",
};
