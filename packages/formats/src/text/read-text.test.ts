import fc from "fast-check";
import { describe, expect, it, test, vi } from "vitest";
import { Composer } from "yaml";
import { type FileFormat, readText, writeText } from "./file-format.ts";
import { Findings, findingText } from "./findings.ts";
import {
  mostDepth,
  mostJsonCharacters,
  mostYamlAliases,
  mostYamlCharacters,
  mostYamlDirectives,
  mostYamlMarks,
} from "./limits.ts";
import type { SourceNode } from "./source-node.ts";

function plain(node: SourceNode): unknown {
  if (node.kind === "list") return node.items.map(plain);
  if (node.kind === "map") return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plain(value)]));
  return node.value;
}

function read(text: string, format: FileFormat): unknown {
  const findings = new Findings(text);
  const root = readText(text, format, findings);
  if (root === undefined) throw new Error(findings.report().errors.map(findingText).join("\n"));
  return plain(root);
}

function errors(text: string, format: FileFormat): string[] {
  const findings = new Findings(text);
  const root = readText(text, format, findings);
  expect(root === undefined).toBe(findings.hasErrors);
  return findings.report().errors.map(findingText);
}

describe.each<FileFormat>(["yaml", "json"])("%s", (format) => {
  it("gives back what was written", () => {
    // YAML leaves out nothing: numbers that look like text, text that looks like numbers, keys of all kinds.
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.string(),
        fc.boolean(),
        fc.double({ noDefaultInfinity: true, noNaN: true }).map((number) => number + 0),
        fc.constantFrom("1", "true", "null", "0x10", "~", "- a", "# c", "a: b", "", " ", "\t", "1e5", ".inf"),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(fc.string(), tie("value"), { maxKeys: 4 }),
      ),
    })).value;
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value, { maxKeys: 4 }), (map) => {
        expect(read(writeText(JSON.parse(JSON.stringify(map)), format), format)).toEqual(
          JSON.parse(JSON.stringify(map)),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("says where the errors of any text are, and never fails otherwise", () => {
    const scraps = fc.constantFrom(
      "a",
      ":",
      " ",
      "\n",
      "\t",
      "- ",
      "{",
      "}",
      "[",
      "]",
      ",",
      '"',
      "'",
      "&a",
      "*a",
      "!",
      "|",
      ">",
      "?",
      "%",
      "0x",
      ".inf",
      "1e999",
      "<<",
      "---",
      "...",
      "#",
      "\\u00",
      "\u0000",
      "\ufeff",
      "null",
      "__proto__",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(scraps, { maxLength: 30 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (each) => {
        for (const message of errors(each, format)) expect(message).toMatch(/^line \d+, column \d+: ./);
      }),
      { numRuns: 2000 },
    );
  });

  it("refuses deep nesting without running out of stack", () => {
    for (const opening of ["[", '{"a":']) {
      expect(errors(opening.repeat(300_000), format)).toEqual([
        expect.stringMatching(`^line 1, .*nested more than ${mostDepth} deep`),
      ]);
    }
    const deepest = "[".repeat(mostDepth + 1) + "]".repeat(mostDepth + 1);
    expect(errors(deepest, format)).toEqual([]);
    expect(errors(`[${deepest}]`, format)[0]).toContain("nested more than");
  });

  it("reads megabytes of text, and says little of it", () => {
    const long = "k".repeat(3_000_000);
    expect(read(`{"a": "${long}"}`, format)).toEqual({ a: long });
    for (const text of [
      `{"a": "${long}`,
      `{"${long.slice(0, 1000)}": 1, "${long.slice(0, 1000)}": 1}`,
      `{"a": ${"1".repeat(1000)}}`,
    ]) {
      const [message = ""] = errors(text, format);
      expect(message.length).toBeLessThan(200);
    }
  });

  it("refuses files that are too large before it reads them", () => {
    const most = format === "json" ? mostJsonCharacters : mostYamlCharacters;
    expect(errors(" ".repeat(most + 1), format)[0]).toContain(`the file has ${most + 1} characters; at most ${most}`);
  });

  it("refuses a key that is given twice", () => {
    expect(errors('{"a": 1,\n "b": {"c": 1, "c": 2}}', format)).toEqual([
      "line 2, column 16: the key 'c' is given twice",
    ]);
  });

  it("refuses an empty file", () => {
    for (const text of ["", " \n"]) expect(errors(text, format)).toEqual(["line 1, column 1: the file is empty"]);
  });
});

test.each([
  ["a:\n\tb: 1", "line 2, column 1: Tabs are not allowed as indentation"],
  ["a: .nan", "line 1, column 4: NaN is not a finite number"],
  ["a: 1\nb: *x\n", "line 2, column 4: the alias *x has no anchor &x before it"],
  ["a: &x [*x]", "line 1, column 8: the alias *x has no anchor &x before it"],
  ["a: !secret 1", "line 1, column 4: the tag !secret: tags are not read, values are what they are written as"],
  ["a: 1\n---\nb: 1\n", "line 2, column 1: a second document begins; one is read"],
  ["%YAML 1.1\n---\na: yes\n", "line 1, column 1: the file says YAML 1.1; YAML 1.2 is read"],
  ["? [a]\n: 1", "line 1, column 3: keys must be plain text"],
  ["a: 1\nb: x ] y, , z\nc: [1, , 2]", "line 3, column 8: nothing between two commas"],
  ["a: |\n  ,, ] }\nb: ]", "line 3, column 4: ] closes what was not opened"],
  ["a: [1, 2", "line 1, column 9: Flow sequence in block collection must be sufficiently indented and end with a ]"],
])("YAML %j", (text, message) => {
  expect(errors(text, "yaml")[0]).toBe(message);
});

test("YAML aliases repeat what they name, within bounds", () => {
  expect(read("a: &bank {mb: 1}\nb: [*bank, *bank]", "yaml")).toEqual({ a: { mb: 1 }, b: [{ mb: 1 }, { mb: 1 }] });
  const bomb = ["a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]"];
  for (let level = 1; level < 30; level++) bomb.push(`a${level}: &a${level} [${Array(9).fill(`*a${level - 1}`)}]`);
  expect(errors(bomb.join("\n"), "yaml")).toEqual([
    "line 7, column 9: more than 1048576 values, with what aliases repeat",
  ]);
});

test.each([
  ["a: [", "1,", "]", `more than ${mostYamlMarks} words and marks of YAML`],
  ["a: &a 1\nb: [", "*a,", "]", `more than ${mostYamlAliases} aliases`],
  ["", "%x\n", "---\na: 1", `more than ${mostYamlDirectives} directives`],
  ["", "]", "", "] closes what was not opened"],
  ["a: [", ",", "]", "nothing between two commas"],
  ["a: [", "!x 1,", "]", "the tag !x"],
])("megabytes of YAML %j%j are refused before they are parsed", (head, filling, tail, message) => {
  const compose = vi.spyOn(Composer.prototype, "compose");
  const text = head + filling.repeat((mostYamlCharacters - 100) / filling.length) + tail;
  expect(errors(text, "yaml")).toEqual([expect.stringContaining(message)]);
  expect(compose).not.toHaveBeenCalled();
  compose.mockRestore();
});

test.each([
  ["{a: 1}", "line 1, column 2: 'a' where a key in quotes is expected"],
  ['{"a": 1,}', "line 1, column 9: '}' where a key in quotes is expected"],
  ['{"a": 1} x', "line 1, column 10: 'x' after the end of the value"],
  ['{"a": 1e999}', "line 1, column 7: 1e999 is beyond what a number can hold"],
  ['{"a": 01}', "line 1, column 8: '1', but , is expected between two entries or } at the end"],
  ['{"a": NaN}', "line 1, column 7: 'N' where a value is expected"],
  ['{"a": "\n"}', "line 1, column 8: text with a line break or control character: write \\n, \\t, ..."],
  [
    '{"a": "\\x"}',
    'line 1, column 7: text with a wrong escape: known are \\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four digits',
  ],
  ['{"a": "b}', "line 1, column 7: text without closing quotes"],
  ['{"a"\n 1}', "line 2, column 2: '1', but : is expected after a key"],
  ["[1", "line 1, column 3: the end of the file, but , is expected between two items or ] at the end"],
])("JSON %j", (text, message) => {
  expect(errors(text, "json")).toEqual([message]);
});

test("strict JSON is what JSON.parse reads", () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string({ unit: fc.constantFrom(...'{}[],:"\\10.eE+-tfn ') })), (text) => {
      let parsed: unknown;
      try {
        parsed = JSON.parse(text);
      } catch {
        expect(errors(text, "json")).toHaveLength(1);
        return;
      }
      const isTwice = errors(text, "json").some((message) => message.includes("given twice"));
      const nulls = (_key: string, value: unknown): unknown => (value === null ? undefined : value);
      if (!isTwice) expect(JSON.stringify(read(text, "json"))).toBe(JSON.stringify(parsed, nulls));
    }),
  );
});
