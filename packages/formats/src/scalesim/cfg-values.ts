import type { Finding } from "../text/findings.ts";

type Entry = { readonly value: string; readonly line: number };

/**
 * The values of a file of sections in brackets with `key: value` or `key = value`, comments from # or ; on, whatever the case of names. What is
 * wrong with them is gathered in `errors`, with lines, and a value that fits is given in its place.
 */
export class CfgValues {
  readonly errors: Finding[] = [];
  readonly #entries = new Map<string, Entry>();

  constructor(text: string) {
    let section = "";
    for (const [index, raw] of text
      .replace(/^\uFEFF/, "")
      .split(/\r\n|\r|\n/)
      .entries()) {
      const line = raw.trim();
      if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
      const heading = /^\[([^\]]+)\]$/.exec(line)?.[1];
      if (heading !== undefined) {
        section = heading.trim().toLowerCase();
        continue;
      }
      const [, key, value] = /^([^:=]+?)\s*[:=]\s*(.*)$/.exec(line) ?? [];
      if (key === undefined || value === undefined) this.#wrong(index + 1, `'${line.slice(0, 80)}' is no 'key: value'`);
      else this.#entries.set(`${section}.${key.toLowerCase()}`, { value: value.trim(), line: index + 1 });
    }
  }

  text(section: string, key: string): string | undefined {
    return this.#entry(section, key)?.value;
  }

  isOn(section: string, key: string): boolean {
    return /^(true|yes|on|1)$/i.test(this.text(section, key) ?? "");
  }

  /** A whole number within a range; `otherwise` where the file does not say, and an error without one. */
  whole(
    section: string,
    key: string,
    [least, most]: readonly [least: number, most: number],
    otherwise?: number,
  ): number {
    const entry = this.#entry(section, key);
    const range = `a whole number from ${least} to ${most}`;
    if (entry === undefined) {
      if (otherwise === undefined) this.#wrong(1, `[${section}] has no ${key}: give ${range}`);
      return otherwise ?? least;
    }
    if (/^\d+$/.test(entry.value) && Number(entry.value) >= least && Number(entry.value) <= most) {
      return Number(entry.value);
    }
    this.#wrong(entry.line, `${key} must be ${range}, got '${entry.value}'`);
    return least;
  }

  /** What one of some words stands for; `otherwise` besides an error. */
  word<T>(section: string, key: string, choices: ReadonlyMap<string, T>, otherwise: T): T {
    const entry = this.#entry(section, key);
    const found = entry === undefined ? undefined : choices.get(entry.value.toLowerCase());
    if (found !== undefined) return found;
    const names = [...choices.keys()].join(", ");
    if (entry === undefined) this.#wrong(1, `[${section}] has no ${key}: give one of ${names}`);
    else this.#wrong(entry.line, `${key} must be one of ${names}, got '${entry.value}'`);
    return otherwise;
  }

  /** Says that what a key has does not do. */
  refuse(section: string, key: string, why: string): void {
    this.#wrong(this.#entry(section, key)?.line ?? 1, `${key}: ${why}`);
  }

  #entry(section: string, key: string): Entry | undefined {
    return this.#entries.get(`${section}.${key.toLowerCase()}`);
  }

  #wrong(line: number, message: string): void {
    this.errors.push({ path: "", line, column: 1, message });
  }
}
