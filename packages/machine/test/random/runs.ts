/** How many random programs a property tries: few by default, as many as KPU_FUZZ_RUNS says for a long search. */
export function fuzzRuns(defaultRuns: number): number {
  const asked = Number(process.env["KPU_FUZZ_RUNS"] ?? "");
  return Number.isInteger(asked) && asked > 0 ? asked : defaultRuns;
}

/** A long search takes as long as it takes. */
export const fuzzTimeoutMs = 3_600_000;
