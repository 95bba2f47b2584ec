/** A product as the schedules of the stepped array need it: operands and results as bits, row-major. */
export type ProductData = {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly aBits: Uint32Array;
  readonly bBits: Uint32Array;
  /** C: the start values with `accumulate`, then partial sums of earlier folds, then results. */
  readonly resultBits: Uint32Array;
  readonly accumulate: boolean;
};

/** Elements that have passed the edges of the array so far, counted one by one as they pass. */
export type EdgeCounts = {
  operandAReads: number;
  operandBReads: number;
  partialSumReads: number;
  resultWrites: number;
};

/** What enters and leaves at the edges of an array, fold by fold and cycle by cycle: one for each kind of dataflow. */
export type ArraySchedule = {
  readonly foldCount: number;
  /** Before the first cycle of a fold. */
  readonly beginFold: (fold: number) => void;
  /** Cycle number `cycle` of the fold, from 0: feeds the edges, clocks the array, takes what leaves. Returns whether it was the last. */
  readonly step: (cycle: number) => boolean;
  /** After the last cycle of a fold. */
  readonly endFold: () => void;
};
