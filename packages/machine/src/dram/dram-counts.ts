/** What a channel counts, by place in its list of counts; times are in ticks of the DRAM clock. */
export const dramCount = {
  reads: 0,
  writes: 1,
  activates: 2,
  precharges: 3,
  refreshes: 4,
  rowHits: 5,
  rowMisses: 6,
  rowConflicts: 7,
  busBusy: 8,
  /** Requests in the queue, summed up over all ticks. */
  queued: 9,
  activeStandby: 10,
  refreshing: 11,
  activePowerDown: 12,
  prechargePowerDown: 13,
} as const;

export type DramCount = keyof typeof dramCount;

export const dramCountNumber: number = Object.keys(dramCount).length;

/** Adds to a count. */
export function count(counts: Float64Array, place: number, amount: number = 1): void {
  counts[place] = (counts[place] ?? 0) + amount;
}
