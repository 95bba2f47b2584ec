import { KpuError, traceCauses, traceOperations } from "@kpu-sim/machine";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { traceBytes } from "../../../test/trace-bytes.ts";
import { tracedPipeline } from "../../../test/traced-machines.ts";
import { recordingOf } from "../recording.ts";
import { utf8Bytes, utf8Text } from "../utf8.ts";
import { crc32 } from "./checksum.ts";
import { blockHeadBytes, blockKinds, blockTailBytes, fileHeadBytes, magic } from "./file-layout.ts";
import { readU32, writeU32 } from "./number-bytes.ts";
import { readTrace } from "./trace-reader.ts";

const machine = tracedPipeline();
const whole = traceBytes(recordingOf(machine), "kputrace");
const columns = readTrace(whole).columns();

type Block = { readonly kind: number; readonly contents: Uint8Array };

function blocksOf(bytes: Uint8Array): Block[] {
  const blocks: Block[] = [];
  for (let at = fileHeadBytes; at < bytes.length; ) {
    const length = readU32(bytes, at + 4);
    const start = at + blockHeadBytes;
    blocks.push({ kind: readU32(bytes, at), contents: bytes.slice(start, start + length) });
    at = start + length + blockTailBytes;
  }
  return blocks;
}

/** A file of blocks whose checksums are right, whatever the blocks say. */
function signed(blocks: readonly Block[]): Uint8Array {
  const parts = blocks.map(({ kind, contents }) => {
    const block = new Uint8Array(blockHeadBytes + contents.length + blockTailBytes);
    writeU32(block, 0, kind);
    writeU32(block, 4, contents.length);
    block.set(contents, blockHeadBytes);
    writeU32(block, block.length - blockTailBytes, crc32(block.subarray(0, block.length - blockTailBytes)));
    return block;
  });
  return Uint8Array.from([...whole.subarray(0, fileHeadBytes), ...parts.flatMap((part) => [...part])]);
}

const [header, events, ending] = blocksOf(whole);
if (header === undefined || events === undefined || ending === undefined) throw new Error("three blocks");

function withJson(block: Block, change: (json: Record<string, unknown>) => void): Block {
  const json = JSON.parse(utf8Text(block.contents));
  change(json);
  return { kind: block.kind, contents: utf8Bytes(JSON.stringify(json)) };
}

function withBytes(block: Block, change: (contents: Uint8Array) => void): Block {
  const contents = block.contents.slice();
  change(contents);
  return { kind: block.kind, contents };
}

/** What reading says, or the trace; anything but a clean refusal surfaces. */
function refusalOf(bytes: Uint8Array): string | undefined {
  try {
    readTrace(bytes).columns();
    return undefined;
  } catch (error) {
    if (!(error instanceof KpuError)) throw error;
    expect(error.code).toBe("KPU_ARGUMENT");
    expect(error.message).toMatch(/^trace file, offset \d+: ./);
    expect(error.details["offset"]).toBeLessThanOrEqual(bytes.length);
    return error.message;
  }
}

describe("a damaged file is refused", () => {
  test("when it is cut off anywhere", () => {
    fc.assert(
      fc.property(fc.nat(whole.length - 1), (length) => {
        expect(refusalOf(whole.subarray(0, length))).toMatch(/the file is (cut off|empty)/);
      }),
    );
  });

  test("when any byte is another one", () => {
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
        expect(refusalOf(whole.map((byte, at) => (at === place ? byte ^ change : byte)))).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });

  test("when bytes are missing, doubled or foreign", () => {
    const place = fc.nat(whole.length - 1);
    fc.assert(
      fc.property(place, place, fc.uint8Array({ maxLength: 20 }), (from, to, foreign) => {
        const bytes = Uint8Array.from([...whole.subarray(0, from), ...foreign, ...whole.subarray(to)]);
        const isWhole = Buffer.compare(bytes, whole) === 0;
        expect(refusalOf(bytes) === undefined).toBe(isWhole);
      }),
      { numRuns: 300 },
    );
  });

  test("when it is something else", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => refusalOf(bytes) !== undefined));
    expect(refusalOf(utf8Bytes("unit,source,destination"))).toBe("trace file, offset 0: this is no .kputrace file");
    expect(refusalOf(new Uint8Array(0))).toBe("trace file, offset 0: the file is empty");
  });
});

