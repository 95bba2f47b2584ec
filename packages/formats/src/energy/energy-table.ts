import type { MemoryKind, MoverKind, NumberFormat } from "@kpu-sim/machine";

/** Energy of a byte that is read or written, pJ; of memories on the chip by their size: that of the smallest size that is not below the memory's. */
export type MemoryEnergy = {
  readonly readPjPerByte: number;
  readonly writePjPerByte: number;
  /** Up to which capacity of one memory, KB; the last entry of a list may leave it out. */
  readonly upToKb?: number | undefined;
};

/** Links of the on-chip network, each that is passed; those between host and machine; those between machines. */
export type LinkKind = "network" | "host" | "peer";

/** What events cost, and what a machine takes while nothing happens. */
export type EnergyTable = {
  readonly name: string;
  readonly description: string;
  /** Where the figures come from. */
  readonly source: string;
  /** What the figures are in: picojoules, or multiples of a multiply-accumulate, which cannot be added to picojoules. */
  readonly unit?: "pJ" | "MAC";
  /** A multiply-accumulate of elements, pJ; formats that are left out cannot be accounted for. */
  readonly multiplyAccumulatePj: Readonly<Partial<Record<NumberFormat, number>>>;
  /** An element that a vector unit takes in, pJ. */
  readonly vectorElementPj: number;
  readonly memories: Readonly<Record<MemoryKind, readonly MemoryEnergy[]>>;
  /** A byte that an engine moves, beside its memories, pJ. */
  readonly moverPjPerByte: Readonly<Record<MoverKind, number>>;
  /** A byte over one link, pJ; nothing where it is left out. */
  readonly linkPjPerByte?: Readonly<Partial<Record<LinkKind, number>>>;
  /** What one instance takes all the time, mW; nothing where it is left out. */
  readonly staticMw: Readonly<Partial<Record<MemoryKind | MoverKind | "tile" | "machine", number>>>;
};
