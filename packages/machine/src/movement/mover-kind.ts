/** Kinds of engines that move data, in order of engine number. The index of a kind is its number on the wire. */
export const moverKinds = ["dma", "blockMover", "streamer"] as const;
export type MoverKind = (typeof moverKinds)[number];

/** What one engine is called in messages, with its id behind: `block mover 1`. */
export const moverNames: Readonly<Record<MoverKind, string>> = {
  dma: "DMA engine",
  blockMover: "block mover",
  streamer: "streamer",
};
