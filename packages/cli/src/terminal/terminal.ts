import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { styleText } from "node:util";

/** Where a command's words go: results to `out`, everything else to `err`. */
export type Terminal = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether somebody watches `err`, so that progress is worth showing. */
  readonly isWatched: boolean;
  /** Whether `out` shows colours: not in pipes and files, and not with NO_COLOR. */
  readonly hasColours: boolean;
  /** The viewer's page; undefined where it has not been built. */
  readonly pagePath?: string | undefined;
};

export const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isWatched: process.stderr.isTTY === true,
  hasColours: process.stdout.isTTY === true && !process.env["NO_COLOR"],
  pagePath: pageBeside(process.argv[1] ?? ""),
};

/** The viewer's page beside the program that was started, or where the repository builds it. */
function pageBeside(program: string): string | undefined {
  const folder = existsSync(program) ? dirname(realpathSync(program)) : "";
  const places = [join(folder, "viewer.html"), join(folder, "..", "..", "viewer", "dist", "index.html")];
  return places.find((place) => existsSync(place));
}

export function bold(text: string, { hasColours }: Terminal): string {
  return hasColours ? styleText("bold", text, { validateStream: false }) : text;
}

/** Something that the user has to correct: one message, exit code 2. */
export class UsageError extends Error {}

/** What was asked for ran and came out badly: exit code 1. */
export class CheckFailed extends Error {}

export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;
