import type { MatmulReport } from "kpu-sim";

/** Logarithmic axes: whole decades, and where values lie on them, from 0 to 1. */
export type Axis = { readonly low: number; readonly high: number };

/** The line of one level of memory: its ports' bytes a cycle, what was reached at which intensity. */
export type Roof = {
  readonly level: string;
  readonly bytesPerCycle: number;
  readonly intensity: number;
  readonly height: number;
};

/**
 * The rooflines of a product (Williams, Waterman, Patterson, CACM 2009): no level allows more operations a cycle than its ports' bytes
 * a cycle times the operations for each byte that goes through them.
 */
export function roofsOf(report: MatmulReport): readonly Roof[] {
  return report.levels
    .filter(({ intensityFlopsPerByte, roofFlopsPerCycle }) => intensityFlopsPerByte > 0 && roofFlopsPerCycle > 0)
    .map(({ level, intensityFlopsPerByte, roofFlopsPerCycle }) => ({
      level,
      intensity: intensityFlopsPerByte,
      height: roofFlopsPerCycle,
      bytesPerCycle: roofFlopsPerCycle / intensityFlopsPerByte,
    }));
}

/** Levels by their dots: those of one intensity, within a hundredth, share a dot. */
export function dotsOf(
  roofs: readonly Roof[],
): readonly { readonly intensity: number; readonly levels: readonly string[] }[] {
  const dots: { readonly intensity: number; readonly levels: string[] }[] = [];
  for (const { level, intensity } of roofs) {
    const near = dots.find((dot) => Math.abs(intensity / dot.intensity - 1) < 0.01);
    if (near === undefined) dots.push({ intensity, levels: [level] });
    else near.levels.push(level);
  }
  return dots;
}

/** The decades that hold all values. */
export function axisOf(values: readonly number[]): Axis {
  const low = Math.floor(Math.log10(Math.min(...values)));
  return { low, high: Math.max(Math.ceil(Math.log10(Math.max(...values))), low + 1) };
}

export function shareOf({ low, high }: Axis, value: number): number {
  return (Math.log10(value) - low) / (high - low);
}

export function decadesOf({ low, high }: Axis): readonly number[] {
  return Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
}
