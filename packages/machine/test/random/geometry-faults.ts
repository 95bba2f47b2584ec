import fc from "fast-check";
import type { Layout, LayoutPair } from "../reference/layout.ts";

const faultKinds = [
  "overlap",
  "far",
  "one more",
  "negative",
  "fraction",
  "wide elements",
  "no elements",
  "ragged",
  "repeated start",
] as const;

/** What is changed in a legal layout. Most of it must be refused; where it happens to stay legal, both machines must see that too. */
export interface Fault {
  readonly kind: (typeof faultKinds)[number];
  readonly end: "source" | "destination";
  /** Which of the numbers. */
  readonly at: number;
  /** A small amount for kinds that have one. */
  readonly amount: number;
}

export const randomFault: fc.Arbitrary<Fault> = fc.record({
  kind: fc.constantFrom(...faultKinds, "overlap", "overlap", "far", "far"),
  end: fc.constantFrom("source" as const, "destination" as const, "destination" as const),
  at: fc.nat({ max: 11 }),
  amount: fc.integer({ min: 1, max: 3 }),
});

/** Far beyond any region of the random machines, in granules. */
const far = 2 ** 24;

function changed(list: readonly number[], at: number, change: (value: number) => number): readonly number[] {
  return list.map((value, index) => (index === at % list.length ? change(value) : value));
}

/** Changes the stride of a dimension that has more than one index, where there is one: of others no stride matters. */
function withStride(layout: Layout, at: number, change: (stride: number) => number): Layout {
  const long = [...layout.counts.keys()].filter((dimension) => (layout.counts[dimension] ?? 0) > 1);
  const chosen = long[at % Math.max(1, long.length)] ?? 0;
  return { ...layout, strides: changed(layout.strides, chosen, change) };
}

/** Changes one of a layout's strides, starts or counts. */
function changedAnywhere(layout: Layout, at: number, change: (value: number) => number): Layout {
  switch (at % 3) {
    case 0:
      return { ...layout, counts: changed(layout.counts, at, change) };
    case 1:
      return { ...layout, starts: changed(layout.starts ?? [0], at, change) };
    default:
      return { ...layout, strides: changed(layout.strides, at, change) };
  }
}

function faulty(layout: Layout, { kind, at, amount }: Fault): Layout {
  switch (kind) {
    case "overlap":
      return withStride(layout, at, (stride) => Math.max(0, stride - amount));
    case "far":
      return at % 2 === 0
        ? withStride(layout, at >> 1, (stride) => stride + far)
        : { ...layout, starts: changed(layout.starts ?? [0], at, (start) => start + far) };
    case "one more":
      return { ...layout, counts: changed(layout.counts, at, (count) => count + 1) };
    case "negative":
      return changedAnywhere(layout, at, (value) => -value - amount);
    case "fraction":
      // Also at four bytes to the granule it stays a fraction.
      return changedAnywhere(layout, at, (value) => value + 0.1 * amount);
    case "wide elements":
      return { ...layout, elementBytes: layout.elementBytes + amount };
    case "no elements":
      return { ...layout, elementBytes: layout.elementBytes - amount };
    case "ragged":
      return at % 2 === 0
        ? { ...layout, counts: [...layout.counts, 1] }
        : { ...layout, strides: layout.strides.slice(1) };
    case "repeated start": {
      const starts = layout.starts ?? [0];
      return { ...layout, starts: [...starts, starts[at % Math.max(1, starts.length)] ?? 0] };
    }
  }
}

export function withFault(pair: LayoutPair, fault: Fault): LayoutPair {
  return fault.end === "source"
    ? { ...pair, source: faulty(pair.source, fault) }
    : { ...pair, destination: faulty(pair.destination, fault) };
}