describe("a file whose checksums are right", () => {
  test("is refused or read, whatever its events say", () => {
    const change = fc.tuple(fc.nat(events.contents.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const other = withBytes(events, (contents) => {
          for (const [place, byte] of changes) contents[place] = byte;
        });
        const bytes = signed([header, other, ending]);
        if (refusalOf(bytes) !== undefined) return;
        const read = readTrace(bytes).columns();
        expect(read.begin.every((begin, index) => begin >= 0 && begin <= (read.end[index] ?? 0))).toBe(true);
        expect(read.end.every(Number.isSafeInteger)).toBe(true);
        expect(Math.max(...read.unit)).toBeLessThan(machine.trace.unitNames.length);
        expect(Math.max(...read.source, ...read.destination)).toBeLessThan(machine.trace.regionNames.length);
        expect(Math.max(...read.operation)).toBeLessThan(traceOperations.length);
        expect(Math.max(...read.cause)).toBeLessThan(traceCauses.length);
        expect(read.producer.every((from, index) => from >= -1 && from < index)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test("is refused or read, whatever its header and its ending say", () => {
    const text = fc.oneof(fc.json({ maxDepth: 3 }), fc.string());
    fc.assert(
      fc.property(text, text, fc.boolean(), (first, last, both) => {
        const of = (block: Block, given: string): Block => ({ kind: block.kind, contents: utf8Bytes(given) });
        expect(refusalOf(signed([of(header, first), events, ending]))).toBeDefined();
        expect(refusalOf(signed([both ? of(header, first) : header, events, of(ending, last)]))).toBeDefined();
      }),
    );
  });

  test("is refused when a field of its header is of another kind", () => {
    const keys = Object.keys(JSON.parse(utf8Text(header.contents)));
    const wrong = fc.constantFrom<unknown>(undefined, 7, -1, "x", [], [7], { a: { b: 1 } }, [{ name: 1 }], true);
    fc.assert(
      fc.property(fc.constantFrom(...keys), wrong, (key, value) => {
        const other = withJson(header, (json) => {
          if (value === undefined) delete json[key];
          else json[key] = value;
        });
        const refusal = refusalOf(signed([other, events, ending]));
        // A text is as good as another one, and so is a clock.
        if (!(key === "simulator" && value === "x") && !(key === "clockGhz" && value === 7)) {
          expect(refusal).toBeDefined();
        }
      }),
      { numRuns: 300 },
    );
  });

  test.each<[string, readonly Block[], string]>([
    ["no header", [events, ending], "offset 12: the header is missing"],
    ["two headers", [header, header, events, ending], "there is a second header"],
    ["a block of an unknown kind", [header, { kind: 9, contents: events.contents }], "there is no block of kind 9"],
    ["events twice", [header, events, events, ending], "events from 0 on follow 20 events"],
    ["too few events", [header, ending], "the file has 0 events, but says that it has 20"],
    ["something behind its end", [header, events, ending, events], "bytes follow the end of the trace"],
    [
      "no events in a block",
      [header, withBytes(events, (all) => writeU32(all, 0, 0)), ending],
      "a block of events has 0",
    ],
    ["a block that ends early", [header, { kind: 2, contents: events.contents.subarray(0, 9) }], "has only 9 bytes"],
    [
      "a block that ends late",
      [header, { kind: 2, contents: Uint8Array.from([...events.contents, 0]) }],
      "1 bytes behind",
    ],
    [
      "numbers of 3 bytes",
      [header, withBytes(events, (all) => all.fill(3, 20, 21))],
      "column later has numbers of 3 bytes",
    ],
    [
      "an operation that nobody knows",
      [withJson(header, (json) => Object.assign(json, { operations: ["transfer", "prayer"] })), events, ending],
      "it has operation 'prayer', which this version of the simulator does not know",
    ],
    [
      "a configuration that makes no machine",
      [withJson(header, (json) => Object.assign(json, { configs: [{ clock_ghz: "fast" }] })), events, ending],
      "its configuration: ",
    ],
    [
      "a memory fewer",
      [withJson(header, (json) => Object.assign(json, { memories: [] })), events, ending],
      /source \d+ of an event is above -1/.source,
    ],
  ])("is refused with %s", (_, blocks, reason) => {
    expect(refusalOf(signed(blocks))).toMatch(new RegExp(reason));
  });

  test("keeps its operations where their numbers have changed since", () => {
    const other = withJson(header, (json) => Object.assign(json, { operations: [...traceOperations].reverse() }));
    const read = readTrace(signed([other, events, ending])).columns();
    expect(read.operation).toEqual(columns.operation.map((code) => traceOperations.length - 1 - code));
  });

  test("is refused when it is announced too long, before it arrives", () => {
    const head = whole.slice(0, fileHeadBytes + blockHeadBytes);
    writeU32(head, fileHeadBytes + 4, 2 ** 31);
    expect(refusalOf(head)).toContain("a block of 2147483648 bytes was announced; at most 268435456 are allowed");
  });

  test.each([
    [2, "a newer version of the simulator wrote it"],
    [0, "there is no such version"],
    [2 ** 32 - 1, "it is of version 4294967295, known are 1 to 1"],
  ])("is refused when it is of version %i", (version, reason) => {
    const bytes = whole.slice();
    writeU32(bytes, magic.length, version);
    expect(refusalOf(bytes)).toContain(reason);
  });

  test("has its three kinds of blocks", () => {
    expect([header.kind, events.kind, ending.kind]).toEqual(Object.values(blockKinds));
  });
});
