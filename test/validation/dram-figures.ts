/** Ramulator 2.1 (commit c5b1c3a4), what its own tests expect of a standard's channel; it leaves the burst out of the latency. */
export const ramulator = (
  [
    ["DDR3-1600", 27, 12.8, 12.488, 1],
    ["DDR4-2400", 48, 19.2, 18.228, 1],
    ["DDR5-4800", 102, 19.2, 17.57, 1],
    ["LPDDR5-6400", 47, 12.8, 11.956, 1],
    ["LPDDR6-10667", 211, 14.222, 12.607, 1],
    ["GDDR6-14000", 84, 28, 25.69, 1],
    ["GDDR7-28000", 84, 28.02, 24.83, 1],
    ["HBM1-2000", 42, 32, 30.416, 1],
    // A channel of these has two pseudo channels.
    ["HBM2-2000", 42, 32, 30.416, 2],
    ["HBM3-6400", 77, 51.2, 47.245, 2],
    ["HBM4-8000", 92, 64, 55.926, 2],
  ] as const
).map(([name, unloadedClocks, peakGbps, refreshLimitedGbps, channels]) => ({
  name,
  unloadedClocks,
  peakGbps,
  refreshLimitedGbps,
  channels,
}));

/**
 * DRAMsim3 (commit 29817593): clocks of lone reads with another row open and with none, one of them to hand the data back;
 * bandwidth of random traffic, two thirds reads, over 1,000,000 clocks.
 */
export const dramsim = (
  [
    ["DDR4-3200", 71, 49, 18.67, 1],
    ["LPDDR4-2400", 56, 41, 17.42, 1],
    ["HBM2-x128", 45, 31, 60.8, 8],
    ["GDDR6-x128", 74, 50, 29.3, 1],
  ] as const
).map(([name, conflictClocks, closedClocks, randomGbps, channels]) => ({
  name,
  conflictClocks,
  closedClocks,
  randomGbps,
  channels,
}));
