import type { Dataflow } from "../reference/hardware.ts";
import type { ReferenceFormat } from "../reference/number-formats.ts";
import type { ReferenceActivation, VectorOrder } from "../reference/vector.ts";
import type { RandomGeometry } from "./geometries.ts";

/**
 * Random programs as data. Units and regions are picked by numbers that are taken modulo how many there are, so that machine and program
 * are drawn, and shrunk, independently of each other.
 */

/** Credits of the driver's semaphores, by number. */
export interface RandomOrdering {
  readonly waitFor: readonly number[];
  readonly signal: readonly number[];
  readonly count: number;
}

export interface RandomStagger {
  readonly lanes: number;
  /** Asks other movers too, which refuse more than one lane; without it only streamers are asked. */
  readonly onAnyMover: boolean;
}

export interface RandomTransfer {
  readonly ordering?: RandomOrdering | undefined;
  readonly op: "transfer";
  readonly mover: number;
  readonly source: number;
  readonly sourceOffset: number;
  readonly destination: number;
  readonly destinationOffset: number;
  readonly bytes: number;
  /** With one, it is what moves instead of the bytes. */
  readonly geometry: RandomGeometry | undefined;
  readonly stagger: RandomStagger | undefined;
  readonly columns: boolean;
  readonly callback: RandomCallback | undefined;
}

/** The formats of operands and of the result, and how whole numbers stand for results. */
export interface RandomFormats {
  readonly format: ReferenceFormat | undefined;
  readonly resultFormat: ReferenceFormat | undefined;
  readonly resultScale: number | undefined;
  readonly resultZeroPoint: number | undefined;
}

/** A factor, or the place of a row of factors. */
export type RandomScale = { readonly factor: number } | { readonly place: number };

interface RandomEpilogue {
  readonly scale: RandomScale | undefined;
  readonly bias: number | undefined;
  readonly activation: ReferenceActivation;
  readonly slope: number | undefined;
}

export interface RandomProduct {
  /** With one, the product queues behind those that the tile has. */
  readonly ordering?: RandomOrdering | undefined;
  readonly op: "matmul";
  readonly tile: number;
  readonly scratchpad: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly accumulate: boolean | undefined;
  readonly formats: RandomFormats;
  readonly epilogue: RandomEpilogue | undefined;
  readonly dataflow: Dataflow | undefined;
  readonly callback: RandomCallback | undefined;
}

/** A vector operation; operands that it does not have are places that are not used. */
export interface RandomVector {
  readonly ordering?: RandomOrdering | undefined;
  readonly op: "vector";
  readonly tile: number;
  readonly scratchpad: number;
  readonly rows: number;
  readonly cols: number;
  readonly order: VectorOrder;
  readonly formats: RandomFormats;
  /** Of an activation. */
  readonly scale: RandomScale | undefined;
  readonly source: number;
  readonly second: number | undefined;
  readonly third: number | undefined;
  readonly destination: number;
  readonly callback: RandomCallback | undefined;
}

export interface RandomHostAccess {
  readonly op: "hostWrite" | "hostRead";
  readonly region: number;
  readonly offset: number;
  readonly elements: number;
  readonly value: number;
}

/** What a callback does besides being noted, in this order. */
export type RandomCallback = readonly (
  | RandomTransfer
  | RandomProduct
  | RandomVector
  | RandomHostAccess
  | RandomMischief
)[];

interface RandomMischief {
  readonly op: "run" | "raise";
}

interface RandomSignal {
  readonly op: "signal";
  readonly semaphore: number;
  readonly count: number;
}

export interface RandomRun {
  readonly op: "step" | "runUntil" | "runFor";
  readonly cycles: number;
}

export type RandomOp =
  | RandomTransfer
  | RandomProduct
  | RandomVector
  | RandomHostAccess
  | RandomRun
  | RandomSignal
  | { readonly op: "runUntilIdle" | "reset" };

export interface RandomProgram {
  /** All addresses and sizes are multiples of this many bytes; matrix products are only issued at 4. */
  readonly granule: 1 | 4;
  /** Added to every address: float32 elements need not lie at multiples of four. */
  readonly skew: number;
  /** The program touches only this many bytes at either end of a region. */
  readonly windowBytes: number;
  readonly ops: readonly RandomOp[];
}
