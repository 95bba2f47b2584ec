import { KpuError } from "@kpu-sim/machine";
import fc from "fast-check";
import { expect, test } from "vitest";
import { findingText } from "../text/findings.ts";
import { creditsOf, placeOf } from "./place-text.ts";
import { checkWorkload, isWorkloadText, parseWorkload } from "./workload-file.ts";

const head = "kind: kpu-workload\nversion: 1\n";
const areas = "areas: [{name: A, memory: external 0, cols: 8}, {name: B, memory: l1 1, rows: 2, cols: 8}]\n";

function errors(text: string): string[] {
  return checkWorkload(text, "yaml").errors.map(findingText);
}

test("everything that is left out has a default", () => {
  const workload = parseWorkload(`${head}${areas}program: [{transfer: {engine: dma 1, from: A, to: "B[1]"}}]`, "yaml");
  expect(workload).toMatchObject({ name: undefined, config: undefined, semaphores: [], expectations: [] });
  expect(workload.areas[0]).toEqual({
    name: "A",
    memory: { kind: "external", id: 0 },
    offset: undefined,
    rows: 1,
    cols: 8,
    format: "float32",
    content: { kind: "zeros" },
    line: 3,
  });
  expect(workload.areas[1]).toMatchObject({ memory: { kind: "scratchpad", id: 1 }, rows: 2 });
  expect(workload.steps).toMatchObject([
    { kind: "transfer", engine: { kind: "dma", id: 1 }, transpose: false, waitFor: [], signal: [], line: 4 },
  ]);
});

test("a preset and changed fields make the machine", () => {
  const { config } = parseWorkload(`${head}preset: edge_ai\nmachine: {dma_engine_count: 7}\nprogram: []`, "yaml");
  const { config: preset } = parseWorkload(`${head}preset: edge_ai\nprogram: []`, "yaml");
  expect(preset?.dmaEngines).not.toMatchObject({ count: 7 });
  expect(config).toEqual({ ...preset, dmaEngines: { ...preset?.dmaEngines, count: 7 } });
});

test("JSON says the same as YAML", () => {
  const text = JSON.stringify({ kind: "kpu-workload", version: 1, program: [{ wait_until_done: "all" }] });
  expect(parseWorkload(text, "json").steps).toEqual([{ kind: "drain", line: 1 }]);
  expect(isWorkloadText(text)).toBe(true);
  expect(isWorkloadText(`# a comment\n${head}`)).toBe(true);
  expect(isWorkloadText("name: kind of a kpu-workload")).toBe(false);
});

test.each([
  ["A", { area: "A", rows: undefined, cols: undefined }],
  ["A[:, 3]", { area: "A", rows: undefined, cols: [3, 4] }],
  [" x_1 [ 2 : 5 ] ", { area: "x_1", rows: [2, 5], cols: undefined }],
])("the place %s", (text, place) => {
  const range = (ends: unknown): unknown => {
    if (!Array.isArray(ends)) return undefined;
    const [from, to] = ends.map((constant) => ({ constant, factors: new Map() }));
    return { from, to };
  };
  expect(placeOf(text)).toEqual({ area: place.area, rows: range(place.rows), cols: range(place.cols) });
});

test("indices are sums of numbers, variables and their products", () => {
  const from = placeOf("A[2*i - j + 3 + i*4 : 1]")?.rows?.from;
  expect(from).toEqual({
    constant: 3,
    factors: new Map([
      ["i", 6],
      ["j", -1],
    ]),
  });
  for (const wrong of [
    "",
    "1A",
    "A[",
    "A[]",
    "A[1:2:3]",
    "A[1,2,3]",
    "A[i*j]",
    "A[1/2]",
    "A[--1]",
    "A[1 2]x",
    "A[2i]",
  ]) {
    expect([wrong, placeOf(wrong)]).toEqual([wrong, undefined]);
  }
  expect([creditsOf("ready"), creditsOf("ready x 12"), creditsOf("ready 2"), creditsOf("2")]).toEqual([
    { semaphore: "ready", count: 1 },
    { semaphore: "ready", count: 12 },
    undefined,
    undefined,
  ]);
});

