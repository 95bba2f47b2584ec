import { type Dataflow, dataflows } from "kpu-sim";
import { describe, expect, test } from "vitest";
import type { ArrayPicture, ArrayWatch } from "./array-watch.ts";
import type { RunRequest } from "./protocol.ts";
import { Session } from "./session.ts";

function requestFor(dataflow: Dataflow, timingOnly: boolean): RunRequest {
  return {
    title: "product",
    config: { timingOnly, computeTiles: { rows: 5, cols: 4, dataflow } },
    program: { kind: "matmul", request: { m: 24, n: 20, k: 22, tileM: 8, tileN: 12, tileK: 7 } },
  };
}

type Product = { readonly begin: number; readonly end: number };

/** A run that has ended, and the products of its first tile. */
function ended(request: RunRequest): { readonly session: Session; readonly products: readonly Product[] } {
  const session = new Session(request);
  const { columns } = session.advance(Number.POSITIVE_INFINITY);
  const tile = session.description.origin.units.findIndex(({ kind }) => kind === "tile");
  const products = [...columns.unit.keys()]
    .filter((event) => columns.unit[event] === tile)
    .map((event) => ({ begin: columns.begin[event] ?? 0, end: columns.end[event] ?? 0 }));
  return { session, products };
}

function pictureOf(arrays: ArrayWatch, { begin }: Product, cycle: number): ArrayPicture {
  const picture = arrays.at(0, begin, cycle);
  if (picture === undefined) throw new Error(`nothing at ${begin}`);
  return picture;
}

describe.each(dataflows)("the arrays of a run, %s", (dataflow) => {
  test("can be looked at in every product, in any order, for as long as it took", () => {
    const { session, products } = ended(requestFor(dataflow, false));
    expect(products.length).toBeGreaterThan(4);
    for (const product of products.toReversed()) {
      const picture = pictureOf(session.arrays, product, 3);
      expect(picture).toMatchObject({ hasValues: true, cycles: product.end - product.begin, dataflow });
      expect(picture.snapshot.cycle).toBe(3);
      // It can be sent to the page.
      expect(structuredClone(picture)).toEqual(picture);
    }
  });

  test("have an activity that adds up over ranges, and is the machine's at the end", () => {
    for (const timingOnly of [false, true]) {
      const { session, products } = ended(requestFor(dataflow, timingOnly));
      const { latestCycle, arrays } = session;
      const [, second] = products;
      // In the middle of the second product.
      const middle = Math.floor(((second?.begin ?? 0) + (second?.end ?? 0)) / 2);
      const [one, other] = [arrays.activityIn(0, 0, middle), arrays.activityIn(0, middle, latestCycle)];
      const whole = arrays.activityIn(0, 0, latestCycle);
      expect(one.counts.some((count) => count > 0)).toBe(true);
      expect(other.counts.some((count) => count > 0)).toBe(true);
      expect(one.counts.map((count, place) => count + (other.counts[place] ?? 0))).toEqual(whole.counts);
      expect([whole.rows, whole.cols]).toEqual([5, 4]);
      const longest = products.reduce((sum, { begin, end }) => sum + end - begin, 0);
      expect(Math.max(...whole.counts)).toBeLessThanOrEqual(longest);
      const stepped = products.map((product) => pictureOf(arrays, product, 0).product.words);
      expect(whole.counts.reduce((sum, count) => sum + count, 0)).toBe(
        stepped.reduce((sum, { m, n, k }) => sum + m * n * k, 0),
      );
    }
  });
});

test("the sums of an array at the end of a product are what the scratchpad holds then", () => {
  const { session, products } = ended({
    title: "one fold each",
    config: { computeTiles: { rows: 8, cols: 8 } },
    program: { kind: "matmul", request: { m: 16, n: 16, k: 16, tileM: 8, tileN: 8, tileK: 4 } },
  });
  for (const product of products) {
    const { snapshot, cycles } = pictureOf(session.arrays, product, product.end - product.begin);
    expect(snapshot.cycle).toBe(cycles);
    const scratchpad = new Uint32Array(session.bytesAt(product.end, "scratchpad", 0, 0, 65536).slice().buffer);
    const sums = new Uint32Array(snapshot.sum.buffer);
    const isThere = (at: number): boolean => sums.every((word, index) => scratchpad[at + index] === word);
    expect(scratchpad.some((_, at) => isThere(at))).toBe(true);
  }
});

test("times only: registers say whether they hold something, not what", () => {
  const { session, products } = ended(requestFor("output_stationary", true));
  const [first] = products;
  if (first === undefined) throw new Error("no product");
  const { hasValues, snapshot } = pictureOf(session.arrays, first, 4);
  expect(hasValues).toBe(false);
  expect([...snapshot.state].filter((state) => state > 0).length).toBeGreaterThan(0);
});
