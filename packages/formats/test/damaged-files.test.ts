// Real files with something wrong in them: text changed anywhere, and values in any place exchanged for others.
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { fuzzParameters, fuzzTimeoutMs } from "../../machine/test/random/runs.ts";
import {
  checkAreaTable,
  checkConfig,
  checkEnergyTable,
  checkScaleSimConfig,
  checkSystem,
  checkTopology,
  checkWorkload,
  configToText,
  type FileFormat,
  type Finding,
  findingText,
  parseConfig,
  parseSystem,
  presetNames,
  presets,
  systemPreset,
  systemPresetNames,
  systemToText,
} from "../src/index.ts";

/** What is read, if anything, and what is wrong; in the second round what was read is written and read again. */
type Reader = (text: string, format: FileFormat) => { readonly value: unknown; readonly errors: readonly Finding[] };

const readConfig: Reader = (text, format) => {
  const { description, errors } = checkConfig(text, format);
  if (description !== undefined) {
    expect(parseConfig(configToText(description, format), format)).toEqual(description);
  }
  return { value: description, errors };
};

const readSystem: Reader = (text, format) => {
  const { system, errors } = checkSystem(text, format);
  if (system !== undefined) expect(parseSystem(systemToText(system, format), format)).toEqual(system);
  return { value: system, errors };
};

const readWorkload: Reader = (text, format) => {
  const { workload, errors } = checkWorkload(text, format);
  return { value: workload, errors };
};

const readEnergy: Reader = (text, format) => {
  const { table, errors } = checkEnergyTable(text, format);
  return { value: table, errors };
};

const readArea: Reader = (text, format) => {
  const { table, errors } = checkAreaTable(text, format);
  return { value: table, errors };
};

const sizes = [
  "  - {read_pj_per_byte: 1, write_pj_per_byte: 2, up_to_kb: 64}",
  "  - {read_pj_per_byte: 3, write_pj_per_byte: 4}",
];
const energyTable = [
  "kind: kpu-energy-table\nversion: 1\nname: x\nmultiply_accumulate_pj: {float32: 4.6, int8: 0.3}\nmemories:",
  ...["host", "external", "l3", "l2", "scratchpad"].map((name) => ` ${name}:\n${sizes.join("\n")}`),
  "mover_pj_per_byte: {dma: 1}\nstatic_mw: {tile: 2, machine: 3}\n",
].join("\n");

const areaTable = [
  "kind: kpu-area-table\nversion: 1\nname: x\nelement_um2: {operands_8_bit: 332.25, operands_32_bit: 4000}",
  "memory_um2_per_kb: {l3: 1, l2: 2, scratchpad: 3}\nunit_um2: {dma: 1, vector_lane: 2}\n",
].join("\n");

function examples(folder: string, suffix: string): string[] {
  const place = new URL(`../../../examples/${folder}/`, import.meta.url);
  const names = readdirSync(place).filter((name) => name.endsWith(suffix));
  return names.map((name) => readFileSync(new URL(name, place), "utf8"));
}

const readers: readonly (readonly [string, Reader, readonly string[]])[] = [
  ["a configuration", readConfig, presetNames.map((name) => configToText(presets[name], "yaml"))],
  ["a system", readSystem, systemPresetNames.map((name) => systemToText(systemPreset(name), "yaml"))],
  ["a workload", readWorkload, examples("workloads", ".yaml")],
  ["an energy table", readEnergy, [energyTable]],
  ["an area table", readArea, [areaTable]],
];

/** Values that ought to be refused or to be taken well in any place. */
const value = fc.oneof(
  fc.constantFrom<unknown>(null, true, "", "x", "1", -1, 0, 0.5, 1e-300, 1e308, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53)),
  fc.constantFrom<unknown>([], {}, [[]], [{}], "k".repeat(5000), "__proto__", { constructor: 1 }, Array(2000).fill(1)),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.jsonValue({ maxDepth: 2 }),
);
const key = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "toString", "count", "kind"),
  fc.string({ maxLength: 8 }),
);
type Change = {
  readonly turns: readonly number[];
  readonly value: unknown;
  readonly key: string;
  readonly how: number;
};
const change: fc.Arbitrary<Change> = fc.record({
  turns: fc.array(fc.nat(), { maxLength: 6 }),
  value,
  key,
  how: fc.nat(3),
});