test.each([
  [
    "name: x",
    [
      "line 1, column 1: kind is missing",
      "line 1, column 1: version is missing",
      "line 1, column 1: program is missing",
    ],
  ],
  [`${head}program: []\nprogramm: []`, [/line 4, column 1: programm is not a known key; the nearest is 'program'/]],
  [
    `${head}${areas}program: [{transfer: {engine: dma0, from: A, to: B}}]`,
    [/line 4.* must be an engine, such as 'dma 0'/],
  ],
  [
    `${head}${areas}program: [{transfer: {engine: dma 0, from: X, to: "B[i]"}}]`,
    [/from names 'X', which is no area/, /to has the variable 'i'/],
  ],
  [
    `${head}program: [{}, {wait_until_done: all, repeat: {times: 1, program: []}}]`,
    [/program\[0\] must have exactly one/, /program\[1\] must have/],
  ],
  [
    `${head}areas: [{name: A, memory: l4 0, cols: 1}]\nprogram: []`,
    [/line 3.*memory must be a memory, such as 'external 0'/],
  ],
  [`${head}areas: [{name: A, memory: l1 0, cols: 2, values: [1]}]\nprogram: []`, [/values has 1 values; 1 x 2 are 2/]],
  [
    `${head}areas: [{name: A, memory: l1 0, cols: 2}, {name: A, memory: l1 0, cols: 2}]\nprogram: []`,
    [/name is 'A', as an earlier one/],
  ],
  [`${head}preset: huge\nprogram: []`, [/line 3.*preset is none: .*huge/]],
  [
    `${head}machine: {dma_engines: 3, clock_ghz: fast}\nprogram: []`,
    [/dma_engines is no field .* nearest is 'dma_engine_count'/, /clock_ghz must be a number \(GHz\)/],
  ],
  [
    `${head}program: [{repeat: {times: 2, as: i, program: [{repeat: {times: 2, as: i, program: []}}]}}]`,
    [/as is 'i', which a loop around this one has/],
  ],
  [
    `${head}${areas}program: []\nexpect: [{area: A}, {values: [1]}, {area: A, equals_product: [A]}]`,
    [/must have exactly one of cycles/, /needs the area/, /must name two areas/],
  ],
  [
    `${head}${areas}program: [{transfer: {engine: dma 0, from: A, to: B, wait_for: [ready, "x 0"]}}]`,
    [/wait_for\[1\] must be credits/],
  ],
])("%j is refused with everything that is wrong", (text, messages) => {
  expect(errors(text)).toEqual(messages.map((message) => expect.stringMatching(message)));
  expect(() => parseWorkload(text, "yaml")).toThrow(KpuError);
});

test("any text gives a workload or findings with their lines, and never fails otherwise", () => {
  const scraps = fc.constantFrom(
    "kind: kpu-workload",
    "version: 1",
    "program:",
    "  - ",
    "repeat: ",
    "{times: 2, program: [",
    "]}",
    "areas: [",
    "{name: A, memory: l1 0, cols: 1}",
    "transfer: {engine: dma 0, from: A, to: A}",
    "\n",
    "machine: {",
    "}",
    "expect: ",
    "[]",
    "&a ",
    "*a",
    "null",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(scraps, { maxLength: 20 }).map((parts) => head + parts.join("")),
  );
  fc.assert(
    fc.property(text, fc.constantFrom("yaml" as const, "json" as const), (each, format) => {
      const { workload, errors: found } = checkWorkload(each, format);
      expect(workload === undefined).toBe(found.length > 0);
      for (const finding of found) expect(findingText(finding)).toMatch(/^line \d+, column \d+: ./);
    }),
    { numRuns: 1500 },
  );
});

test("loops within loops within loops end at the deepest nesting that is read", () => {
  const deep = `${head}program: ${"[{repeat: {times: 2, program: ".repeat(20)}[]${"}}]".repeat(20)}`;
  expect(errors(deep)[0]).toContain("nested more than");
});
