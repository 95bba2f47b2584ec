/** One published figure beside ours. */
export type ValidationRow = Readonly<{
  id: string;
  quantity: string;
  source: string;
  published: number;
  ours: number;
  unit: string;
  /** Relative; 0 means exact. */
  tolerance: number;
  /** What prints or checks the figure. */
  command: string;
}>;
