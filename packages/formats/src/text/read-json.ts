import type { Findings } from "./findings.ts";
import { mostDepth, mostJsonCharacters, mostValues } from "./limits.ts";
import { quoted, shortened } from "./shown.ts";
import type { SourceEntry, SourceNode } from "./source-node.ts";

const blank = /[ \t\n\r]*/y;
const numberToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const [quote, backslash, firstPrintable] = [0x22, 0x5c, 0x20];
const words: ReadonlyMap<string, boolean | undefined> = new Map([
  ["true", true],
  ["false", false],
  ["null", undefined],
]);

/** The end of reading at the first error: after it nothing that follows can be trusted. */
class JsonFault extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Reads strict JSON (RFC 8259) with the place of everything; `undefined` and an error where the text is none. */
export function readJson(text: string, findings: Findings): SourceNode | undefined {
  if (text.length > mostJsonCharacters) {
    findings.errorAt(0, `the file has ${text.length} characters; at most ${mostJsonCharacters} are read`);
    return undefined;
  }
  try {
    return new JsonReader(text).document();
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    findings.errorAt(error.at, error.message);
    return undefined;
  }
}

class JsonReader {
  readonly #text: string;
  #at: number;
  #values = 0;

  constructor(text: string) {
    this.#text = text;
    this.#at = text.startsWith("\ufeff") ? 1 : 0;
  }

  document(): SourceNode {
    this.#skipBlank();
    if (this.#at === this.#text.length) throw new JsonFault(0, "the file is empty");
    const node = this.#value(0);
    this.#skipBlank();
    if (this.#at < this.#text.length) throw new JsonFault(this.#at, `${this.#found()} after the end of the value`);
    return node;
  }

  #value(depth: number): SourceNode {
    const at = this.#at;
    if (++this.#values > mostValues) throw new JsonFault(at, `more than ${mostValues} values`);
    if (depth > mostDepth) throw new JsonFault(at, `nested more than ${mostDepth} deep`);
    const first = this.#text[at];
    if (first === "{") return this.#map(at, depth);
    if (first === "[") return this.#list(at, depth);
    if (first === '"') return { kind: "scalar", at, size: 1, value: this.#string() };
    const number = this.#match(numberToken);
    if (number !== undefined) {
      const value = Number(number);
      if (!Number.isFinite(value)) throw new JsonFault(at, `${shortened(number)} is beyond what a number can hold`);
      return { kind: "scalar", at, size: 1, value };
    }
    for (const [word, value] of words) {
      if (!this.#text.startsWith(word, at)) continue;
      this.#at += word.length;
      return { kind: "scalar", at, size: 1, value };
    }
    throw new JsonFault(at, `${this.#found()} where a value is expected`);
  }

  #map(at: number, depth: number): SourceNode {
    const entries = new Map<string, SourceEntry>();
    let size = 1;
    this.#at++;
    this.#skipBlank();
    while (!this.#take("}")) {
      if (entries.size > 0) this.#expect(",", "between two entries or } at the end");
      this.#skipBlank();
      const keyAt = this.#at;
      if (this.#text[keyAt] !== '"') throw new JsonFault(keyAt, `${this.#found()} where a key in quotes is expected`);
      const key = this.#string();
      if (entries.has(key)) throw new JsonFault(keyAt, `the key ${quoted(key)} is given twice`);
      this.#skipBlank();
      this.#expect(":", "after a key");
      this.#skipBlank();
      const value = this.#value(depth + 1);
      size += value.size;
      entries.set(key, { keyAt, value });
      this.#skipBlank();
    }
    return { kind: "map", at, size, entries };
  }

  #list(at: number, depth: number): SourceNode {
    const items: SourceNode[] = [];
    let size = 1;
    this.#at++;
    this.#skipBlank();
    while (!this.#take("]")) {
      if (items.length > 0) this.#expect(",", "between two items or ] at the end");
      this.#skipBlank();
      const item = this.#value(depth + 1);
      size += item.size;
      items.push(item);
      this.#skipBlank();
    }
    return { kind: "list", at, size, items };
  }

  /** Character by character: a pattern with alternatives runs out of stack on megabytes of text. */
  #string(): string {
    const start = this.#at;
    let at = start + 1;
    for (let code = this.#text.charCodeAt(at); code !== quote; code = this.#text.charCodeAt(at)) {
      if (Number.isNaN(code)) throw new JsonFault(start, "text without closing quotes");
      if (code < firstPrintable)
        throw new JsonFault(at, "text with a line break or control character: write \\n, \\t, ...");
      at += code === backslash ? 2 : 1;
    }
    this.#at = at + 1;
    try {
      return String(JSON.parse(this.#text.slice(start, this.#at)));
    } catch {
      throw new JsonFault(
        start,
        'text with a wrong escape: known are \\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four digits',
      );
    }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const token = pattern.exec(this.#text)?.[0];
    if (token !== undefined) this.#at += token.length;
    return token;
  }

  #skipBlank(): void {
    this.#match(blank);
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string, where: string): void {
    if (!this.#take(character))
      throw new JsonFault(this.#at, `${this.#found()}, but ${character} is expected ${where}`);
  }

  /** What stands here, for messages. */
  #found(): string {
    const point = this.#text.codePointAt(this.#at);
    if (point === undefined) return "the end of the file";
    return point < 33 ? `character ${point}` : `'${String.fromCodePoint(point)}'`;
  }
}
