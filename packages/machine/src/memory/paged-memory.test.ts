import fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryContents } from "./memory-contents.ts";
import { PagedMemory, PagePool, pageBytes, type SavedPages } from "./paged-memory.ts";

const capacity = 3 * pageBytes + 100;

type Step =
  | {
      readonly kind: "write";
      readonly memory: number;
      readonly offset: number;
      readonly count: number;
      readonly byte: number;
    }
  | { readonly kind: "zero"; readonly memory: number; readonly offset: number; readonly count: number }
  | {
      readonly kind: "copy";
      readonly from: number;
      readonly to: number;
      readonly source: number;
      readonly offset: number;
      readonly count: number;
    }
  | { readonly kind: "past"; readonly act: "save" | "restore" | "clear"; readonly memory: number };

type Saved = { readonly pages: SavedPages; readonly bytes: Uint8Array };

/** Saves, restores or clears a memory and its flat double; returns what is saved now. */
function visitPast(act: "save" | "restore" | "clear", paged: PagedMemory, flat: Uint8Array, saved: Saved): Saved {
  if (act === "save") return { pages: paged.save(), bytes: flat.slice() };
  if (act === "restore") {
    paged.restore(saved.pages);
    flat.set(saved.bytes);
  } else {
    paged.clear();
    flat.fill(0);
  }
  return saved;
}

// Page borders and whole pages are where copying by reference could go wrong, so they are picked often.
const place = fc.oneof(
  fc.integer({ min: 0, max: capacity - 1 }),
  fc.constantFrom(0, 1, pageBytes - 1, pageBytes, 2 * pageBytes),
);
const size = fc.oneof(fc.integer({ min: 0, max: capacity }), fc.constantFrom(1, pageBytes, 2 * pageBytes));
const which = fc.integer({ min: 0, max: 1 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("write" as const),
      memory: which,
      offset: place,
      count: size,
      byte: fc.integer({ min: 1, max: 255 }),
    }),
    fc.record({ kind: fc.constant("zero" as const), memory: which, offset: place, count: size }),
    fc.record({
      kind: fc.constant("copy" as const),
      from: which,
      to: which,
      source: place,
      offset: place,
      count: size,
    }),
    fc.record({
      kind: fc.constant("past" as const),
      act: fc.constantFrom("save" as const, "restore" as const, "clear" as const),
      memory: which,
    }),
  ),
  { maxLength: 40 },
);

test("behaves as flat memory, with copies between and within memories, checkpoints and pages used again", () => {
  fc.assert(
    fc.property(steps, (program) => {
      const pool = new PagePool();
      const paged = [new PagedMemory(capacity, pool), new PagedMemory(capacity, pool)] as const;
      const flat = [new Uint8Array(capacity), new Uint8Array(capacity)] as const;
      const nothing = (): Saved => ({ pages: new Map(), bytes: new Uint8Array(capacity) });
      const saved: [Saved, Saved] = [nothing(), nothing()];
      for (const step of program) {
        if (step.kind === "copy") {
          const count = Math.min(step.count, capacity - step.source, capacity - step.offset);
          const [from, to] = [step.from === 0 ? 0 : 1, step.to === 0 ? 0 : 1] as const;
          paged[to].copyFrom(paged[from], step.source, step.offset, count);
          flat[to].set(flat[from].slice(step.source, step.source + count), step.offset);
          continue;
        }
        const at = step.memory === 0 ? 0 : 1;
        if (step.kind === "past") {
          saved[at] = visitPast(step.act, paged[at], flat[at], saved[at]);
          continue;
        }
        const count = Math.min(step.count, capacity - step.offset);
        if (step.kind === "zero") {
          paged[at].zero(step.offset, count);
          flat[at].fill(0, step.offset, step.offset + count);
        } else {
          paged[at].write(step.offset, new Uint8Array(count).fill(step.byte));
          flat[at].fill(step.byte, step.offset, step.offset + count);
        }
      }
      for (const at of [0, 1] as const) {
        const content = new Uint8Array(capacity);
        paged[at].read(0, content);
        expect(Buffer.compare(content, flat[at])).toBe(0);
      }
    }),
    { numRuns: 400 },
  );
});

test("memory that was not written takes no space and reads zero", () => {
  const contents = new MemoryContents(() => 2 ** 40);
  const target = new Uint8Array(8).fill(1);
  contents.read(5, 2 ** 39, target);
  expect(target).toEqual(new Uint8Array(8));
  contents.copy(5, 0, 6, 2 ** 38, 2 ** 35);
  expect(contents.committedBytes).toBe(0);
  contents.write(5, 2 ** 39, target);
  expect(contents.committedBytes).toBe(pageBytes);
});

test("whole pages are copied by reference and parted by the next write", () => {
  const source = new PagedMemory(2 ** 30);
  const copy = new PagedMemory(2 ** 30);
  source.write(0, new Uint8Array(2 * pageBytes).fill(3));
  copy.copyFrom(source, 0, pageBytes, 2 * pageBytes);
  source.write(10, Uint8Array.of(9));
  copy.write(pageBytes + 20, Uint8Array.of(8));
  const read = (memory: PagedMemory, offset: number): number => {
    const byte = new Uint8Array(1);
    memory.read(offset, byte);
    return byte[0] ?? 0;
  };
  expect([read(source, 10), read(source, 20), read(copy, pageBytes + 10), read(copy, pageBytes + 20)]).toEqual([
    9, 3, 3, 8,
  ]);
});
