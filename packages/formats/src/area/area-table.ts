/** Memories on the chip. */
export const onChipMemories = ["l3", "l2", "scratchpad"] as const;
export type OnChipMemory = (typeof onChipMemories)[number];

/** Units beside memories and arrays: engines, a lane of a vector unit, and what a compute tile has besides its array. */
export const areaUnits = ["dma", "blockMover", "streamer", "vectorLane", "tile"] as const;
export type AreaUnit = (typeof areaUnits)[number];

/** What `operandBits` of a machine may be. */
type OperandBits = 8 | 16 | 32;

/** What components take on a chip. */
export type AreaTable = {
  readonly name: string;
  readonly description: string;
  /** Where the figures come from. */
  readonly source: string;
  /** A processing element by the bits of each operand that it takes in a cycle, square micrometres; others cannot be accounted for. */
  readonly elementUm2: Readonly<Partial<Record<OperandBits, number>>>;
  /** A KB of memory, square micrometres. */
  readonly memoryUm2PerKb: Readonly<Partial<Record<OnChipMemory, number>>>;
  /** One unit, square micrometres; those that are left out are not counted, and the report says so. */
  readonly unitUm2?: Readonly<Partial<Record<AreaUnit, number>>>;
};
