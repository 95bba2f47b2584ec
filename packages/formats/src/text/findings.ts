import { KpuError } from "@kpu-sim/machine";
import { offsetOf, type Path, pathText, type SourceNode } from "./source-node.ts";

/** Something that a check has to say about a file or a description. */
export type Finding = {
  /** Keys from the top, such as `external_memory.banks[2].capacity_mb`; empty for the whole. */
  readonly path: string;
  /** Line and column in the file, from 1; `undefined` where there is no file. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** What is the matter, and what to do. Begins with the path where there is one. */
  readonly message: string;
};

/** The outcome of a check: with errors nothing is loaded, warnings do not hinder. */
export type Report = { readonly errors: readonly Finding[]; readonly warnings: readonly Finding[] };

/** A finding as one line of text. */
export function findingText({ line, column, message }: Finding): string {
  return line === undefined ? message : `line ${line}, column ${column ?? 1}: ${message}`;
}

/** More findings are counted only: a file of millions of wrong values would otherwise give a report of gigabytes. */
const mostFindings = 100;

/** Messages of libraries may have megabytes of a file in them. */
const mostMessage = 2000;

/** Collects findings, with the places of a text where there is one. */
export class Findings {
  readonly #errors: Finding[] = [];
  readonly #warnings: Finding[] = [];
  readonly #lines: LineIndex | undefined;
  #unlisted = 0;
  /** The file's contents, once they are known: gives paths their places. */
  root: SourceNode | undefined;

  constructor(text?: string) {
    this.#lines = text === undefined ? undefined : new LineIndex(text);
  }

  get hasErrors(): boolean {
    return this.#errors.length > 0;
  }

  /** Whether further errors are only counted, so that nobody needs to word them. */
  get isFull(): boolean {
    return this.#errors.length >= mostFindings;
  }

  /** An error at a path; the message gets the path in front. */
  error(path: Path, message: string): void {
    this.#add(this.#errors, path, message, this.#offset(path));
  }

  /** An error whose message says itself where it is, shown at the first place that it is about. */
  errorAbout(path: Path, message: string): void {
    this.#add(this.#errors, path, message, this.#offset(path), false);
  }

  warning(path: Path, message: string): void {
    this.#add(this.#warnings, path, message, this.#offset(path));
  }

  /** The line of a path, from 1; undefined where there is no file. */
  lineOf(path: Path): number | undefined {
    const offset = this.#offset(path);
    return offset === undefined ? undefined : this.#lines?.placeOf(offset).line;
  }

  /** An error at a place of the text. */
  errorAt(offset: number, message: string, path: Path = []): void {
    this.#add(this.#errors, path, message, offset);
  }

  report(): Report {
    const errors = this.#errors.toSorted(inOrder);
    const warnings = this.#warnings.toSorted(inOrder);
    const more = this.#unlisted;
    if (more === 0) return { errors, warnings };
    const unlisted = { path: "", line: undefined, column: undefined, message: `${more} more findings are not listed` };
    return errors.length > 0
      ? { errors: [...errors, unlisted], warnings }
      : { errors, warnings: [...warnings, unlisted] };
  }

  #offset(path: Path): number | undefined {
    return this.root === undefined ? undefined : offsetOf(this.root, path);
  }

  #add(list: Finding[], path: Path, message: string, offset: number | undefined, isPrefixed = true): void {
    if (list.length >= mostFindings) {
      this.#unlisted++;
      return;
    }
    const where = pathText(path);
    const place = offset === undefined ? undefined : this.#lines?.placeOf(offset);
    list.push({
      path: where,
      line: place?.line,
      column: place?.column,
      message: (where === "" || !isPrefixed ? message : `${where} ${message}`).slice(0, mostMessage),
    });
  }
}

/** By place in the file; where there is none, as they were found. */
function inOrder(a: Finding, b: Finding): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

/** Refuses what has errors; the message has all of them, one per line. */
export function requireNoErrors(what: string, { errors }: Report): void {
  if (errors.length === 0) return;
  const faults = errors.map(findingText);
  const head = errors.length === 1 ? `${what} has an error` : `${what} has ${errors.length} errors`;
  throw new KpuError("KPU_CONFIG", [`${head}:`, ...faults].join("\n  "), { reason: "value", faults });
}

/** Finds the line of an offset. */
class LineIndex {
  readonly #text: string;
  #starts: readonly number[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  placeOf(offset: number): { readonly line: number; readonly column: number } {
    this.#starts ??= lineStarts(this.#text);
    let first = 0;
    let last = this.#starts.length - 1;
    while (first < last) {
      const middle = (first + last + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) first = middle;
      else last = middle - 1;
    }
    return { line: first + 1, column: offset - (this.#starts[first] ?? 0) + 1 };
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
