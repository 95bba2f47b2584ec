import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AccessPattern } from "./access-pattern.ts";
import { type Overlap, overlapOf } from "./footprint.ts";
import { PagedMemory, pageBytes } from "./paged-memory.ts";
import { gather, scatter } from "./strided-copy.ts";

type Shape = {
  readonly elementBytes: number;
  readonly loops: readonly { readonly count: number; readonly stride: number }[];
  readonly starts: readonly number[] | undefined;
};

/** Strides in a coarse and a fine raster, so that loops nest, touch, interleave and overlap. */
const stride = fc.oneof(fc.nat({ max: 12 }), fc.constantFrom(0, 4, 8, 16, 64, 1024, 30_000));
const shape: fc.Arbitrary<Shape> = fc.record({
  elementBytes: fc.constantFrom(1, 2, 4, 8, 700),
  loops: fc.array(fc.record({ count: fc.nat({ max: 5 }), stride }), { minLength: 1, maxLength: 4 }),
  starts: fc.option(fc.array(fc.nat({ max: 70_000 }), { maxLength: 4 }), { nil: undefined }),
});

function patternOf({ elementBytes, loops, starts }: Shape): AccessPattern {
  return new AccessPattern(
    elementBytes,
    loops.map(({ count }) => count),
    loops.map((loop) => loop.stride),
    starts,
  );
}

/** The bytes of a shape in order, by the definition. */
function bytesOf({ elementBytes, loops, starts }: Shape): readonly number[] {
  let offsets: readonly number[] = starts ?? [0];
  for (const loop of loops) {
    offsets = offsets.flatMap((offset) =>
      Array.from({ length: loop.count }, (_, index) => offset + index * loop.stride),
    );
  }
  return offsets.flatMap((offset) => Array.from({ length: elementBytes }, (_, byte) => offset + byte));
}

const memoryBytes = 4 * pageBytes;

/** A memory of which some pages were never written, and its bytes. */
function patchyMemory(): { readonly memory: PagedMemory; readonly bytes: Uint8Array } {
  const memory = new PagedMemory(memoryBytes);
  const bytes = new Uint8Array(memoryBytes);
  for (const page of [0, 2]) {
    const content = Uint8Array.from({ length: pageBytes }, (_, index) => (index * 7 + (index >> 8) + page) % 251);
    memory.write(page * pageBytes, content);
    bytes.set(content, page * pageBytes);
  }
  return { memory, bytes };
}

describe("access patterns", () => {
  test("take their bytes in the order of the loops; sizes and sets are those of the bytes", () => {
    fc.assert(
      fc.property(shape, (given) => {
        const pattern = patternOf(given);
        const expected = bytesOf(given);
        expect(pattern.bytes).toBe(expected.length);
        expect(pattern.extentBytes).toBe(expected.reduce((end, byte) => Math.max(end, byte + 1), 0));
        const visited: number[] = [];
        pattern.forEachRow((offset, step, count, runBytes) => {
          for (let run = 0; run < count; run++) {
            for (let byte = 0; byte < runBytes; byte++) visited.push(offset + run * step + byte);
          }
        });
        expect(visited).toEqual(expected);
        const set = new Set(expected);
        expect(pattern.overlapsItself()).toBe(set.size !== expected.length);
        if (expected.length > 0) expect(pattern.footprint.byteCount).toBe(set.size);
        const ascending = expected.every((byte, index) => byte === index);
        if (expected.length > 0) expect(pattern.isContiguous).toBe(ascending);
      }),
      { numRuns: 400 },
    );
  });

  test("two sets have in common what both touch, interleaved or not", () => {
    const overlap: Overlap = { first: 0, bytes: 0 };
    fc.assert(
      fc.property(shape, shape, fc.nat({ max: 40 }), fc.nat({ max: 40 }), (left, right, leftOffset, rightOffset) => {
        const set = new Set(bytesOf(left).map((byte) => byte + leftOffset));
        const common = [...new Set(bytesOf(right).map((byte) => byte + rightOffset))].filter((byte) => set.has(byte));
        const [one, other] = [patternOf(left), patternOf(right)];
        overlapOf(one.footprint.intervals, leftOffset, other.footprint.intervals, rightOffset, overlap);
        if (one.bytes === 0 || other.bytes === 0) return;
        expect(overlap.bytes).toBe(common.length);
        if (common.length > 0) expect(overlap.first).toBe(Math.min(...common));
      }),
      { numRuns: 400 },
    );
  });

  test("are read from and written to memory byte for byte, over page borders and unwritten pages", () => {
    const place = fc.oneof(fc.nat({ max: 8 }), fc.integer({ min: pageBytes - 40, max: pageBytes + 40 }));
    fc.assert(
      fc.property(shape, place, (given, offset) => {
        const pattern = patternOf(given);
        if (offset + pattern.extentBytes > memoryBytes) return;
        const { memory, bytes } = patchyMemory();
        const packed = new Uint8Array(pattern.bytes).fill(255);
        gather(memory, offset, pattern, packed);
        const expected = bytesOf(given);
        expect(expected.findIndex((byte, index) => packed[index] !== bytes[offset + byte])).toBe(-1);
        const values = packed.map((value, index) => value + index);
        scatter(memory, offset, pattern, values);
        for (const [index, byte] of expected.entries()) bytes[offset + byte] = values[index] ?? 0;
        const whole = new Uint8Array(memoryBytes);
        memory.read(0, whole);
        expect(whole.findIndex((byte, index) => byte !== bytes[index])).toBe(-1);
      }),
      { numRuns: 150 },
    );
  });
});
