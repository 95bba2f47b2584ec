/** Layout of `.kputrace` files; docs/trace-files.md describes it. All numbers are little-endian. */

/** The first bytes: none of them survives a transfer as text unnoticed. */
export const magic: readonly number[] = [0x89, 0x4b, 0x50, 0x55, 0x54, 0x0d, 0x0a, 0x1a];

/** The version that is written. Every change of a file's contents is a new one, with an entry of `upgraders`. */
export const fileVersion = 1;

/** Magic and version. */
export const fileHeadBytes: number = magic.length + 4;

/** Kinds of blocks, each `u32 kind | u32 bytes | contents | u32 CRC-32 of all that`. */
export const blockKinds = { header: 1, events: 2, ending: 3 } as const;
export type BlockKind = (typeof blockKinds)[keyof typeof blockKinds];

/** Kind and length in front of the contents, and the checksum behind. */
export const blockHeadBytes = 8;
export const blockTailBytes = 4;

/** Longest contents by kind: a machine of a million components has a header of some 200 MB. */
export const mostContents: Readonly<Record<BlockKind, number>> = {
  [blockKinds.header]: 2 ** 28,
  [blockKinds.events]: 2 ** 23,
  [blockKinds.ending]: 2 ** 28,
};

/** Most events of a block, so that one is not large once it is unpacked. */
export const mostBlockEvents = 65_536;

/** In front of the columns of a block of events: `u32 count | u64 number of the first | u64 cycle in which it ends`. */
export const eventsHeadBytes = 20;

/** In front of each column: `u8 width | u64 base`; then come `count` numbers of `width` bytes, to be added to the base. */
export const columnHeadBytes = 9;

/** The columns of a block of events, in their order. */
export const fileColumns = [
  /** Cycles from the end of the event before to the end of this one; 0 for the first of the block. */
  "later",
  "duration",
  "waited",
  "bytes",
  "unit",
  "source",
  "destination",
  "operation",
  /** The number of the cause, and 4 where the event was slowed by ports. */
  "cause",
  /** Number of the event less that of its producer; 0 where it has none. */
  "producer",
] as const;
export type FileColumn = (typeof fileColumns)[number];

/** Set in a cause where shared ports made the event slower. */
export const slowedBit = 4;
