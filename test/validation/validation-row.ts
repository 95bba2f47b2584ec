/** One published figure beside ours. */
export type ValidationRow = Readonly<{
  /** Names its test. */
  id: string;
  quantity: string;
  source: string;
  published: number;
  ours: number;
  unit: string;
  /** Relative; 0 means exact. Undefined where another model is compared with, so that the difference is stated and nothing is claimed. */
  tolerance: number | undefined;
  /** What prints or checks the figure. */
  command: string;
}>;

/** Rows that belong together on the page. */
export type ValidationSection = Readonly<{
  title: string;
  /** What is counted, by which convention, and by which part of the simulator. */
  note: string;
  /** Whether `rows` reads the folder of published data, which a clone by itself does not have. */
  needsReferenceData?: boolean;
  rows: () => readonly ValidationRow[];
}>;

export type Standing = "exact" | "within tolerance" | "stated" | "wrong";

/** Ours against the published figure: relative, signed. */
export function relativeError({ published, ours }: ValidationRow): number {
  return ours === published ? 0 : (ours - published) / Math.abs(published);
}

/** Where a row stands; a figure that is not a number is wrong. */
export function standingOf(row: ValidationRow): Standing {
  if (row.ours === row.published) return "exact";
  const error = Math.abs(relativeError(row));
  if (row.tolerance === undefined) return Number.isFinite(error) ? "stated" : "wrong";
  return error <= row.tolerance ? "within tolerance" : "wrong";
}