/** A copy in which one place is another value, is missing, is there twice, or has a neighbour. */
function changed(contents: unknown, { turns, value: other, key: name, how }: Change): unknown {
  const [turn, ...rest] = turns;
  if (turn === undefined || typeof contents !== "object" || contents === null) return other;
  const entries = Object.entries(contents);
  const place = turn % Math.max(1, entries.length);
  const [oldName = name, old = other] = entries[place] ?? [];
  const inside = rest.length === 0 ? other : changed(old, { turns: rest, value: other, key: name, how });
  const now: readonly (readonly [string, unknown])[] =
    rest.length > 0 || how === 0
      ? [[oldName, inside]]
      : how === 1
        ? []
        : [
            [oldName, old],
            [name, how === 2 ? old : other],
          ];
  const all = [...entries.slice(0, place), ...now, ...entries.slice(place + 1)];
  return Array.isArray(contents) ? all.map(([, each]) => each) : Object.fromEntries(all);
}

type Edit = { readonly from: number; readonly length: number; readonly text: string };
const edit: fc.Arbitrary<Edit> = fc.record({
  from: fc.nat(),
  length: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(200)),
  text: fc.oneof(
    fc.constantFrom(
      "",
      "\n",
      " ",
      "  ",
      "\t",
      ":",
      "- ",
      "{",
      "}",
      "[",
      "]",
      ",",
      "'",
      '"',
      "#",
      "&a ",
      "*a",
      "!",
      "|",
      "-",
      "9e99",
    ),
    fc.string({ unit: "binary", maxLength: 8 }),
  ),
});

function edited(text: string, { from, length, text: other }: Edit): string {
  const start = from % (text.length + 1);
  return text.slice(0, start) + other + text.slice(start + length);
}

function expectCleanOutcome(reader: Reader, text: string, format: FileFormat): void {
  const { value: read, errors } = reader(text, format);
  expect(read === undefined).toBe(errors.length > 0);
  for (const finding of errors) expect(findingText(finding)).toMatch(/./);
  expect(errors.length).toBeLessThanOrEqual(101);
}

describe.each(readers)("%s with something wrong in it", (_what, reader, texts) => {
  const text = fc.constantFrom(...texts);

  test("is as it was written to begin with", () => {
    for (const each of texts) expect(reader(each, "yaml").errors).toEqual([]);
  });

  test(
    "is read or refused, whatever its text",
    () => {
      const property = fc.property(text, fc.array(edit, { minLength: 1, maxLength: 4 }), (whole, edits) => {
        expectCleanOutcome(reader, edits.reduce(edited, whole), "yaml");
      });
      fc.assert(property, fuzzParameters(60));
    },
    fuzzTimeoutMs,
  );

  test(
    "is read or refused, whatever its values",
    () => {
      const contents = fc.constantFrom<unknown>(...texts.map((each) => parse(each)));
      const property = fc.property(contents, fc.array(change, { minLength: 1, maxLength: 3 }), (whole, changes) => {
        const other = JSON.stringify(changes.reduce<unknown>(changed, whole));
        expectCleanOutcome(reader, other, "json");
      });
      fc.assert(property, fuzzParameters(120));
    },
    fuzzTimeoutMs,
  );
});

test(
  "files of SCALE-Sim are read or refused, whatever their text",
  () => {
    const whole = [...examples("scalesim", ".csv"), ...examples("scalesim", ".cfg")];
    const edits = fc.array(edit, { minLength: 1, maxLength: 4 });
    const property = fc.property(fc.constantFrom(...whole), edits, (start, all) => {
      const text = all.reduce(edited, start);
      const { layers, errors } = checkTopology(text);
      for (const { m, n, k } of layers) expect(Math.min(m, n, k)).toBeGreaterThanOrEqual(1);
      expect(layers.length + errors.length).toBeGreaterThan(0);
      const { config, errors: wrong } = checkScaleSimConfig(text);
      expect(config === undefined).toBe(wrong.length > 0);
    });
    fc.assert(property, fuzzParameters(200));
  },
  fuzzTimeoutMs,
);
