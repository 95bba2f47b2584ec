import { type Activation, activationFunction } from "./functions.ts";

/** Functions that are exact whatever a unit's tables hold: they need none. */
const withoutTable: ReadonlySet<Activation> = new Set<Activation>(["none", "relu", "leaky_relu"]);

export function needsTable(activation: Activation): boolean {
  return !withoutTable.has(activation);
}

/**
 * A function by linear interpolation between float32 entries at evenly spaced places from `-range` to `range`, both included.
 * Beyond them it is the entry at the end. The interpolation itself is in double precision and rounded once.
 */
export class FunctionTable {
  readonly #entries: Float32Array;
  readonly #low: number;
  readonly #perUnit: number;

  constructor(activation: Activation, size: number, range: number) {
    const exact = activationFunction(activation);
    const last = size - 1;
    this.#low = -range;
    this.#perUnit = last / (2 * range);
    this.#entries = Float32Array.from({ length: size }, (_, index) =>
      exact(Math.fround((range * (2 * index - last)) / last)),
    );
  }

  /** Replaces every value by the function's; a NaN stays one. */
  apply(values: Float32Array): void {
    const entries = this.#entries;
    const last = entries.length - 1;
    for (let index = 0; index < values.length; index++) {
      const x = values[index] ?? 0;
      const place = (x - this.#low) * this.#perUnit;
      if (place <= 0) values[index] = entries[0] ?? 0;
      else if (place >= last) values[index] = entries[last] ?? 0;
      else if (!Number.isNaN(place)) {
        const below = Math.floor(place);
        const from = entries[below] ?? 0;
        values[index] = from + (place - below) * ((entries[below + 1] ?? 0) - from);
      }
    }
  }
}
