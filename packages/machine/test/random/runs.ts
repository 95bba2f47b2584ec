function fromEnvironment(name: string): number | undefined {
  const text = process.env[name];
  return text === undefined || !Number.isInteger(Number(text)) ? undefined : Number(text);
}

/**
 * How a property is tried: few random cases by default, as many as KPU_FUZZ_RUNS says for a long search. A failure prints its seed, and
 * KPU_FUZZ_SEED gives the same cases again.
 */
export function fuzzParameters(defaultRuns: number): { readonly numRuns: number; readonly seed?: number } {
  const [runs, seed] = [fromEnvironment("KPU_FUZZ_RUNS"), fromEnvironment("KPU_FUZZ_SEED")];
  const numRuns = runs !== undefined && runs > 0 ? runs : defaultRuns;
  return seed === undefined ? { numRuns } : { numRuns, seed };
}

/** A long search takes as long as it takes. */
export const fuzzTimeoutMs = 3_600_000;
